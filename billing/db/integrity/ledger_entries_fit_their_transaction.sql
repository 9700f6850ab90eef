-- A ledger transaction has as many entries as it says, numbered from 1, of its parties, currency, day and record.
SELECT coalesce(t.id, e.transaction_id) AS id,
       count(e.position) <> min(t.entry_count) OR min(e.position) <> 1 OR max(e.position) <> min(t.entry_count)
       OR bool_or(
           (e.entry_count, e.from_division_id, e.to_division_id, e.currency, e.posted_on)
               IS DISTINCT FROM (t.entry_count, t.from_division_id, t.to_division_id, t.currency, t.posted_on)
           OR e.billing_record_id <> coalesce(t.billing_record_id, e.billing_record_id)) AS wrong
FROM ledger_transactions AS t FULL JOIN ledger_entries AS e ON e.transaction_id = t.id
GROUP BY coalesce(t.id, e.transaction_id)
