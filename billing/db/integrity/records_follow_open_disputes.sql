-- A record is disputed when one dispute of it is open, which only an issued record has, and otherwise it is not.
SELECT record.id,
       coalesce(dispute.open, 0) <> CASE WHEN record.disputed THEN 1 ELSE 0 END
       OR (record.disputed AND record.lifecycle <> 'ISSUED') AS wrong
FROM billing_records AS record
LEFT JOIN (
    SELECT billing_record_id, count(*) AS open FROM disputes WHERE status = 'OPEN' GROUP BY billing_record_id
) AS dispute ON dispute.billing_record_id = record.id
