-- The number of a record is the charging division's code, the year of issue and five digits or more; a draft has none.
SELECT record.id,
       CASE record.lifecycle
           WHEN 'DRAFT' THEN record.number <> ''
           ELSE NOT starts_with(record.number, prefix)
                OR substr(record.number, length(prefix) + 1) !~ '^([0-9]{5}|[1-9][0-9]{5,})$' END AS wrong
FROM billing_records AS record
LEFT JOIN divisions AS charging ON charging.id = record.from_division_id
CROSS JOIN LATERAL (SELECT charging.code || '-' || date_part('year', record.issue_date) || '-') AS series (prefix)
