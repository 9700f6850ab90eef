-- Posts records and payments that were made up with their past: each on the local day of its fact. Reads the temporary
-- tables past_records (id) and past_payments (id), and the zone from the setting billing.zone.

WITH posted AS (
    INSERT INTO ledger_transactions (kind, from_division_id, to_division_id, currency, billing_record_id, entry_count,
                                     posted_on, posted_at, posted_by)
    SELECT 'ISSUE', r.from_division_id, r.to_division_id, r.currency, r.id, 4, r.issue_date,
           greatest(r.created_at, r.issue_date::timestamp AT TIME ZONE current_setting('billing.zone')), r.created_by
    FROM past_records JOIN billing_records AS r USING (id)
    WHERE r.lifecycle <> 'DRAFT' ORDER BY r.created_at, r.id
    RETURNING *
)
INSERT INTO ledger_entries (transaction_id, position, entry_count, division_id, account, currency, amount,
                            billing_record_id, from_division_id, to_division_id, posted_on)
SELECT posted.id, leg.position, 4, leg.division_id, leg.account, r.currency, leg.sign * r.total, r.id,
       r.from_division_id, r.to_division_id, posted.posted_on
FROM posted JOIN billing_records AS r ON r.id = posted.billing_record_id
CROSS JOIN LATERAL (VALUES (1, r.from_division_id, 'RECEIVABLE', 1), (2, r.from_division_id, 'REVENUE', -1),
                           (3, r.to_division_id, 'EXPENSE', 1), (4, r.to_division_id, 'PAYABLE', -1))
    AS leg (position, division_id, account, sign)
ORDER BY posted.id, leg.position;

WITH posted AS (
    INSERT INTO ledger_transactions (kind, from_division_id, to_division_id, currency, billing_record_id, corrects_id,
                                     entry_count, posted_on, posted_at, posted_by)
    SELECT 'VOID', r.from_division_id, r.to_division_id, r.currency, r.id, issue.id, 4,
           (r.voided_at AT TIME ZONE current_setting('billing.zone'))::date, r.voided_at, r.created_by
    FROM past_records JOIN billing_records AS r USING (id)
    JOIN ledger_transactions AS issue ON issue.billing_record_id = r.id AND issue.kind = 'ISSUE'
    WHERE r.lifecycle = 'VOID' ORDER BY r.voided_at, r.id
    RETURNING *
)
INSERT INTO ledger_entries (transaction_id, position, entry_count, division_id, account, currency, amount,
                            billing_record_id, from_division_id, to_division_id, posted_on)
SELECT posted.id, leg.position, 4, leg.division_id, leg.account, r.currency, leg.sign * r.total, r.id,
       r.from_division_id, r.to_division_id, posted.posted_on
FROM posted JOIN billing_records AS r ON r.id = posted.billing_record_id
CROSS JOIN LATERAL (VALUES (1, r.from_division_id, 'RECEIVABLE', -1), (2, r.from_division_id, 'REVENUE', 1),
                           (3, r.to_division_id, 'EXPENSE', -1), (4, r.to_division_id, 'PAYABLE', 1))
    AS leg (position, division_id, account, sign)
ORDER BY posted.id, leg.position;

WITH posted AS (
    INSERT INTO ledger_transactions (kind, from_division_id, to_division_id, currency, payment_id, entry_count,
                                     posted_on, posted_at, posted_by)
    SELECT 'CONFIRMATION', p.from_division_id, p.to_division_id, p.currency, p.id, 4 * count(*),
           (p.decided_at AT TIME ZONE current_setting('billing.zone'))::date, p.decided_at, p.decided_by
    FROM past_payments JOIN payment_records AS p USING (id) JOIN payment_allocations AS a ON a.payment_id = p.id
    WHERE p.status = 'CONFIRMED' GROUP BY p.id ORDER BY p.decided_at, p.id
    RETURNING *
)
INSERT INTO ledger_entries (transaction_id, position, entry_count, division_id, account, currency, amount,
                            billing_record_id, from_division_id, to_division_id, posted_on)
SELECT part.transaction_id, 4 * (part.part - 1) + leg.position, part.entry_count, leg.division_id, leg.account,
       part.currency, leg.sign * part.amount, part.billing_record_id, part.from_division_id, part.to_division_id,
       part.posted_on
FROM (
    SELECT posted.id AS transaction_id, posted.entry_count, posted.posted_on, a.*,
           row_number() OVER (PARTITION BY posted.id ORDER BY a.id) AS part
    FROM posted JOIN payment_allocations AS a ON a.payment_id = posted.payment_id
) AS part
CROSS JOIN LATERAL (VALUES (1, part.from_division_id, 'SETTLEMENT', 1), (2, part.from_division_id, 'RECEIVABLE', -1),
                           (3, part.to_division_id, 'PAYABLE', 1), (4, part.to_division_id, 'SETTLEMENT', -1))
    AS leg (position, division_id, account, sign)
ORDER BY part.transaction_id, part.part, leg.position;
