-- Nothing of a draft is in the ledger.
SELECT draft.id, posted.billing_record_id IS NOT NULL AS wrong
FROM billing_records AS draft
LEFT JOIN (
    SELECT billing_record_id FROM ledger_transactions
    UNION SELECT billing_record_id FROM ledger_entries
) AS posted ON posted.billing_record_id = draft.id
WHERE draft.lifecycle = 'DRAFT'
