SELECT id, code, name FROM divisions WHERE id = ANY ($1::uuid[])
