"""The audit trail with its chain, and the results of integrity checks.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("Revision 0004 began the audit trail, which is never taken away: restore a backup instead.")


_STATEMENTS = (
    # `changes` is a list of {table, id, before, after}; `object_ids` are their ids, to be searched.
    """
    CREATE TABLE audit_events (
        id uuid PRIMARY KEY,
        xact_id bigint NOT NULL,
        occurred_at timestamptz NOT NULL,
        kind text NOT NULL CHECK (kind IN ('CHANGE', 'REFUSAL')),
        operation text NOT NULL CHECK (length(operation) BETWEEN 1 AND 64),
        actor_id uuid NOT NULL REFERENCES users,
        actor_role text NOT NULL,
        request_id text NOT NULL CHECK (length(request_id) <= 64),
        code text NOT NULL DEFAULT '' CHECK (length(code) <= 64),
        object_ids uuid[] NOT NULL DEFAULT '{}',
        changes jsonb NOT NULL DEFAULT '[]',
        CONSTRAINT a_refusal_has_a_code CHECK ((kind = 'REFUSAL') = (code <> ''))
    )
    """,
    """
    CREATE TABLE audit_chain (
        sequence bigint PRIMARY KEY CHECK (sequence > 0),
        audit_event_id uuid NOT NULL UNIQUE REFERENCES audit_events,
        xact_id bigint NOT NULL,
        hash bytea NOT NULL CHECK (length(hash) = 32),
        sealed_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    # The transaction that writes a row is the one that PostgreSQL says, whatever the writer says.
    """
    CREATE FUNCTION written_by_this_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.xact_id := pg_current_xact_id()::text::bigint;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER written_by_this_transaction BEFORE INSERT ON audit_events
    FOR EACH ROW EXECUTE FUNCTION written_by_this_transaction()
    """,
    # What a row says, as one text that is the same wherever and whenever it is asked: this is what the chain seals.
    """
    CREATE FUNCTION audit_digest(event audit_events) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
    RETURN sha256(convert_to(jsonb_build_array(
        (event).id, (event).xact_id, to_char((event).occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
        (event).kind, (event).operation, (event).actor_id, (event).actor_role, (event).request_id, (event).code,
        to_jsonb((event).object_ids), (event).changes
    )::text, 'UTF8'))
    """,
    """
    CREATE TABLE integrity_checks (
        id uuid PRIMARY KEY,
        status text NOT NULL CHECK (status IN ('RUNNING', 'PASSED', 'FAILED', 'ABORTED')),
        started_at timestamptz NOT NULL,
        finished_at timestamptz,
        started_by uuid NOT NULL REFERENCES users,
        CONSTRAINT finished_with_time CHECK ((status = 'RUNNING') = (finished_at IS NULL))
    )
    """,
    """
    CREATE TABLE integrity_check_results (
        integrity_check_id uuid NOT NULL REFERENCES integrity_checks,
        position integer NOT NULL CHECK (position > 0),
        invariant text NOT NULL,
        description text NOT NULL,
        rows_checked bigint NOT NULL CHECK (rows_checked >= 0),
        fault_count bigint NOT NULL CHECK (fault_count >= 0),
        offending_ids text[] NOT NULL,
        PRIMARY KEY (integrity_check_id, position)
    )
    """,
    *(
        f"""
        CREATE TRIGGER is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION is_append_only()
        """
        for table in ("audit_events", "audit_chain")
    ),
    "CREATE INDEX audit_events_order ON audit_events (xact_id, id)",
    "CREATE INDEX audit_events_occurred ON audit_events (occurred_at, id)",
    "CREATE INDEX audit_events_actor ON audit_events (actor_id, occurred_at, id)",
    "CREATE INDEX audit_events_object ON audit_events USING gin (object_ids)",
    "CREATE INDEX integrity_checks_started ON integrity_checks (started_at, id)",
)
