-- A VOID and a CREDIT point at their record's ISSUE, a REVERSAL at its payment's CONFIRMATION, nothing else does.
SELECT correction.id,
       CASE correction.kind
           WHEN 'REVERSAL' THEN (corrected.kind, corrected.payment_id) <> ('CONFIRMATION', correction.payment_id)
           WHEN 'VOID' THEN (corrected.kind, corrected.billing_record_id) <> ('ISSUE', correction.billing_record_id)
           WHEN 'CREDIT' THEN (corrected.kind, corrected.billing_record_id) <> ('ISSUE', correction.billing_record_id)
           ELSE correction.corrects_id IS NOT NULL END AS wrong
FROM ledger_transactions AS correction
LEFT JOIN ledger_transactions AS corrected ON corrected.id = correction.corrects_id
