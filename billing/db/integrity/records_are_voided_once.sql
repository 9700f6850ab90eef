-- A void record has one VOID in the ledger, any other none.
SELECT record.id, coalesce(posted.transactions, 0) <> CASE record.lifecycle WHEN 'VOID' THEN 1 ELSE 0 END AS wrong
FROM billing_records AS record
LEFT JOIN (
    SELECT billing_record_id, count(*) AS transactions FROM ledger_transactions
    WHERE kind = 'VOID' GROUP BY billing_record_id
) AS posted ON posted.billing_record_id = record.id
