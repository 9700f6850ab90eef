-- Writes the batch; the stored totals of a record are the sums of what was drawn up for it.

INSERT INTO billing_records
    (id, number, from_division_id, to_division_id, currency, lifecycle, disputed, period_start, period_end, issue_date,
     due_date, total, credited_amount, confirmed_amount, pending_amount, from_gl_code, created_at, created_by,
     voided_at, void_reason)
SELECT record.id,
       CASE lifecycle WHEN 'DRAFT' THEN '' ELSE
           charging.code || '-' || date_part('year', issue_date) || '-' || pg_temp.at_least_digits(sequence, 5) END,
       charging.id, paying.id, currency, lifecycle, disputed, period_start,
       (period_start + interval '1 month' - interval '1 day')::date,
       CASE lifecycle WHEN 'DRAFT' THEN 'infinity' ELSE issue_date END,
       CASE lifecycle WHEN 'DRAFT' THEN 'infinity' ELSE due_date END,
       line.total, round(0, places), round(coalesce(part.confirmed, 0), places), round(coalesce(part.pending, 0), places),
       'GL-' || charging.code, created_at, charging.coordinator_id,
       CASE lifecycle WHEN 'VOID' THEN created_at + (plan.now - created_at) * 0.2 * pg_temp.draw(i, 'voided at') END,
       CASE lifecycle WHEN 'VOID' THEN 'Charged to the wrong division.' ELSE '' END
FROM vol_plan AS plan
CROSS JOIN vol_records AS record
JOIN vol_divisions AS charging ON charging.k = from_k
JOIN vol_divisions AS paying ON paying.k = to_k
JOIN (SELECT n, sum(amount) AS total FROM vol_lines GROUP BY n) AS line USING (n)
LEFT JOIN (
    SELECT n, sum(amount) FILTER (WHERE status = 'CONFIRMED') AS confirmed,
           sum(amount) FILTER (WHERE status = 'PENDING') AS pending
    FROM vol_parts GROUP BY n
) AS part USING (n)
ORDER BY n;

INSERT INTO billing_line_items
    (id, billing_record_id, from_division_id, to_division_id, currency, position, catalog_item_id, name, unit, quantity,
     unit_price, price_override_reason, amount, unrounded_amount)
SELECT pg_temp.id_at(created_at, position, i, 'line'), record.id, charging.id, paying.id, currency, position, item_id,
       name, unit, quantity, unit_price, override_reason, amount, unrounded_amount
FROM vol_lines
JOIN vol_records AS record USING (n)
JOIN vol_divisions AS charging ON charging.k = from_k
JOIN vol_divisions AS paying ON paying.k = to_k
ORDER BY n, position;

INSERT INTO payment_records
    (id, from_division_id, to_division_id, currency, amount, status, method, reference, paid_on, recorded_at, recorded_by,
     decided_at, decided_by, decision_reason)
SELECT pg_temp.id_at(recorded_at, part, i, 'payment'), charging.id, paying.id, currency, payment.amount, status,
       (ARRAY['INTERNAL_TRANSFER', 'INTERNAL_TRANSFER', 'JOURNAL', 'BANK_TRANSFER', 'CARD', 'OTHER'])
           [1 + pg_temp.pick(i, 'method', 6)],
       'VOL-' || i || '-' || part, (recorded_at AT TIME ZONE plan.zone)::date, recorded_at, paying.coordinator_id,
       CASE WHEN status <> 'PENDING' THEN
           least(plan.now, recorded_at + interval '3 days' * pg_temp.draw(i, 'decided at')) END,
       CASE status WHEN 'PENDING' THEN NULL WHEN 'CANCELLED' THEN plan.billing_admin_id ELSE charging.coordinator_id END,
       CASE status WHEN 'REJECTED' THEN 'The money did not arrive.' WHEN 'CANCELLED' THEN 'Entered twice.' ELSE '' END
FROM vol_plan AS plan
CROSS JOIN (
    SELECT leader AS n, part, min(status) AS status, sum(amount) AS amount, min(recorded_at) AS recorded_at
    FROM vol_parts GROUP BY leader, part
) AS payment
JOIN vol_records AS record USING (n)
JOIN vol_divisions AS charging ON charging.k = from_k
JOIN vol_divisions AS paying ON paying.k = to_k
ORDER BY recorded_at;

INSERT INTO payment_allocations (id, payment_id, billing_record_id, from_division_id, to_division_id, currency, amount)
SELECT pg_temp.id_at(recorded_at, part, record.i, 'allocation'), pg_temp.id_at(recorded_at, part, leader_record.i, 'payment'),
       record.id, charging.id, paying.id, record.currency, amount
FROM vol_parts
JOIN vol_records AS record USING (n)
JOIN vol_records AS leader_record ON leader_record.n = leader
JOIN vol_divisions AS charging ON charging.k = record.from_k
JOIN vol_divisions AS paying ON paying.k = record.to_k
ORDER BY recorded_at;

-- Open ones began after the last payment, since none is recorded meanwhile; closed ones ended before the first.
INSERT INTO disputes
    (id, billing_record_id, from_division_id, to_division_id, currency, status, reason, opened_at, opened_by, resolution,
     closed_at, closed_by)
SELECT pg_temp.id_at(opened_at, 0, i, 'dispute'), record.id, charging.id, paying.id, currency, status,
       (ARRAY['We never ordered this.', 'The quantity is wrong.', 'The price is not what was agreed.'])
           [1 + pg_temp.pick(i, 'reason', 3)],
       opened_at, paying.coordinator_id,
       CASE status WHEN 'REJECTED' THEN 'The delivery was signed for.' ELSE '' END,
       closed_at,
       CASE status WHEN 'REJECTED' THEN charging.coordinator_id WHEN 'WITHDRAWN' THEN paying.coordinator_id END
FROM vol_plan AS plan
CROSS JOIN vol_records AS record
JOIN vol_divisions AS charging ON charging.k = from_k
JOIN vol_divisions AS paying ON paying.k = to_k
LEFT JOIN (
    SELECT n, min(recorded_at) AS first_paid, max(recorded_at) AS last_paid FROM vol_parts GROUP BY n
) AS paid USING (n)
CROSS JOIN LATERAL (
    SELECT coalesce(first_paid, plan.now) - created_at AS unpaid, coalesce(last_paid, created_at) AS last_change
) AS time
CROSS JOIN LATERAL (
    SELECT 'OPEN', last_change + (plan.now - last_change) * pg_temp.draw(i, 'opened at'), NULL::timestamptz
    WHERE disputed
    UNION ALL
    SELECT CASE WHEN pg_temp.draw(i, 'decision') < 0.7 THEN 'REJECTED' ELSE 'WITHDRAWN' END,
           created_at + unpaid * 0.25, created_at + unpaid * 0.75
    WHERE NOT disputed AND lifecycle = 'ISSUED' AND pg_temp.draw(i, 'was disputed') < 0.02
) AS dispute (status, opened_at, closed_at)
ORDER BY opened_at;
