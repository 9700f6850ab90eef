-- The RECEIVABLE entries alone, replayed, give each record's total, credited and confirmed amounts; void ones end at 0.
WITH replayed AS (
    SELECT entry.billing_record_id,
           sum(entry.amount) FILTER (WHERE posted.kind = 'ISSUE') AS issued,
           -sum(entry.amount) FILTER (WHERE posted.kind = 'VOID') AS voided,
           -sum(entry.amount) FILTER (WHERE posted.kind = 'CREDIT') AS credited,
           -sum(entry.amount) FILTER (WHERE posted.kind IN ('CONFIRMATION', 'REVERSAL')) AS confirmed
    FROM ledger_entries AS entry JOIN ledger_transactions AS posted ON posted.id = entry.transaction_id
    WHERE entry.account = 'RECEIVABLE' GROUP BY entry.billing_record_id
)
SELECT record.id,
       replayed.issued IS DISTINCT FROM record.total
       OR coalesce(replayed.voided, 0) <> CASE record.lifecycle WHEN 'VOID' THEN record.total ELSE 0 END
       OR coalesce(replayed.credited, 0) <> record.credited_amount
       OR coalesce(replayed.confirmed, 0) <> record.confirmed_amount AS wrong
FROM billing_records AS record LEFT JOIN replayed ON replayed.billing_record_id = record.id
WHERE record.lifecycle <> 'DRAFT'
