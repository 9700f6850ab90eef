-- What a CONFIRMATION and a REVERSAL post for each record, owed and owing, is what the payment allocates to it.
WITH expected AS (
    SELECT posted.id AS transaction_id, posted.payment_id, allocation.billing_record_id,
           CASE posted.kind WHEN 'CONFIRMATION' THEN -allocation.amount ELSE allocation.amount END AS amount
    FROM ledger_transactions AS posted
    JOIN payment_allocations AS allocation ON allocation.payment_id = posted.payment_id
    WHERE posted.kind IN ('CONFIRMATION', 'REVERSAL')
),
entered AS (
    SELECT posted.id AS transaction_id, posted.payment_id, entry.billing_record_id,
           sum(entry.amount) FILTER (WHERE entry.account = 'RECEIVABLE') AS receivable,
           sum(entry.amount) FILTER (WHERE entry.account = 'PAYABLE') AS payable
    FROM ledger_transactions AS posted JOIN ledger_entries AS entry ON entry.transaction_id = posted.id
    WHERE posted.kind IN ('CONFIRMATION', 'REVERSAL')
    GROUP BY posted.id, entry.billing_record_id
)
SELECT coalesce(expected.payment_id, entered.payment_id) AS id,
       (entered.receivable, entered.payable) IS DISTINCT FROM (expected.amount, -expected.amount) AS wrong
FROM expected FULL JOIN entered USING (transaction_id, billing_record_id)
