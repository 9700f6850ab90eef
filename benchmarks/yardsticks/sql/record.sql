SELECT {columns} FROM billing_records AS r WHERE r.id = $1
