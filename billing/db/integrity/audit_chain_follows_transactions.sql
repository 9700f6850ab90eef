-- The audit chain seals events in the order of transaction and id.
SELECT sequence AS id,
       (xact_id, audit_event_id) <= (coalesce(lag(xact_id) OVER chain, -1), lag(audit_event_id) OVER chain) AS wrong
FROM audit_chain WINDOW chain AS (ORDER BY sequence)
