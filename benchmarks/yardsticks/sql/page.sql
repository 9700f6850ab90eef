-- All records behind a cursor, the latest issued first. No division charges itself: the index of this list says so.
SELECT {columns} FROM billing_records AS r
WHERE r.from_division_id <> r.to_division_id AND (r.issue_date, r.id) < ($1, $2)
ORDER BY r.issue_date DESC, r.id DESC LIMIT $3
