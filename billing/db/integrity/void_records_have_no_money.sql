-- Nothing of a void record is paid, pending, credited or disputed.
SELECT void.id,
       void.credited_amount <> 0 OR void.confirmed_amount <> 0 OR void.pending_amount <> 0 OR void.disputed
       OR touched.billing_record_id IS NOT NULL AS wrong
FROM billing_records AS void
LEFT JOIN (
    SELECT allocation.billing_record_id
    FROM payment_allocations AS allocation JOIN payment_records AS payment ON payment.id = allocation.payment_id
    WHERE payment.status IN ('PENDING', 'CONFIRMED')
    UNION SELECT billing_record_id FROM credit_notes
    UNION SELECT billing_record_id FROM disputes WHERE status = 'OPEN'
) AS touched ON touched.billing_record_id = void.id
WHERE void.lifecycle = 'VOID'
