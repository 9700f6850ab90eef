INSERT INTO payment_allocations (id, payment_id, billing_record_id, from_division_id, to_division_id, currency, amount)
VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6)
