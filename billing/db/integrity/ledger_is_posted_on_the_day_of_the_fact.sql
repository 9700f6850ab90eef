-- An ISSUE and a CREDIT are posted on the day of issue, others within a day of the fact by UTC, since zones differ.
SELECT t.id,
       CASE
           WHEN t.kind = 'ISSUE' THEN t.posted_on <> record.issue_date
           WHEN t.kind = 'CREDIT' THEN t.posted_on <> note.issue_date
           ELSE t.posted_on NOT BETWEEN fact.day - 1 AND fact.day + 1
                AND t.posted_on IS DISTINCT FROM record.issue_date END AS wrong
FROM ledger_transactions AS t
LEFT JOIN billing_records AS record ON record.id = t.billing_record_id
LEFT JOIN payment_records AS payment ON payment.id = t.payment_id
LEFT JOIN credit_notes AS note ON note.id = t.credit_note_id
CROSS JOIN LATERAL (
    SELECT (CASE t.kind WHEN 'VOID' THEN record.voided_at
                        WHEN 'CONFIRMATION' THEN payment.decided_at
                        WHEN 'REVERSAL' THEN payment.reversed_at END AT TIME ZONE 'UTC')::date
) AS fact (day)
