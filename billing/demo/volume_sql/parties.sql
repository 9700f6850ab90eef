-- The divisions of this run, who works there, and what they charge for. Reads vol_plan.

CREATE TEMP TABLE vol_divisions ON COMMIT DROP AS
SELECT k,
       pg_temp.id_at(plan.began - interval '30 days', k, plan.base + k, 'division') AS id,
       pg_temp.id_at(plan.began - interval '29 days', k, plan.base + k, 'coordinator') AS coordinator_id,
       'VOL-' || pg_temp.at_least_digits(plan.codes + k, 3) AS code,
       3 + pg_temp.pick(plan.base + k, 'items', 10) AS items
FROM vol_plan AS plan CROSS JOIN generate_series(1, plan.divisions) AS k;

INSERT INTO divisions (id, code, name, parent_id, cost_centre, gl_code, created_at)
SELECT d.id, d.code,
       'Volume ' || substr(d.code, 5) || ' '
           || ('{Logistics,Research,Sales,Facilities,Legal,Production,Procurement,Data}'::text[])[1 + (d.k - 1) % 8],
       parent.id, 'CC-' || d.code, 'GL-' || d.code, plan.began - interval '30 days'
FROM vol_plan AS plan
CROSS JOIN vol_divisions AS d
LEFT JOIN vol_divisions AS parent ON d.k > 8 AND parent.k = 1 + (d.k - 1) % 8;

INSERT INTO users (id, name, display_name, role, division_id, created_at)
SELECT d.coordinator_id, 'coordinator-' || lower(d.code), 'Coordinator of ' || d.code, 'COORDINATOR', d.id,
       plan.began - interval '29 days'
FROM vol_plan AS plan CROSS JOIN vol_divisions AS d;

-- The others who work there, coordinator-vol-001-2 and on, in turn through the divisions.
INSERT INTO users (id, name, display_name, role, division_id, created_at)
SELECT pg_temp.id_at(plan.began - interval '29 days', d.k, plan.base + p, 'colleague'),
       'coordinator-' || lower(d.code) || '-' || nth, 'Coordinator ' || nth || ' of ' || d.code, 'COORDINATOR', d.id,
       plan.began - interval '29 days'
FROM vol_plan AS plan
CROSS JOIN generate_series(plan.divisions + 1, plan.people) AS p
CROSS JOIN LATERAL (SELECT 1 + (p - 1) / plan.divisions AS nth) AS turn
JOIN vol_divisions AS d ON d.k = 1 + (p - 1) % plan.divisions;

-- Somebody for each role of the whole organisation, where there is nobody yet.
INSERT INTO users (id, name, display_name, role, created_at)
SELECT pg_temp.id_at(plan.began - interval '28 days', 0, plan.base, role.name),
       CASE WHEN EXISTS (SELECT FROM users WHERE users.name = role.name) THEN 'volume-' ELSE '' END || role.name,
       role.display_name, role.role, plan.began - interval '28 days'
FROM vol_plan AS plan
CROSS JOIN (VALUES ('analyst', 'Analyst', 'ANALYST'), ('billing-admin', 'Billing Admin', 'BILLING_ADMIN'),
                   ('admin', 'Admin', 'ADMIN'), ('superadmin', 'Superadmin', 'SUPERADMIN'))
    AS role (name, display_name, role)
WHERE NOT EXISTS (SELECT FROM users WHERE users.role = role.role AND users.active);

UPDATE vol_plan SET billing_admin_id =
    (SELECT id FROM users WHERE role = 'BILLING_ADMIN' AND active ORDER BY name LIMIT 1);

-- The n-th item of the k-th division. `measured`: charged by meter, in fractions, not by the piece.
CREATE TEMP TABLE vol_items ON COMMIT DROP AS
SELECT d.k, n, pg_temp.id_at(plan.began - interval '27 days', d.k, plan.base + 100 * d.k + n, 'item') AS id,
       d.id AS provider_division_id, d.code || '-' || pg_temp.at_least_digits(n, 2) AS sku, kind.*
FROM vol_plan AS plan
CROSS JOIN vol_divisions AS d
CROSS JOIN LATERAL generate_series(1, d.items) AS n
JOIN (VALUES (0, 'Laptop lease', 'Devices', 'month', 49.90, false), (1, 'Virtual machine', 'Cloud', 'hour', 0.0416, true),
             (2, 'Object storage', 'Cloud', 'GB-month', 0.023, true), (3, 'Service desk', 'Support', 'hour', 65.00, false),
             (4, 'Office licence', 'Software', 'seat', 18.50, false), (5, 'Office space', 'Facilities', 'm²', 21.00, false),
             (6, 'Training', 'People', 'day', 450.00, false), (7, 'Printing', 'Facilities', 'page', 0.045, true),
             (8, 'Consulting', 'People', 'day', 980.00, false), (9, 'Network port', 'Network', 'month', 7.25, false),
             (10, 'Phone line', 'Network', 'month', 12.40, false), (11, 'Pool car', 'Facilities', 'km', 0.42, true))
    AS kind (number, name, category, unit, list_price, measured)
    ON kind.number = pg_temp.pick(plan.base + 100 * d.k + n, 'kind', 12);

INSERT INTO service_catalog (id, sku, name, category, unit, provider_division_id, created_at)
SELECT id, sku, name || ' ' || sku, category, unit, provider_division_id, plan.began - interval '27 days'
FROM vol_plan AS plan CROSS JOIN vol_items;

-- A price list a year, so that there is one for every period that is charged.
CREATE TEMP TABLE vol_prices ON COMMIT DROP AS
SELECT item.k, item.n, item.id AS item_id, item.name || ' ' || item.sku AS name, item.unit, item.measured, money.currency,
       make_date(year, 1, 1) AS valid_from, make_date(year, 12, 31) AS valid_until,
       round(price, CASE WHEN price >= 1 THEN currency_places(money.currency) ELSE 4 END) AS unit_price
FROM vol_plan AS plan
CROSS JOIN vol_items AS item
CROSS JOIN (VALUES ('USD', 1), ('EUR', 0.92), ('JPY', 150), ('KWD', 0.307)) AS money (currency, rate)
CROSS JOIN generate_series(date_part('year', plan.began)::integer - 1, date_part('year', plan.today)::integer) AS year
CROSS JOIN LATERAL (
    SELECT (item.list_price * money.rate * (1 + 0.03 * (year - 2020))
            * (0.8 + 0.4 * pg_temp.draw(plan.base + 100 * item.k + item.n, 'price'))::numeric)
) AS priced (price);

INSERT INTO service_catalog_prices
    (id, catalog_item_id, currency, valid_from, unit_price, cost_price, created_at, created_by)
SELECT pg_temp.id_at(plan.began - interval '26 days', price.k,
                     plan.base + 100 * price.k + price.n, price.currency || price.valid_from),
       price.item_id, price.currency, price.valid_from, price.unit_price, round(price.unit_price * 0.8, 4),
       plan.began - interval '26 days', plan.billing_admin_id
FROM vol_plan AS plan CROSS JOIN vol_prices AS price;

ANALYZE vol_divisions, vol_prices;
