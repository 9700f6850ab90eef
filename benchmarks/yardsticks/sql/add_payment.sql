INSERT INTO payment_records
    (id, from_division_id, to_division_id, currency, amount, method, reference, paid_on, recorded_at, recorded_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, current_date, now(), $8)
RETURNING id, status, amount, currency, method, reference, paid_on AS "paidOn"
