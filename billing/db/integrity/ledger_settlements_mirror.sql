-- What a payment settles in the books of one side, it settles for the same record in those of the other, mirrored.
SELECT transaction_id AS id, bool_or(wrong) AS wrong
FROM (
    SELECT transaction_id,
           sum(amount) FILTER (WHERE division_id = from_division_id)
               IS DISTINCT FROM -sum(amount) FILTER (WHERE division_id = to_division_id) AS wrong
    FROM ledger_entries WHERE account = 'SETTLEMENT'
    GROUP BY transaction_id, billing_record_id
) AS record
GROUP BY transaction_id
