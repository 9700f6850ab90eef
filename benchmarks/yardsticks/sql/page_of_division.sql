-- A division's records on either side behind a cursor, the latest issued first: an index walk per side.
SELECT {columns}
FROM (
    (SELECT * FROM billing_records
     WHERE from_division_id = $1 AND (issue_date, id) < ($2, $3) ORDER BY issue_date DESC, id DESC LIMIT $4)
    UNION ALL
    (SELECT * FROM billing_records
     WHERE to_division_id = $1 AND (issue_date, id) < ($2, $3) ORDER BY issue_date DESC, id DESC LIMIT $4)
) AS r
ORDER BY r.issue_date DESC, r.id DESC LIMIT $4
