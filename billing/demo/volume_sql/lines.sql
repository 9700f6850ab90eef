-- Draws up the lines of the batch: one to five of a record, priced from the catalog of the division that charges.

INSERT INTO vol_lines
WITH line AS MATERIALIZED (
    SELECT n, i * 8 + position AS l, position, from_k, currency, places, period_start
    FROM vol_records CROSS JOIN LATERAL generate_series(1, 1 + pg_temp.pick(i, 'lines', 5)) AS position
),
asked AS MATERIALIZED (
    SELECT line.*, 1 + pg_temp.pick(l, 'item', charging.items) AS item
    FROM line JOIN vol_divisions AS charging ON charging.k = from_k
),
priced AS MATERIALIZED (
    SELECT asked.*, price.item_id, price.name, price.unit, price.unit_price AS listed,
           CASE WHEN price.measured THEN round((1 + 2000 * pg_temp.draw(l, 'metered'))::numeric, 2)
                ELSE 1 + pg_temp.pick(l, 'pieces', 40) END AS quantity,
           pg_temp.draw(l, 'sort') AS sort
    FROM asked JOIN vol_prices AS price
        ON price.k = from_k AND price.n = item AND price.currency = asked.currency
        AND asked.period_start BETWEEN price.valid_from AND price.valid_until
),
charged AS MATERIALIZED (
    SELECT *, CASE WHEN sort < 0.03 THEN round(listed * 0.9, 4) ELSE listed END AS unit_price FROM priced
)
SELECT n, position, CASE WHEN sort < 0.95 THEN item_id END, CASE WHEN sort < 0.95 THEN name ELSE 'Outside the catalog' END,
       unit, quantity, unit_price, CASE WHEN sort < 0.03 THEN 'Agreed for this year.' ELSE '' END,
       pg_temp.round_half_even(quantity * unit_price, places), quantity * unit_price
FROM charged;

ANALYZE vol_lines;
