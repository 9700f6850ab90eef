-- A credit note by line is the sum of its lines, which are numbered from 1 and are lines of its record.
SELECT note.id,
       count(line.id) <> note.line_count
       OR (count(line.id) > 0 AND (
               sum(line.amount) <> note.amount
               OR min(line.position) <> 1 OR max(line.position) <> note.line_count
               OR bool_and(item.billing_record_id = note.billing_record_id) IS NOT TRUE
               OR count(item.id) <> note.line_count)) AS wrong
FROM credit_notes AS note
LEFT JOIN credit_note_lines AS line ON line.credit_note_id = note.id
LEFT JOIN billing_line_items AS item ON item.id = line.billing_line_item_id
GROUP BY note.id
