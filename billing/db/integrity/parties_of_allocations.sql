-- An allocation is between the divisions and in the currency of its payment and of its record.
SELECT own.id,
       (own.from_division_id, own.to_division_id, own.currency)
           <> (record.from_division_id, record.to_division_id, record.currency)
       OR (own.from_division_id, own.to_division_id, own.currency)
           <> (payment.from_division_id, payment.to_division_id, payment.currency) AS wrong
FROM payment_allocations AS own
LEFT JOIN billing_records AS record ON record.id = own.billing_record_id
LEFT JOIN payment_records AS payment ON payment.id = own.payment_id
