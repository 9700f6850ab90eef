-- Each change of a due date begins where the one before it ended, and the last one ends at the record's due date.
SELECT change.billing_record_id AS id,
       change.due_date <> coalesce(lead(change.due_date_before) OVER later, record.due_date) AS wrong
FROM due_date_changes AS change
LEFT JOIN billing_records AS record ON record.id = change.billing_record_id
WINDOW later AS (PARTITION BY change.billing_record_id ORDER BY change.id)
