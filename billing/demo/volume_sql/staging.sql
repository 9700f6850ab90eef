-- Where a batch of records is drawn up before it is written. `i` numbers records through all runs, `n` through this one.

CREATE TEMP TABLE vol_records (
    n integer, i bigint, id uuid, from_k integer, to_k integer, currency text, places integer, lifecycle text,
    created_at timestamptz, issue_date date, due_date date, period_start date, sequence integer,
    settling text, disputed boolean, pending boolean, rejected boolean, cancelled boolean
) ON COMMIT DROP;

CREATE TEMP TABLE vol_lines (
    n integer, position integer, item_id uuid, name text, unit text, quantity numeric, unit_price numeric,
    override_reason text, amount numeric, unrounded_amount numeric
) ON COMMIT DROP;

-- A part of a payment that goes to record n; `leader` is the record whose payment it belongs to.
CREATE TEMP TABLE vol_parts (
    n integer, part integer, leader integer, status text, amount numeric, recorded_at timestamptz
) ON COMMIT DROP;
