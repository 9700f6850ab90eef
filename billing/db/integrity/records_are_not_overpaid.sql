-- Credited, confirmed and pending amounts of a record are not below zero, and together not above its total.
SELECT id,
       least(total, credited_amount, confirmed_amount, pending_amount) < 0
       OR credited_amount + confirmed_amount + pending_amount > total AS wrong
FROM billing_records
