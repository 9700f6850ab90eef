-- The credited amount of a record is the sum of its credit notes.
SELECT record.id, coalesce(credited.amount, 0) <> record.credited_amount AS wrong
FROM billing_records AS record
LEFT JOIN (
    SELECT billing_record_id, sum(amount) AS amount FROM credit_notes GROUP BY billing_record_id
) AS credited ON credited.billing_record_id = record.id
