-- The audit chain counts from 1 without a gap.
SELECT sequence AS id, sequence <> 1 + lag(sequence, 1, 0::bigint) OVER (ORDER BY sequence) AS wrong
FROM audit_chain
