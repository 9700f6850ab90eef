-- A line of a credit note is between the divisions and in the currency of its credit note.
SELECT own.id,
       (own.from_division_id, own.to_division_id, own.currency)
           <> (note.from_division_id, note.to_division_id, note.currency) AS wrong
FROM credit_note_lines AS own LEFT JOIN credit_notes AS note ON note.id = own.credit_note_id
