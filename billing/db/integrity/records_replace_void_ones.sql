-- A record replaces another one that is void and was charged by the same division.
SELECT record.id,
       replaced.id = record.id OR replaced.lifecycle <> 'VOID'
       OR replaced.from_division_id <> record.from_division_id AS wrong
FROM billing_records AS record
LEFT JOIN billing_records AS replaced ON replaced.id = record.replaces_id
WHERE record.replaces_id IS NOT NULL
