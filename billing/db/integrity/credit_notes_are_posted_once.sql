-- Each credit note has one CREDIT transaction, which takes its amount from what is owed for its record.
SELECT note.id,
       count(DISTINCT posted.id) <> 1
       OR sum(owed.amount) IS DISTINCT FROM -note.amount
       OR bool_or(posted.billing_record_id IS DISTINCT FROM note.billing_record_id) AS wrong
FROM credit_notes AS note
LEFT JOIN ledger_transactions AS posted ON posted.credit_note_id = note.id AND posted.kind = 'CREDIT'
LEFT JOIN ledger_entries AS owed ON owed.transaction_id = posted.id AND owed.account = 'RECEIVABLE'
GROUP BY note.id
