"""Divisions, users, the catalog and its prices, records with their lines, payments, disputes, keys.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# ISO 4217 minor units, edition of 1 January 2026: currencies by their number of decimal places.
_CURRENCIES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE "
        "CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD "
        "HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK "
        "MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD "
        "RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH "
        "USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}


def upgrade() -> None:
    for statement in (*_functions(), *_TABLES, *_INDEXES, *_TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    for table in [
        "idempotency_keys",
        "number_counters",
        "disputes",
        "payment_allocations",
        "payment_records",
        "billing_line_items",
        "billing_records",
        "imports",
        "service_catalog_prices",
        "service_catalog",
        "users",
        "divisions",
    ]:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION payment_is_fully_allocated()")
    op.execute("DROP FUNCTION is_amount(numeric, text)")
    op.execute("DROP FUNCTION currency_places(text)")


def _functions() -> tuple[str, ...]:
    cases = " ".join(
        f"WHEN currency = ANY ('{{{','.join(codes.split())}}}') THEN {places}" for places, codes in _CURRENCIES.items()
    )
    return (
        f"""
        CREATE FUNCTION currency_places(currency text) RETURNS integer
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN CASE {cases} END
        """,
        # The upper bound also keeps NaN and Infinity out: both are greater than every number.
        """
        CREATE FUNCTION is_amount(amount numeric, currency text) RETURNS boolean
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN coalesce(amount BETWEEN -1000000000000 AND 1000000000000
                        AND scale(amount) = currency_places(currency), false)
        """,
    )


_TABLES = (
    """
    CREATE TABLE divisions (
        id uuid PRIMARY KEY,
        code text COLLATE "C" NOT NULL UNIQUE
            CHECK (code ~ '^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$' AND length(code) <= 32),
        name text COLLATE "C" NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
        parent_id uuid REFERENCES divisions,
        cost_centre text NOT NULL DEFAULT '' CHECK (length(cost_centre) <= 64),
        gl_code text NOT NULL DEFAULT '' CHECK (length(gl_code) <= 64),
        active boolean NOT NULL DEFAULT true,
        version integer NOT NULL DEFAULT 1 CHECK (version > 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        CHECK (parent_id <> id)
    )
    """,
    """
    CREATE TABLE users (
        id uuid PRIMARY KEY,
        name text COLLATE "C" NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
        display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
        role text NOT NULL CHECK (role IN ('COORDINATOR', 'ANALYST', 'BILLING_ADMIN', 'ADMIN', 'SUPERADMIN')),
        division_id uuid REFERENCES divisions,
        active boolean NOT NULL DEFAULT true,
        version integer NOT NULL DEFAULT 1 CHECK (version > 0),
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE service_catalog (
        id uuid PRIMARY KEY,
        sku text COLLATE "C" NOT NULL UNIQUE CHECK (length(sku) BETWEEN 1 AND 128),
        name text COLLATE "C" NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
        description text NOT NULL DEFAULT '' CHECK (length(description) <= 2000),
        category text COLLATE "C" NOT NULL CHECK (length(category) BETWEEN 1 AND 200),
        unit text NOT NULL CHECK (length(unit) BETWEEN 1 AND 64),
        provider_division_id uuid NOT NULL REFERENCES divisions,
        active boolean NOT NULL DEFAULT true,
        version integer NOT NULL DEFAULT 1 CHECK (version > 0),
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE service_catalog_prices (
        id uuid PRIMARY KEY,
        catalog_item_id uuid NOT NULL REFERENCES service_catalog,
        currency text NOT NULL CHECK (currency_places(currency) IS NOT NULL),
        valid_from date NOT NULL CHECK (valid_from BETWEEN '2000-01-01' AND '2099-12-31'),
        unit_price numeric(28, 10) NOT NULL CHECK (unit_price BETWEEN 0 AND 1000000000000),
        cost_price numeric(28, 10) CHECK (cost_price BETWEEN 0 AND 1000000000000),
        created_at timestamptz NOT NULL DEFAULT now(),
        created_by uuid NOT NULL REFERENCES users,
        UNIQUE (catalog_item_id, currency, valid_from)
    )
    """,
    """
    CREATE TABLE imports (
        id uuid PRIMARY KEY,
        kind text NOT NULL CHECK (kind IN ('FOCUS')),
        provider_division_id uuid NOT NULL REFERENCES divisions,
        content_hash bytea NOT NULL CHECK (length(content_hash) = 32),
        file_name text NOT NULL,
        imported_at timestamptz NOT NULL DEFAULT now(),
        imported_by uuid NOT NULL REFERENCES users,
        UNIQUE (kind, provider_division_id, content_hash)
    )
    """,
    # A draft has no number and no issue date yet: '' and infinity stand for that, so that every order has a value to
    # continue from, and clients see null.
    """
    CREATE TABLE billing_records (
        id uuid PRIMARY KEY,
        number text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(number) <= 64),
        from_division_id uuid NOT NULL REFERENCES divisions,
        to_division_id uuid NOT NULL REFERENCES divisions,
        currency text NOT NULL,
        lifecycle text NOT NULL DEFAULT 'DRAFT' CHECK (lifecycle IN ('DRAFT', 'ISSUED', 'VOID')),
        disputed boolean NOT NULL DEFAULT false,
        period_start date NOT NULL,
        period_end date NOT NULL,
        issue_date date NOT NULL DEFAULT 'infinity',
        due_date date NOT NULL DEFAULT 'infinity',
        total numeric NOT NULL,
        credited_amount numeric NOT NULL,
        confirmed_amount numeric NOT NULL,
        pending_amount numeric NOT NULL,
        settlement text NOT NULL GENERATED ALWAYS AS (
            CASE WHEN lifecycle <> 'DRAFT' AND credited_amount + confirmed_amount = total THEN 'SETTLED'
                 WHEN credited_amount + confirmed_amount > 0 THEN 'PARTIAL'
                 ELSE 'OPEN' END) STORED CHECK (settlement IN ('OPEN', 'PARTIAL', 'SETTLED')),
        from_note text NOT NULL DEFAULT '' CHECK (length(from_note) <= 2000),
        to_note text NOT NULL DEFAULT '' CHECK (length(to_note) <= 2000),
        from_gl_code text NOT NULL DEFAULT '' CHECK (length(from_gl_code) <= 64),
        to_gl_code text NOT NULL DEFAULT '' CHECK (length(to_gl_code) <= 64),
        import_id uuid REFERENCES imports,
        version integer NOT NULL DEFAULT 1 CHECK (version > 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        created_by uuid NOT NULL REFERENCES users,
        voided_at timestamptz,
        void_reason text NOT NULL DEFAULT '' CHECK (length(void_reason) <= 2000),
        CONSTRAINT different_divisions CHECK (from_division_id <> to_division_id),
        CONSTRAINT period_in_order CHECK (
            period_start >= '2000-01-01' AND period_end <= '2099-12-31'
            AND period_end >= period_start AND period_end - period_start < 366),
        CONSTRAINT draft_or_numbered CHECK ((lifecycle = 'DRAFT') = (number = '')),
        CONSTRAINT draft_or_issued CHECK ((lifecycle = 'DRAFT') = (issue_date = 'infinity')),
        CONSTRAINT due_after_issue CHECK (lifecycle = 'DRAFT' OR (due_date >= issue_date AND due_date <= '2099-12-31')),
        CONSTRAINT amounts_in_currency CHECK (
            is_amount(total, currency) AND is_amount(credited_amount, currency)
            AND is_amount(confirmed_amount, currency) AND is_amount(pending_amount, currency)),
        CONSTRAINT amounts_not_negative CHECK (
            total >= 0 AND credited_amount >= 0 AND confirmed_amount >= 0 AND pending_amount >= 0),
        CONSTRAINT never_paid_above_total CHECK (credited_amount + confirmed_amount + pending_amount <= total),
        CONSTRAINT money_only_when_issued CHECK (
            lifecycle = 'ISSUED' OR (credited_amount + confirmed_amount + pending_amount = 0 AND NOT disputed)),
        CONSTRAINT voided_with_time CHECK ((lifecycle = 'VOID') = (voided_at IS NOT NULL)),
        CONSTRAINT parties_and_currency UNIQUE (id, from_division_id, to_division_id, currency)
    )
    """,
    """
    CREATE TABLE billing_line_items (
        id uuid PRIMARY KEY,
        billing_record_id uuid NOT NULL,
        from_division_id uuid NOT NULL,
        to_division_id uuid NOT NULL,
        currency text NOT NULL,
        position integer NOT NULL CHECK (position > 0),
        catalog_item_id uuid REFERENCES service_catalog,
        name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
        description text NOT NULL DEFAULT '' CHECK (length(description) <= 2000),
        unit text NOT NULL CHECK (length(unit) <= 64),
        quantity numeric(28, 10) NOT NULL CHECK (quantity BETWEEN -1000000000000 AND 1000000000000),
        unit_price numeric(28, 10) NOT NULL CHECK (unit_price BETWEEN -1000000000000 AND 1000000000000),
        price_override_reason text NOT NULL DEFAULT '' CHECK (length(price_override_reason) <= 2000),
        amount numeric NOT NULL,
        unrounded_amount numeric(40, 20) NOT NULL,
        UNIQUE (billing_record_id, position),
        FOREIGN KEY (billing_record_id, from_division_id, to_division_id, currency)
            REFERENCES billing_records (id, from_division_id, to_division_id, currency),
        CONSTRAINT amount_in_currency CHECK (is_amount(amount, currency)),
        CONSTRAINT amount_is_quantity_times_price CHECK (
            2 * abs(quantity * unit_price - amount) <= power(10::numeric, -currency_places(currency))),
        CONSTRAINT rounded_by_less_than_a_unit CHECK (
            abs(unrounded_amount - amount) < power(10::numeric, -currency_places(currency)))
    )
    """,
    """
    CREATE TABLE payment_records (
        id uuid PRIMARY KEY,
        from_division_id uuid NOT NULL REFERENCES divisions,
        to_division_id uuid NOT NULL REFERENCES divisions,
        currency text NOT NULL,
        amount numeric NOT NULL,
        status text NOT NULL DEFAULT 'PENDING'
            CHECK (status IN ('PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLED', 'REVERSED')),
        method text NOT NULL CHECK (method IN ('INTERNAL_TRANSFER', 'JOURNAL', 'BANK_TRANSFER', 'CARD', 'OTHER')),
        reference text COLLATE "C" NOT NULL CHECK (length(reference) BETWEEN 1 AND 64),
        paid_on date NOT NULL CHECK (paid_on BETWEEN '2000-01-01' AND '2099-12-31'),
        note text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
        recorded_at timestamptz NOT NULL DEFAULT now(),
        recorded_by uuid NOT NULL REFERENCES users,
        decided_at timestamptz,
        decided_by uuid REFERENCES users,
        decision_reason text NOT NULL DEFAULT '' CHECK (length(decision_reason) <= 2000),
        version integer NOT NULL DEFAULT 1 CHECK (version > 0),
        CONSTRAINT different_divisions CHECK (from_division_id <> to_division_id),
        CONSTRAINT amount_in_currency CHECK (is_amount(amount, currency) AND amount > 0),
        CONSTRAINT decided_with_time CHECK (
            (status = 'PENDING') = (decided_at IS NULL) AND (status = 'PENDING') = (decided_by IS NULL)),
        CONSTRAINT four_eyes CHECK (
            status NOT IN ('CONFIRMED', 'REJECTED', 'REVERSED') OR decided_by <> recorded_by),
        CONSTRAINT payment_parties_and_currency UNIQUE (id, from_division_id, to_division_id, currency)
    )
    """,
    """
    CREATE TABLE payment_allocations (
        id uuid PRIMARY KEY,
        payment_id uuid NOT NULL,
        billing_record_id uuid NOT NULL,
        from_division_id uuid NOT NULL,
        to_division_id uuid NOT NULL,
        currency text NOT NULL,
        amount numeric NOT NULL,
        UNIQUE (payment_id, billing_record_id),
        FOREIGN KEY (payment_id, from_division_id, to_division_id, currency)
            REFERENCES payment_records (id, from_division_id, to_division_id, currency),
        FOREIGN KEY (billing_record_id, from_division_id, to_division_id, currency)
            REFERENCES billing_records (id, from_division_id, to_division_id, currency),
        CONSTRAINT amount_in_currency CHECK (is_amount(amount, currency) AND amount > 0)
    )
    """,
    """
    CREATE TABLE disputes (
        id uuid PRIMARY KEY,
        billing_record_id uuid NOT NULL,
        from_division_id uuid NOT NULL,
        to_division_id uuid NOT NULL,
        currency text NOT NULL,
        status text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'REJECTED', 'UPHELD', 'WITHDRAWN')),
        reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
        opened_at timestamptz NOT NULL DEFAULT now(),
        opened_by uuid NOT NULL REFERENCES users,
        resolution text NOT NULL DEFAULT '' CHECK (length(resolution) <= 2000),
        closed_at timestamptz,
        closed_by uuid REFERENCES users,
        version integer NOT NULL DEFAULT 1 CHECK (version > 0),
        FOREIGN KEY (billing_record_id, from_division_id, to_division_id, currency)
            REFERENCES billing_records (id, from_division_id, to_division_id, currency),
        CONSTRAINT closed_with_time CHECK (
            (status = 'OPEN') = (closed_at IS NULL) AND (status = 'OPEN') = (closed_by IS NULL))
    )
    """,
    """
    CREATE TABLE number_counters (
        division_id uuid NOT NULL REFERENCES divisions,
        year integer NOT NULL CHECK (year BETWEEN 2000 AND 2099),
        last_number integer NOT NULL CHECK (last_number > 0),
        PRIMARY KEY (division_id, year)
    )
    """,
    """
    CREATE TABLE idempotency_keys (
        user_id uuid NOT NULL REFERENCES users,
        operation text NOT NULL CHECK (length(operation) <= 64),
        key text COLLATE "C" NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
        input_hash bytea NOT NULL CHECK (length(input_hash) = 32),
        changed jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (user_id, operation, key)
    )
    """,
)

# By whom a list is read: by all, by the division that charges, by the one that pays. The indexes over all rows say in
# their predicate what holds for every row: only a statement that says it too, since it fixes no division, can use them.
_READERS = {
    "": ("", "from_division_id <> to_division_id"),
    "from_": ("from_division_id, ", ""),
    "to_": ("to_division_id, ", ""),
}
_RECORD_STATUSES = {
    "draft": "lifecycle = 'DRAFT'",
    "void": "lifecycle = 'VOID'",
    "disputed": "lifecycle = 'ISSUED' AND disputed",
    "paid": "lifecycle = 'ISSUED' AND NOT disputed AND settlement = 'SETTLED'",
}
_OPEN = {"open": "lifecycle = 'ISSUED' AND NOT disputed AND settlement <> 'SETTLED'"}


def _list_indexes(table: str, column: str, predicates: dict[str, str]) -> list[str]:
    """Indexes in the order of a column, for every reader; one for each name, over the rows of its predicate."""
    return [
        f"CREATE INDEX {table}_{reader}{name} ON {table} ({division}{column}, id)"
        + (f" WHERE {where}" if (where := " AND ".join(filter(None, (everybody, predicate)))) else "")
        for reader, (division, everybody) in _READERS.items()
        for name, predicate in predicates.items()
    ]


def _statuses(*names: str) -> dict[str, str]:
    return {name.lower(): f"status = '{name}'" for name in names}


# Every list is read in the order of one of these.
_INDEXES = (
    "CREATE UNIQUE INDEX billing_records_number ON billing_records (number) WHERE lifecycle <> 'DRAFT'",
    *_list_indexes("billing_records", "issue_date", {"issued": "", **_RECORD_STATUSES}),
    *_list_indexes("billing_records", "due_date", {"due": "", **_OPEN}),
    *_list_indexes("billing_records", "period_start", {"period": ""}),
    *_list_indexes("billing_records", "number", {"numbered": ""}),
    "CREATE INDEX billing_records_between ON billing_records (from_division_id, to_division_id, issue_date, id)",
    *_list_indexes(
        "payment_records",
        "paid_on",
        {"paid": "", **_statuses("PENDING", "CONFIRMED", "REJECTED", "CANCELLED", "REVERSED")},
    ),
    "CREATE INDEX payment_records_between ON payment_records (from_division_id, to_division_id, paid_on, id)",
    """CREATE UNIQUE INDEX payment_reference ON payment_records (to_division_id, from_division_id, method, reference)
       WHERE status IN ('PENDING', 'CONFIRMED')""",
    "CREATE INDEX payment_allocations_record ON payment_allocations (billing_record_id)",
    *_list_indexes("disputes", "opened_at", {"opened": "", **_statuses("OPEN", "REJECTED", "UPHELD", "WITHDRAWN")}),
    "CREATE INDEX disputes_between ON disputes (from_division_id, to_division_id, opened_at, id)",
    "CREATE INDEX disputes_record ON disputes (billing_record_id)",
    "CREATE UNIQUE INDEX one_open_dispute ON disputes (billing_record_id) WHERE status = 'OPEN'",
    "CREATE INDEX divisions_parent ON divisions (parent_id, code)",
    "CREATE INDEX service_catalog_provider ON service_catalog (provider_division_id, sku)",
    "CREATE INDEX service_catalog_name ON service_catalog (name, id)",
    "CREATE INDEX service_catalog_category ON service_catalog (category, id)",
)

_TRIGGERS = (
    """
    CREATE FUNCTION payment_is_fully_allocated() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        touched uuid[];
        wrong_payment uuid;
        difference numeric;
    BEGIN
        IF TG_TABLE_NAME = 'payment_records' THEN
            touched := ARRAY[NEW.id];
        ELSIF TG_OP = 'INSERT' THEN
            touched := ARRAY[NEW.payment_id];
        ELSIF TG_OP = 'DELETE' THEN
            touched := ARRAY[OLD.payment_id];
        ELSE
            touched := ARRAY[OLD.payment_id, NEW.payment_id];
        END IF;
        SELECT p.id, p.amount - coalesce(sum(a.amount), 0) INTO wrong_payment, difference
            FROM payment_records p LEFT JOIN payment_allocations a ON a.payment_id = p.id
            WHERE p.id = ANY (touched) GROUP BY p.id HAVING p.amount <> coalesce(sum(a.amount), 0) LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'the allocations of payment % differ from its amount by %', wrong_payment, difference
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_is_fully_allocated';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER payment_is_fully_allocated AFTER INSERT OR UPDATE OF amount ON payment_records
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_is_fully_allocated()
    """,
    """
    CREATE CONSTRAINT TRIGGER payment_is_fully_allocated AFTER INSERT OR UPDATE OR DELETE
    ON payment_allocations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_is_fully_allocated()
    """,
)
