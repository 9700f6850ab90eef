-- Every amount is written with exactly the decimal places of its currency.
SELECT id::text,
       scale(total) <> currency_places(currency)
       OR (scale(credited_amount), scale(confirmed_amount), scale(pending_amount))
           <> (scale(total), scale(total), scale(total)) AS wrong
FROM billing_records
UNION ALL
SELECT id::text, scale(amount) <> currency_places(currency) FROM billing_line_items
UNION ALL
SELECT id::text, scale(amount) <> currency_places(currency) FROM payment_records
UNION ALL
SELECT id::text, scale(amount) <> currency_places(currency) FROM payment_allocations
UNION ALL
SELECT id::text, scale(amount) <> currency_places(currency) FROM credit_notes
UNION ALL
SELECT id::text, scale(amount) <> currency_places(currency) FROM credit_note_lines
UNION ALL
SELECT transaction_id || '/' || position, scale(amount) <> currency_places(currency) FROM ledger_entries
