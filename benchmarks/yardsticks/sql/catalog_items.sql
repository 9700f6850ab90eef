SELECT id, sku, name, category FROM service_catalog WHERE id = ANY ($1::uuid[])
