-- The total of a record is the sum of its lines, of which it has one at least.
SELECT record.id, charged.total IS DISTINCT FROM record.total AS wrong
FROM billing_records AS record
LEFT JOIN (
    SELECT billing_record_id, sum(amount) AS total FROM billing_line_items GROUP BY billing_record_id
) AS charged ON charged.billing_record_id = record.id
