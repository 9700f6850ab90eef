-- A credit note that settles a dispute is of the disputed record, and the dispute was upheld.
SELECT note.id, dispute.billing_record_id <> note.billing_record_id OR dispute.status <> 'UPHELD' AS wrong
FROM credit_notes AS note
LEFT JOIN disputes AS dispute ON dispute.id = note.dispute_id
WHERE note.dispute_id IS NOT NULL
