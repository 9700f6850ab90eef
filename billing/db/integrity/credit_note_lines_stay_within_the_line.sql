-- All credit notes together credit no line of a record above its amount.
SELECT credited.billing_line_item_id AS id, credited.amount > line.amount AS wrong
FROM (
    SELECT billing_line_item_id, sum(amount) AS amount FROM credit_note_lines GROUP BY billing_line_item_id
) AS credited
LEFT JOIN billing_line_items AS line ON line.id = credited.billing_line_item_id
