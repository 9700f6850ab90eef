-- A confirmed payment has one CONFIRMATION, a reversed one a REVERSAL beside it, any other payment neither.
SELECT payment.id,
       coalesce(posted.confirmations, 0) <> CASE WHEN payment.status IN ('CONFIRMED', 'REVERSED') THEN 1 ELSE 0 END
       OR coalesce(posted.reversals, 0) <> CASE WHEN payment.status = 'REVERSED' THEN 1 ELSE 0 END AS wrong
FROM payment_records AS payment
LEFT JOIN (
    SELECT payment_id, count(*) FILTER (WHERE kind = 'CONFIRMATION') AS confirmations,
           count(*) FILTER (WHERE kind = 'REVERSAL') AS reversals
    FROM ledger_transactions WHERE payment_id IS NOT NULL GROUP BY payment_id
) AS posted ON posted.payment_id = payment.id
