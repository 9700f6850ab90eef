-- Whatever an idempotency key says it changed exists, unless it was a draft that another key deleted.
WITH named AS MATERIALIZED (
    SELECT value #>> '{}' AS id
    FROM idempotency_keys CROSS JOIN LATERAL jsonb_path_query(changed, 'strict $.**') AS value
    WHERE jsonb_typeof(value) = 'string'
      AND value #>> '{}' ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
),
known (id) AS (
    SELECT id FROM divisions
    UNION ALL SELECT id FROM users
    UNION ALL SELECT id FROM service_catalog
    UNION ALL SELECT id FROM service_catalog_prices
    UNION ALL SELECT id FROM billing_records
    UNION ALL SELECT id FROM payment_records
    UNION ALL SELECT id FROM disputes
    UNION ALL SELECT id FROM credit_notes
    UNION ALL SELECT id FROM integrity_checks
)
SELECT named.id, known.id IS NULL AND deleted.id IS NULL AS wrong
FROM named
LEFT JOIN known ON known.id = named.id::uuid
LEFT JOIN (
    SELECT DISTINCT changed ->> 'deleted' AS id FROM idempotency_keys
) AS deleted ON deleted.id = named.id
