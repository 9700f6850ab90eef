-- A line is between the divisions and in the currency of its record.
SELECT own.id,
       (own.from_division_id, own.to_division_id, own.currency)
           <> (record.from_division_id, record.to_division_id, record.currency) AS wrong
FROM billing_line_items AS own LEFT JOIN billing_records AS record ON record.id = own.billing_record_id
