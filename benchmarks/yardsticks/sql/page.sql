-- All records behind a cursor, the latest issued first.
SELECT {columns} FROM billing_records AS r
WHERE (r.issue_date, r.id) < ($1, $2) ORDER BY r.issue_date DESC, r.id DESC LIMIT $3
