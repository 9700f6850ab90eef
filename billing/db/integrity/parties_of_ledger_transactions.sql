-- A ledger transaction is between the divisions and in the currency of its record, payment and credit note.
SELECT own.id,
       (own.billing_record_id IS NULL AND own.payment_id IS NULL)
       OR (own.billing_record_id IS NOT NULL
           AND (own.from_division_id, own.to_division_id, own.currency)
               <> (record.from_division_id, record.to_division_id, record.currency))
       OR (own.payment_id IS NOT NULL
           AND (own.from_division_id, own.to_division_id, own.currency)
               <> (payment.from_division_id, payment.to_division_id, payment.currency))
       OR (own.credit_note_id IS NOT NULL
           AND (own.from_division_id, own.to_division_id, own.currency)
               <> (note.from_division_id, note.to_division_id, note.currency)) AS wrong
FROM ledger_transactions AS own
LEFT JOIN billing_records AS record ON record.id = own.billing_record_id
LEFT JOIN payment_records AS payment ON payment.id = own.payment_id
LEFT JOIN credit_notes AS note ON note.id = own.credit_note_id
