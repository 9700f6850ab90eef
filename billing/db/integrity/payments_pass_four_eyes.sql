-- Whoever recorded a payment neither confirmed nor rejected it.
SELECT id, decided_by = recorded_by AS wrong
FROM payment_records WHERE status IN ('CONFIRMED', 'REJECTED', 'REVERSED')
