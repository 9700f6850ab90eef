-- A change of a due date is between the divisions and in the currency of its record.
SELECT own.billing_record_id AS id,
       (own.from_division_id, own.to_division_id, own.currency)
           <> (record.from_division_id, record.to_division_id, record.currency) AS wrong
FROM due_date_changes AS own LEFT JOIN billing_records AS record ON record.id = own.billing_record_id
