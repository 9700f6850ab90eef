-- In each ledger transaction the books of each division add up to zero in each currency.
SELECT transaction_id AS id, bool_or(balance <> 0) AS wrong
FROM (
    SELECT transaction_id, sum(amount) AS balance FROM ledger_entries GROUP BY transaction_id, division_id, currency
) AS book
GROUP BY transaction_id
