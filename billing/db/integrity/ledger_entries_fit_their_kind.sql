-- A ledger transaction has four entries for each record: the accounts, and on each the debit or credit, of its kind.
WITH kind (kind, receivable, from_account, to_account) AS (VALUES
    ('ISSUE', 1, 'REVENUE', 'EXPENSE'),
    ('CREDIT', -1, 'REVENUE', 'EXPENSE'),
    ('VOID', -1, 'REVENUE', 'EXPENSE'),
    ('CONFIRMATION', -1, 'SETTLEMENT', 'SETTLEMENT'),
    ('REVERSAL', 1, 'SETTLEMENT', 'SETTLEMENT')
),
entry AS (
    SELECT e.transaction_id, e.billing_record_id, e.account, k.from_account, k.to_account,
           e.division_id = e.from_division_id AS of_from, e.division_id = e.to_division_id AS of_to,
           sign(e.amount) * k.receivable AS direction
    FROM ledger_entries AS e
    LEFT JOIN ledger_transactions AS t ON t.id = e.transaction_id
    LEFT JOIN kind AS k ON k.kind = t.kind
)
SELECT transaction_id AS id, bool_or(wrong) AS wrong
FROM (
    SELECT transaction_id,
           count(*) <> 4
           OR count(*) FILTER (WHERE of_from AND account = 'RECEIVABLE' AND direction >= 0) <> 1
           OR count(*) FILTER (WHERE of_from AND account = from_account AND direction <= 0) <> 1
           OR count(*) FILTER (WHERE of_to AND account = to_account AND direction >= 0) <> 1
           OR count(*) FILTER (WHERE of_to AND account = 'PAYABLE' AND direction <= 0) <> 1 AS wrong
    FROM entry GROUP BY transaction_id, billing_record_id
) AS record
GROUP BY transaction_id
