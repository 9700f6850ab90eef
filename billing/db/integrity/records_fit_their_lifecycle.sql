-- A draft has no number and no issue date, any other record both, and is due no earlier; only a void one was voided.
SELECT id,
       CASE lifecycle
           WHEN 'DRAFT' THEN number <> '' OR isfinite(issue_date)
           ELSE number = '' OR NOT isfinite(issue_date) OR NOT isfinite(due_date) OR due_date < issue_date END
       OR (lifecycle = 'VOID') <> (voided_at IS NOT NULL) AS wrong
FROM billing_records
