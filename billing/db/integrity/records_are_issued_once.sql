-- An issued record, void or not, has one ISSUE in the ledger.
SELECT record.id, coalesce(posted.transactions, 0) <> 1 AS wrong
FROM billing_records AS record
LEFT JOIN (
    SELECT billing_record_id, count(*) AS transactions FROM ledger_transactions
    WHERE kind = 'ISSUE' GROUP BY billing_record_id
) AS posted ON posted.billing_record_id = record.id
WHERE record.lifecycle <> 'DRAFT'
