-- The number of a credit note is the charging division's code, the year of issue, and CN with five digits or more.
SELECT note.id,
       NOT starts_with(note.number, prefix)
       OR substr(note.number, length(prefix) + 1) !~ '^([0-9]{5}|[1-9][0-9]{5,})$' AS wrong
FROM credit_notes AS note
LEFT JOIN divisions AS charging ON charging.id = note.from_division_id
CROSS JOIN LATERAL (SELECT charging.code || '-' || date_part('year', note.issue_date) || '-CN') AS series (prefix)
