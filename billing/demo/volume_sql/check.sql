-- What does not agree among the records of the VOL- divisions: a row for each kind of fault, none when all is well.

WITH division AS (SELECT id, code FROM divisions WHERE code LIKE 'VOL-%'),
record AS (
    SELECT r.*, d.code, currency_places(r.currency) AS places,
           CASE WHEN r.lifecycle <> 'DRAFT' THEN date_part('year', r.issue_date)::integer END AS year
    FROM billing_records AS r JOIN division AS d ON d.id = r.from_division_id
),
line AS (
    SELECT billing_record_id, sum(amount) AS total, count(*) AS lines, max(position) AS last_position,
           count(*) FILTER (
               WHERE unrounded_amount <> quantity * unit_price
                  OR 2 * abs(unrounded_amount - amount) * 10::numeric ^ currency_places(currency) > 1
                  OR (2 * abs(unrounded_amount - amount) * 10::numeric ^ currency_places(currency) = 1
                      AND mod(amount * 10::numeric ^ currency_places(currency), 2) <> 0)) AS wrong
    FROM billing_line_items JOIN division AS d ON d.id = from_division_id
    GROUP BY billing_record_id
),
payment AS (
    SELECT p.* FROM payment_records AS p JOIN division AS d ON d.id = p.from_division_id
),
allocation AS (
    SELECT a.payment_id, a.billing_record_id, a.amount, p.status, p.paid_on, p.recorded_at
    FROM payment_allocations AS a JOIN payment AS p ON p.id = a.payment_id
),
allocated AS (
    SELECT payment_id, sum(amount) AS amount FROM allocation GROUP BY payment_id
),
settled AS (
    SELECT billing_record_id, sum(amount) FILTER (WHERE status = 'CONFIRMED') AS confirmed,
           sum(amount) FILTER (WHERE status = 'PENDING') AS pending,
           min(paid_on) AS first_paid_on, max(recorded_at) AS last_recorded_at
    FROM allocation GROUP BY billing_record_id
),
dispute AS (
    SELECT q.billing_record_id, count(*) FILTER (WHERE q.status = 'OPEN') AS open,
           max(q.opened_at) FILTER (WHERE q.status = 'OPEN') AS opened_at,
           count(*) FILTER (WHERE q.opened_at > coalesce(q.closed_at, now())) AS reversed
    FROM disputes AS q JOIN division AS d ON d.id = q.from_division_id
    GROUP BY q.billing_record_id
),
numbered AS (
    SELECT from_division_id, year, count(*) AS numbers, min(substr(number, length(code) + 7)::integer) AS first,
           max(substr(number, length(code) + 7)::integer) AS last
    FROM record WHERE lifecycle <> 'DRAFT' GROUP BY from_division_id, year
),
fault (fault, found) AS (
    SELECT 'a total is not the sum of its lines, or its lines are not numbered from 1',
           count(*) FILTER (WHERE l.total IS DISTINCT FROM r.total OR l.lines <> l.last_position)
    FROM record AS r LEFT JOIN line AS l ON l.billing_record_id = r.id
    UNION ALL
    SELECT 'an amount of a line is not quantity times price, rounded half to even', sum(wrong) FROM line
    UNION ALL
    SELECT 'a stored total is not the sum of its allocations', count(*)
    FROM record AS r LEFT JOIN settled AS s ON s.billing_record_id = r.id
    WHERE r.credited_amount <> 0
       OR (r.confirmed_amount, r.pending_amount) IS DISTINCT FROM (coalesce(s.confirmed, 0), coalesce(s.pending, 0))
    UNION ALL
    SELECT 'a payment is not the sum of its allocations', count(*)
    FROM payment AS p LEFT JOIN allocated AS a ON a.payment_id = p.id
    WHERE a.amount IS DISTINCT FROM p.amount
    UNION ALL
    SELECT 'a payment is of a day before its record was issued, or of another than it was recorded on', count(*)
    FROM record AS r JOIN settled AS s ON s.billing_record_id = r.id
    WHERE r.issue_date > s.first_paid_on
    UNION ALL
    SELECT 'a payment was recorded and decided by the same, or decided before it was recorded', count(*)
    FROM payment WHERE decided_by = recorded_by OR decided_at < recorded_at
    UNION ALL
    SELECT 'a number is not of its division and year', count(*)
    FROM record WHERE lifecycle <> 'DRAFT' AND NOT starts_with(number, code || '-' || year || '-')
    UNION ALL
    SELECT 'numbers of a division and year have a gap, or their counter is elsewhere', count(*)
    FROM numbered FULL JOIN (
        SELECT c.* FROM number_counters AS c JOIN division AS d ON d.id = c.division_id
    ) AS counter ON counter.division_id = numbered.from_division_id AND counter.year = numbered.year
    WHERE (1, numbers, last) IS DISTINCT FROM (first, last, counter.last_number)
    UNION ALL
    SELECT 'a record is disputed without an open dispute, or has one and is not', count(*)
    FROM record AS r LEFT JOIN dispute AS q ON q.billing_record_id = r.id
    WHERE r.disputed <> (coalesce(q.open, 0) > 0) OR (r.disputed AND r.settlement = 'SETTLED') OR q.reversed > 0
    UNION ALL
    SELECT 'a payment was recorded while its record was disputed', count(*)
    FROM dispute AS q JOIN settled AS s ON s.billing_record_id = q.billing_record_id
    WHERE q.opened_at < s.last_recorded_at
)
SELECT fault, found FROM fault WHERE found > 0;
