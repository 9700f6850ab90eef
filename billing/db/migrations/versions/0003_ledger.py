"""The ledger under every amount, credit notes, reversals, what a record replaces, the history of due dates.

What exists is posted as of the day of its fact. From here on there is no way back: what is posted is never taken away.

Revision ID: 0003
"""

from alembic import context, op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in (*_TABLES, *_TRIGGERS):
        op.execute(statement)
    zone = context.config.attributes.get("zone", "UTC")
    assert all(character.isalnum() or character in "/_+-" for character in zone)
    for statement in _OPENING:
        op.execute(statement.replace("{zone}", zone))
    for statement in _INDEXES:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("Revision 0003 began the ledger, which is never taken away: restore a backup instead.")


_TABLES = (
    # Each record and each payment has every kind once at most. `corrects_id` points at what is undone, wholly or in
    # part. The number of entries stands in the key that entries refer to, so none can be added later.
    """
    CREATE TABLE ledger_transactions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL CHECK (kind IN ('ISSUE', 'CONFIRMATION', 'REVERSAL', 'CREDIT', 'VOID')),
        from_division_id uuid NOT NULL,
        to_division_id uuid NOT NULL,
        currency text NOT NULL,
        billing_record_id uuid,
        payment_id uuid,
        credit_note_id uuid,
        corrects_id bigint REFERENCES ledger_transactions,
        entry_count integer NOT NULL CHECK (entry_count > 0 AND entry_count % 4 = 0),
        posted_on date NOT NULL CHECK (posted_on BETWEEN '2000-01-01' AND '2099-12-31'),
        posted_at timestamptz NOT NULL,
        posted_by uuid NOT NULL REFERENCES users,
        CONSTRAINT ledger_transaction_size UNIQUE (id, entry_count),
        CONSTRAINT of_its_fact CHECK (
            (kind IN ('CONFIRMATION', 'REVERSAL')) = (payment_id IS NOT NULL)
            AND (kind IN ('ISSUE', 'VOID', 'CREDIT')) = (billing_record_id IS NOT NULL)
            AND (kind = 'CREDIT') = (credit_note_id IS NOT NULL)),
        CONSTRAINT corrections_point CHECK ((kind IN ('ISSUE', 'CONFIRMATION')) = (corrects_id IS NULL)),
        FOREIGN KEY (billing_record_id, from_division_id, to_division_id, currency)
            REFERENCES billing_records (id, from_division_id, to_division_id, currency),
        FOREIGN KEY (payment_id, from_division_id, to_division_id, currency)
            REFERENCES payment_records (id, from_division_id, to_division_id, currency)
    )
    """,
    # Debit is positive, credit negative.
    """
    CREATE TABLE ledger_entries (
        transaction_id bigint NOT NULL,
        position integer NOT NULL,
        entry_count integer NOT NULL,
        division_id uuid NOT NULL,
        account text NOT NULL,
        currency text NOT NULL,
        amount numeric NOT NULL,
        billing_record_id uuid NOT NULL,
        from_division_id uuid NOT NULL,
        to_division_id uuid NOT NULL,
        posted_on date NOT NULL,
        PRIMARY KEY (transaction_id, position),
        FOREIGN KEY (transaction_id, entry_count) REFERENCES ledger_transactions (id, entry_count),
        FOREIGN KEY (billing_record_id, from_division_id, to_division_id, currency)
            REFERENCES billing_records (id, from_division_id, to_division_id, currency),
        CONSTRAINT none_beyond_the_count CHECK (position BETWEEN 1 AND entry_count),
        CONSTRAINT amount_in_currency CHECK (is_amount(amount, currency)),
        CONSTRAINT account_of_its_side CHECK (
            CASE account WHEN 'RECEIVABLE' THEN division_id = from_division_id
                         WHEN 'REVENUE' THEN division_id = from_division_id
                         WHEN 'PAYABLE' THEN division_id = to_division_id
                         WHEN 'EXPENSE' THEN division_id = to_division_id
                         WHEN 'SETTLEMENT' THEN division_id IN (from_division_id, to_division_id)
                         ELSE false END)
    )
    """,
    """
    CREATE TABLE credit_notes (
        id uuid PRIMARY KEY,
        number text COLLATE "C" NOT NULL CONSTRAINT credit_notes_number UNIQUE CHECK (length(number) BETWEEN 1 AND 64),
        billing_record_id uuid NOT NULL,
        from_division_id uuid NOT NULL,
        to_division_id uuid NOT NULL,
        currency text NOT NULL,
        amount numeric NOT NULL,
        line_count integer NOT NULL CHECK (line_count >= 0),
        reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
        dispute_id uuid REFERENCES disputes,
        issue_date date NOT NULL CHECK (issue_date BETWEEN '2000-01-01' AND '2099-12-31'),
        issued_at timestamptz NOT NULL DEFAULT now(),
        issued_by uuid NOT NULL REFERENCES users,
        CONSTRAINT amount_in_currency CHECK (is_amount(amount, currency) AND amount > 0),
        CONSTRAINT credit_note_parties_and_currency UNIQUE (id, from_division_id, to_division_id, currency),
        CONSTRAINT credit_note_size UNIQUE (id, line_count),
        FOREIGN KEY (billing_record_id, from_division_id, to_division_id, currency)
            REFERENCES billing_records (id, from_division_id, to_division_id, currency)
    )
    """,
    """
    ALTER TABLE ledger_transactions
        ADD FOREIGN KEY (credit_note_id, from_division_id, to_division_id, currency)
        REFERENCES credit_notes (id, from_division_id, to_division_id, currency)
    """,
    """
    CREATE TABLE credit_note_lines (
        id uuid PRIMARY KEY,
        credit_note_id uuid NOT NULL,
        line_count integer NOT NULL,
        position integer NOT NULL,
        billing_line_item_id uuid NOT NULL REFERENCES billing_line_items,
        from_division_id uuid NOT NULL,
        to_division_id uuid NOT NULL,
        currency text NOT NULL,
        amount numeric NOT NULL,
        UNIQUE (credit_note_id, position),
        UNIQUE (credit_note_id, billing_line_item_id),
        FOREIGN KEY (credit_note_id, line_count) REFERENCES credit_notes (id, line_count),
        FOREIGN KEY (credit_note_id, from_division_id, to_division_id, currency)
            REFERENCES credit_notes (id, from_division_id, to_division_id, currency),
        CONSTRAINT none_beyond_the_count CHECK (position BETWEEN 1 AND line_count),
        CONSTRAINT amount_in_currency CHECK (is_amount(amount, currency) AND amount > 0)
    )
    """,
    """
    CREATE TABLE credit_note_counters (
        division_id uuid NOT NULL REFERENCES divisions,
        year integer NOT NULL CHECK (year BETWEEN 2000 AND 2099),
        last_number integer NOT NULL CHECK (last_number > 0),
        PRIMARY KEY (division_id, year)
    )
    """,
    # What was valid on a day: the earliest `due_date_before` of the changes after it, or else the record's due date.
    """
    CREATE TABLE due_date_changes (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        billing_record_id uuid NOT NULL,
        from_division_id uuid NOT NULL,
        to_division_id uuid NOT NULL,
        currency text NOT NULL,
        due_date_before date NOT NULL,
        due_date date NOT NULL CHECK (due_date <> due_date_before),
        changed_on date NOT NULL,
        changed_at timestamptz NOT NULL DEFAULT now(),
        changed_by uuid NOT NULL REFERENCES users,
        FOREIGN KEY (billing_record_id, from_division_id, to_division_id, currency)
            REFERENCES billing_records (id, from_division_id, to_division_id, currency)
    )
    """,
    "ALTER TABLE billing_records ADD COLUMN replaces_id uuid REFERENCES billing_records CHECK (replaces_id <> id)",
    "ALTER TABLE payment_records ADD COLUMN reversed_at timestamptz",
    "ALTER TABLE payment_records ADD COLUMN reversed_by uuid REFERENCES users",
    """
    ALTER TABLE payment_records ADD COLUMN reversal_reason text NOT NULL DEFAULT ''
        CHECK (length(reversal_reason) <= 2000)
    """,
    """
    ALTER TABLE payment_records ADD CONSTRAINT reversed_with_time CHECK (
        (status = 'REVERSED') = (reversed_at IS NOT NULL) AND (status = 'REVERSED') = (reversed_by IS NOT NULL)
        AND (status = 'REVERSED') = (reversal_reason <> ''))
    """,
)

