-- A record is SETTLED when it is issued and nothing is outstanding, else PARTIAL when something is settled, else OPEN.
SELECT id,
       settlement <> CASE WHEN lifecycle <> 'DRAFT' AND total - credited_amount - confirmed_amount = 0 THEN 'SETTLED'
                          WHEN credited_amount + confirmed_amount > 0 THEN 'PARTIAL'
                          ELSE 'OPEN' END AS wrong
FROM billing_records
