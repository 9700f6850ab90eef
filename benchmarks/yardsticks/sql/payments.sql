SELECT a.billing_record_id AS "recordId", p.id, p.status, p.amount, p.method, p.reference, p.paid_on AS "paidOn"
FROM payment_records AS p JOIN payment_allocations AS a ON a.payment_id = p.id
WHERE a.billing_record_id = ANY ($1::uuid[]) ORDER BY a.billing_record_id, p.paid_on DESC, p.id DESC