_APPEND_ONLY = (
    "ledger_transactions",
    "ledger_entries",
    "credit_notes",
    "credit_note_lines",
    "due_date_changes",
)

_TRIGGERS = (
    """
    CREATE FUNCTION is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'is_append_only',
                  HINT = 'Correct what is wrong by another row that points at it.';
    END $$
    """,
    *(
        f"""
        CREATE TRIGGER is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION is_append_only()
        """
        for table in _APPEND_ONLY
    ),
    """
    CREATE FUNCTION ledger_transaction_is_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        entries integer;
        alike boolean;
        unbalanced uuid;
    BEGIN
        SELECT count(*), coalesce(bool_and(
                   e.posted_on = NEW.posted_on AND e.currency = NEW.currency
                   AND e.from_division_id = NEW.from_division_id AND e.to_division_id = NEW.to_division_id), false)
            INTO entries, alike FROM ledger_entries AS e WHERE e.transaction_id = NEW.id;
        SELECT e.division_id INTO unbalanced FROM ledger_entries AS e WHERE e.transaction_id = NEW.id
            GROUP BY e.division_id HAVING sum(e.amount) <> 0 LIMIT 1;
        IF FOUND OR entries <> NEW.entry_count OR NOT alike THEN
            RAISE EXCEPTION 'ledger transaction % is not balanced: % of % entries, division %',
                NEW.id, entries, NEW.entry_count, coalesce(unbalanced::text, 'none')
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transaction_is_balanced';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER ledger_transaction_is_balanced AFTER INSERT ON ledger_transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transaction_is_balanced()
    """,
    """
    CREATE FUNCTION credit_note_is_sum_of_lines() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        lines integer;
        credited numeric;
        own boolean;
    BEGIN
        SELECT count(*), coalesce(sum(l.amount), 0),
               coalesce(bool_and(i.billing_record_id = NEW.billing_record_id), true)
            INTO lines, credited, own
            FROM credit_note_lines AS l JOIN billing_line_items AS i ON i.id = l.billing_line_item_id
            WHERE l.credit_note_id = NEW.id;
        IF lines <> NEW.line_count OR NOT own OR (lines > 0 AND credited <> NEW.amount) THEN
            RAISE EXCEPTION 'credit note % is not the sum of its lines', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_note_is_sum_of_lines';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER credit_note_is_sum_of_lines AFTER INSERT ON credit_notes
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credit_note_is_sum_of_lines()
    """,
)

