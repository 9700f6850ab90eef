-- A line is quantity times unit price, rounded half to even; an imported one is its amount, exact to less than a unit.
SELECT line.id,
       NOT (
           (line.unrounded_amount = line.quantity * line.unit_price AND (
               2 * difference < 1 OR (2 * difference = 1 AND mod(line.amount * units, 2) = 0)))
           OR (record.import_id IS NOT NULL
               AND line.quantity = 1 AND line.unit_price = line.amount AND difference < 1)) AS wrong
FROM billing_line_items AS line
LEFT JOIN billing_records AS record ON record.id = line.billing_record_id
CROSS JOIN LATERAL (SELECT power(10::numeric, currency_places(line.currency))) AS currency (units)
CROSS JOIN LATERAL (SELECT abs(line.unrounded_amount - line.amount) * units) AS rounding (difference)
