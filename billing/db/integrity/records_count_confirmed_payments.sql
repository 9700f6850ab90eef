-- The confirmed amount of a record is the sum of what confirmed payments allocate to it.
SELECT record.id, coalesce(paid.amount, 0) <> record.confirmed_amount AS wrong
FROM billing_records AS record
LEFT JOIN (
    SELECT allocation.billing_record_id, sum(allocation.amount) AS amount
    FROM payment_allocations AS allocation JOIN payment_records AS payment ON payment.id = allocation.payment_id
    WHERE payment.status = 'CONFIRMED' GROUP BY allocation.billing_record_id
) AS paid ON paid.billing_record_id = record.id
