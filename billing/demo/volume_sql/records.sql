-- Draws up the records plan.first to plan.last: who charges whom, when, and how far it got.

INSERT INTO vol_records
WITH moment AS MATERIALIZED (
    -- Evenly over the time, in order, so that ids grow with it.
    SELECT n, plan.base + n AS i,
           plan.began + (plan.now - plan.began) * ((n - pg_temp.draw(plan.base + n, 'moment')) / plan.records)
               AS created_at
    FROM vol_plan AS plan CROSS JOIN generate_series(plan.first, plan.last) AS n
),
charge AS MATERIALIZED (
    SELECT moment.*, (moment.created_at AT TIME ZONE plan.zone)::date AS day,
           (ARRAY['USD', 'EUR', 'JPY', 'KWD'])[width_bucket(pg_temp.draw(i, 'currency'), ARRAY[0, 0.55, 0.88, 0.95])]
               AS currency,
           (ARRAY[14, 30, 30, 45])[1 + pg_temp.pick(i, 'terms', 4)] AS terms,
           CASE WHEN created_at > plan.now - interval '60 days' AND pg_temp.draw(i, 'draft') < 0.25 THEN 'DRAFT'
                WHEN pg_temp.draw(i, 'void') < 0.03 THEN 'VOID' ELSE 'ISSUED' END AS lifecycle,
           width_bucket(pg_temp.draw(i, 'from'), plan.from_shares) AS drawn_from,
           CASE WHEN pg_temp.draw(i, 'to largest') < plan.largest_pays THEN 1
                ELSE 1 + width_bucket(pg_temp.draw(i, 'to'), plan.to_shares) END AS drawn_to,
           -- Ten records are the smallest division's, charged and paid in turn.
           CASE WHEN n % plan.tenth = 0 AND n <= 10 * plan.tenth THEN n / plan.tenth % 2 END AS smallest
    FROM vol_plan AS plan CROSS JOIN moment
),
parties AS MATERIALIZED (
    SELECT charge.*,
           CASE WHEN smallest = 1 THEN plan.divisions ELSE drawn_from END AS from_k,
           CASE WHEN smallest = 0 THEN plan.divisions
                -- Nobody charges itself: the next one pays, of those between the largest and the smallest.
                WHEN drawn_to = drawn_from THEN CASE WHEN drawn_to + 1 < plan.divisions THEN drawn_to + 1 ELSE 2 END
                ELSE drawn_to END AS to_k
    FROM vol_plan AS plan CROSS JOIN charge
),
fate AS MATERIALIZED (
    SELECT parties.*, pg_temp.draw(i, 'disputed') < 0.02 AS disputed, pg_temp.draw(i, 'settled') < CASE
               WHEN day + terms + 60 < plan.today THEN 0.93
               WHEN day + terms < plan.today THEN 0.75
               WHEN day + terms < plan.today + 10 THEN 0.45
               ELSE 0.2 END AS settled
    FROM vol_plan AS plan CROSS JOIN parties
)
SELECT n, i, pg_temp.id_at(created_at, 0, i, 'record'), from_k, to_k, currency, currency_places(currency), lifecycle,
       created_at, day, day + terms, (date_trunc('month', day) - interval '1 month')::date,
       coalesce(counter.last_number, 0)
           + row_number() OVER (PARTITION BY from_k, date_part('year', day), lifecycle = 'DRAFT' ORDER BY n),
       CASE WHEN lifecycle <> 'ISSUED' THEN 'NONE'
            WHEN settled AND NOT disputed
            THEN (ARRAY['ONCE', 'ONCE', 'TWICE', 'TOGETHER'])[1 + pg_temp.pick(i, 'settling', 4)]
            WHEN pg_temp.draw(i, 'partly') < 0.35 THEN 'PARTLY' ELSE 'OPEN' END,
       disputed AND lifecycle = 'ISSUED', pg_temp.draw(i, 'pending') < 0.5,
       pg_temp.draw(i, 'rejected') < 0.06, pg_temp.draw(i, 'cancelled') < 0.04
FROM fate
JOIN vol_divisions AS charging ON charging.k = from_k
LEFT JOIN number_counters AS counter
    ON counter.division_id = charging.id AND counter.year = date_part('year', day) AND lifecycle <> 'DRAFT';

INSERT INTO number_counters (division_id, year, last_number)
SELECT charging.id, date_part('year', record.issue_date), max(record.sequence)
FROM vol_records AS record JOIN vol_divisions AS charging ON charging.k = record.from_k
WHERE record.lifecycle <> 'DRAFT'
GROUP BY 1, 2
ON CONFLICT (division_id, year) DO UPDATE SET last_number = excluded.last_number;

ANALYZE vol_records;
