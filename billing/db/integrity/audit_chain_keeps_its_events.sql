-- Every event that the audit chain sealed is there, of the transaction that the chain says.
SELECT sequence AS id, event.xact_id <> chain.xact_id AS wrong
FROM audit_chain AS chain LEFT JOIN audit_events AS event ON event.id = chain.audit_event_id
