-- Nothing of a draft is paid, pending, credited or disputed.
SELECT draft.id,
       draft.credited_amount <> 0 OR draft.confirmed_amount <> 0 OR draft.pending_amount <> 0 OR draft.disputed
       OR touched.billing_record_id IS NOT NULL AS wrong
FROM billing_records AS draft
LEFT JOIN (
    SELECT billing_record_id FROM payment_allocations
    UNION SELECT billing_record_id FROM credit_notes
    UNION SELECT billing_record_id FROM disputes
) AS touched ON touched.billing_record_id = draft.id
WHERE draft.lifecycle = 'DRAFT'
