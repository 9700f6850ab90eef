-- A payment is the sum of its allocations.
SELECT payment.id, allocated.amount IS DISTINCT FROM payment.amount AS wrong
FROM payment_records AS payment
LEFT JOIN (
    SELECT payment_id, sum(amount) AS amount FROM payment_allocations GROUP BY payment_id
) AS allocated ON allocated.payment_id = payment.id
