-- A division's records of a year of issue are numbered from 1 without a gap, up to its counter.
WITH given AS (
    SELECT from_division_id AS division_id, date_part('year', issue_date) AS year,
           count(*) AS numbers, count(DISTINCT sequence) AS different, min(sequence) AS first, max(sequence) AS last
    FROM (
        SELECT from_division_id, issue_date, substring(number FROM '[0-9]+$')::numeric AS sequence
        FROM billing_records WHERE lifecycle <> 'DRAFT'
    ) AS record
    GROUP BY from_division_id, date_part('year', issue_date)
),
counter AS (
    SELECT division_id, year::double precision AS year, last_number FROM number_counters
)
SELECT charging.code || '-' || year AS id,
       (given.first, given.last, given.numbers, given.different)
           IS DISTINCT FROM (1, counter.last_number, counter.last_number, counter.last_number) AS wrong
FROM given FULL JOIN counter USING (division_id, year)
LEFT JOIN divisions AS charging ON charging.id = division_id
