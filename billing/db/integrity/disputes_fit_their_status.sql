-- An open dispute was closed by nobody, every other by someone at some time.
SELECT id, CASE status WHEN 'OPEN' THEN closed_at IS NOT NULL OR closed_by IS NOT NULL OR resolution <> ''
                       ELSE closed_at IS NULL OR closed_by IS NULL END AS wrong
FROM disputes
