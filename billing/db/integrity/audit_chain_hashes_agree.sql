-- Each hash of the audit chain is the SHA-256 of the hash before it and of what its event says.
SELECT sequence AS id,
       hash <> sha256(lag(hash, 1, decode(repeat('00', 32), 'hex')) OVER (ORDER BY sequence) || audit_digest(event))
           AS wrong
FROM audit_chain LEFT JOIN audit_events AS event ON event.id = audit_event_id
