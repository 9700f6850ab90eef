-- A pending payment was decided by nobody, any other by someone; only a reversed one was reversed, with a reason.
SELECT id,
       (status = 'PENDING') <> (decided_at IS NULL) OR (status = 'PENDING') <> (decided_by IS NULL)
       OR (status = 'REVERSED') <> (reversed_at IS NOT NULL) OR (status = 'REVERSED') <> (reversed_by IS NOT NULL)
       OR (status = 'REVERSED') <> (reversal_reason <> '') AS wrong
FROM payment_records
