-- No event outside the audit chain is older, in the order of transaction and id, than the last one in it.
SELECT event.id,
       chain.audit_event_id IS NULL
       AND coalesce((event.xact_id, event.id) < (last.xact_id, last.audit_event_id), false) AS wrong
FROM audit_events AS event
LEFT JOIN audit_chain AS chain ON chain.audit_event_id = event.id
LEFT JOIN (SELECT xact_id, audit_event_id FROM audit_chain ORDER BY sequence DESC LIMIT 1) AS last ON true
