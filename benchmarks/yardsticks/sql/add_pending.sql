UPDATE billing_records AS r SET pending_amount = pending_amount + $2, version = version + 1 WHERE id = $1
RETURNING id, number, total - credited_amount - confirmed_amount AS outstanding, from_division_id AS "fromDivisionId",
          to_division_id AS "toDivisionId", currency