# Instants are known of all but the issue, of which the day is known: the record was there by then, or it was a draft.
_OPENING = (
    """
    INSERT INTO ledger_transactions
        (kind, from_division_id, to_division_id, currency, billing_record_id, entry_count, posted_on, posted_at,
         posted_by)
    SELECT 'ISSUE', from_division_id, to_division_id, currency, id, 4, issue_date,
           greatest(created_at, issue_date::timestamp AT TIME ZONE '{zone}'), created_by
    FROM billing_records WHERE lifecycle <> 'DRAFT' ORDER BY issue_date, id
    """,
    """
    INSERT INTO ledger_transactions
        (kind, from_division_id, to_division_id, currency, billing_record_id, corrects_id, entry_count, posted_on,
         posted_at, posted_by)
    SELECT 'VOID', r.from_division_id, r.to_division_id, r.currency, r.id, issue.id, 4,
           greatest(r.issue_date, (r.voided_at AT TIME ZONE '{zone}')::date), r.voided_at, r.created_by
    FROM billing_records AS r JOIN ledger_transactions AS issue ON issue.billing_record_id = r.id
    WHERE r.lifecycle = 'VOID' ORDER BY r.voided_at, r.id
    """,
    """
    INSERT INTO ledger_transactions
        (kind, from_division_id, to_division_id, currency, payment_id, entry_count, posted_on, posted_at, posted_by)
    SELECT 'CONFIRMATION', p.from_division_id, p.to_division_id, p.currency, p.id, 4 * count(*),
           (p.decided_at AT TIME ZONE '{zone}')::date, p.decided_at, p.decided_by
    FROM payment_records AS p JOIN payment_allocations AS a ON a.payment_id = p.id
    WHERE p.status = 'CONFIRMED' GROUP BY p.id ORDER BY p.decided_at, p.id
    """,
    """
    INSERT INTO ledger_entries
        (transaction_id, position, entry_count, division_id, account, currency, amount, billing_record_id,
         from_division_id, to_division_id, posted_on)
    SELECT t.id, leg.position, t.entry_count, leg.division_id, leg.account, t.currency,
           leg.sign * r.total * CASE t.kind WHEN 'VOID' THEN -1 ELSE 1 END, r.id,
           t.from_division_id, t.to_division_id, t.posted_on
    FROM ledger_transactions AS t JOIN billing_records AS r ON r.id = t.billing_record_id
    CROSS JOIN LATERAL (VALUES
        (1, t.from_division_id, 'RECEIVABLE', 1), (2, t.from_division_id, 'REVENUE', -1),
        (3, t.to_division_id, 'EXPENSE', 1), (4, t.to_division_id, 'PAYABLE', -1)
    ) AS leg (position, division_id, account, sign)
    ORDER BY t.id, leg.position
    """,
    """
    INSERT INTO ledger_entries
        (transaction_id, position, entry_count, division_id, account, currency, amount, billing_record_id,
         from_division_id, to_division_id, posted_on)
    SELECT t.id, row_number() OVER (PARTITION BY t.id ORDER BY a.id, leg.position), t.entry_count, leg.division_id,
           leg.account, t.currency, leg.sign * a.amount, a.billing_record_id,
           t.from_division_id, t.to_division_id, t.posted_on
    FROM ledger_transactions AS t JOIN payment_allocations AS a ON a.payment_id = t.payment_id
    CROSS JOIN LATERAL (VALUES
        (1, t.from_division_id, 'SETTLEMENT', 1), (2, t.from_division_id, 'RECEIVABLE', -1),
        (3, t.to_division_id, 'PAYABLE', 1), (4, t.to_division_id, 'SETTLEMENT', -1)
    ) AS leg (position, division_id, account, sign)
    ORDER BY t.id, a.id, leg.position
    """,
    "SET CONSTRAINTS ALL IMMEDIATE",  # Balanced before indexes are made, which wait for no deferred check.
)

