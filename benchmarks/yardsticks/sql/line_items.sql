SELECT billing_record_id AS "recordId", position, name, trim_scale(quantity) AS quantity, unit,
       trim_scale(unit_price) AS "unitPrice", amount, catalog_item_id AS "catalogItemId"
FROM billing_line_items WHERE billing_record_id = ANY ($1::uuid[]) ORDER BY billing_record_id, position
