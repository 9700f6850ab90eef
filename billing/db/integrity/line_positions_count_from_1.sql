-- The lines of a record are numbered from 1 without a gap.
SELECT billing_record_id AS id, min(position) <> 1 OR max(position) <> count(DISTINCT position) AS wrong
FROM billing_line_items GROUP BY billing_record_id
