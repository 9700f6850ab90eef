-- Money was moved on no day before the issue of a record it pays, and only for records that were issued.
SELECT payment.id, payment.paid_on < max(record.issue_date) AS wrong
FROM payment_records AS payment
LEFT JOIN payment_allocations AS allocation ON allocation.payment_id = payment.id
LEFT JOIN billing_records AS record ON record.id = allocation.billing_record_id
GROUP BY payment.id
