-- Draws up what was paid on the records of the batch, part by part; some payments settle several records at once.

INSERT INTO vol_parts
WITH totals AS (
    SELECT n, sum(amount) AS total FROM vol_lines GROUP BY n
),
owed AS MATERIALIZED (
    SELECT record.*, total, round(total * 0.4, places) AS first_part,
           CASE settling WHEN 'PARTLY' THEN total - round(total * 0.4, places) ELSE total END AS rest,
           least(plan.now, due_date + interval '20 days') - created_at AS time_to_pay,
           least(interval '20 days', plan.now - created_at) AS lately, plan.now,
           -- Of one month, between the same two divisions, in one currency: six at most in one payment.
           (row_number() OVER same - 1) / 6 AS bundle
    FROM vol_plan AS plan CROSS JOIN vol_records AS record JOIN totals USING (n)
    WINDOW same AS (PARTITION BY from_k, to_k, currency, period_start, settling ORDER BY n)
),
part AS MATERIALIZED (
    SELECT owed.*, part, status, amount, recorded_at
    FROM owed
    CROSS JOIN LATERAL (VALUES
        (1, 'CONFIRMED', CASE WHEN settling IN ('ONCE', 'TOGETHER') THEN total
                              WHEN settling IN ('TWICE', 'PARTLY') THEN first_part END,
         created_at + time_to_pay * (0.3 + 0.4 * pg_temp.draw(i, 'first part'))),
        (2, 'CONFIRMED', CASE WHEN settling = 'TWICE' THEN total - first_part END,
         created_at + time_to_pay * (0.7 + 0.3 * pg_temp.draw(i, 'second part'))),
        (3, 'PENDING', CASE WHEN pending AND settling IN ('PARTLY', 'OPEN') THEN rest END,
         now - lately * pg_temp.draw(i, 'lately')),
        (4, 'REJECTED', CASE WHEN rejected AND settling <> 'NONE' THEN total END,
         created_at + time_to_pay * 0.3 * pg_temp.draw(i, 'rejected at')),
        (5, 'CANCELLED', CASE WHEN cancelled AND settling <> 'NONE' THEN first_part END,
         created_at + time_to_pay * 0.3 * pg_temp.draw(i, 'cancelled at'))
    ) AS kind (part, status, amount, recorded_at)
    WHERE amount > 0
)
SELECT n, part,
       CASE settling WHEN 'TOGETHER' THEN min(n) OVER together ELSE n END, status, amount,
       CASE settling WHEN 'TOGETHER' THEN max(recorded_at) OVER together ELSE recorded_at END
FROM part
WINDOW together AS (PARTITION BY from_k, to_k, currency, period_start, settling, bundle, part);

ANALYZE vol_parts;
