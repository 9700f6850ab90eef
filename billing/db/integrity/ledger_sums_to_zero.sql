-- All entries of a currency add up to zero.
SELECT currency AS id, sum(amount) <> 0 AS wrong FROM ledger_entries GROUP BY currency