_READERS = {"": "", "from_": "from_division_id, ", "to_": "to_division_id, "}

_INDEXES = (
    "CREATE UNIQUE INDEX issued_once ON ledger_transactions (billing_record_id) WHERE kind = 'ISSUE'",
    "CREATE UNIQUE INDEX void_once ON ledger_transactions (billing_record_id) WHERE kind = 'VOID'",
    "CREATE UNIQUE INDEX confirmed_once ON ledger_transactions (payment_id) WHERE kind = 'CONFIRMATION'",
    "CREATE UNIQUE INDEX reversed_once ON ledger_transactions (payment_id) WHERE kind = 'REVERSAL'",
    "CREATE UNIQUE INDEX credited_once ON ledger_transactions (credit_note_id) WHERE kind = 'CREDIT'",
    "CREATE INDEX ledger_entries_record ON ledger_entries (billing_record_id)",
    *(
        f"CREATE INDEX credit_notes_{reader}issued ON credit_notes ({division}issue_date, id)"
        + ("" if division else " WHERE from_division_id <> to_division_id")
        for reader, division in _READERS.items()
    ),
    "CREATE INDEX credit_notes_between ON credit_notes (from_division_id, to_division_id, issue_date, id)",
    "CREATE INDEX credit_notes_record ON credit_notes (billing_record_id)",
    "CREATE INDEX credit_notes_dispute ON credit_notes (dispute_id) WHERE dispute_id IS NOT NULL",
    "CREATE INDEX credit_note_lines_item ON credit_note_lines (billing_line_item_id)",
    "CREATE INDEX due_date_changes_record ON due_date_changes (billing_record_id, id)",
    "CREATE UNIQUE INDEX replaced_once ON billing_records (replaces_id) WHERE replaces_id IS NOT NULL",
)
