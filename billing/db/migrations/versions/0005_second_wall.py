"""The second wall: a login for each kind of use, what each may do, and row-level security under every statement.

Revision ID: 0005
"""

from alembic import context, op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# billing_service works for those who see all, billing_scoped for those who see one division; analysts' tools read with
# billing_reader, dumps are taken with billing_backup. They own nothing.
_LOGINS = ("billing_service", "billing_scoped", "billing_reader", "billing_backup")

# S select, I insert, U update, D delete; r: may lock rows, t: may lock the table, both without changing anything.
#                            service scoped reader
_GRANTS = """
    divisions                SIU     Sr     S
    users                    SIU     Sr     S
    service_catalog          SIU     Sr     S
    service_catalog_prices   SIt     S      S
    imports                  SI      -      S
    imported_records         SIt     -      S
    billing_records          SIUD    SIUD   S
    billing_line_items       SID     SID    S
    payment_records          SIU     SIU    S
    payment_allocations      SI      SI     S
    disputes                 SIU     SIU    S
    credit_notes             SI      SI     S
    credit_note_lines        SI      SI     S
    due_date_changes         SI      SI     S
    ledger_transactions      SI      SI     S
    ledger_entries           SI      SI     S
    number_counters          SIU     SIU    S
    credit_note_counters     SIU     SIU    S
    idempotency_keys         SIU     SIU    -
    audit_events             SI      I      S
    audit_chain              SI      -      S
    integrity_checks         SIU     -      S
    integrity_check_results  SI      -      S
    alembic_version          S       S      S
"""
_PRIVILEGES = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE", "r": "UPDATE (id)", "t": "UPDATE"}

# In a subquery, so that it is computed once for a statement and not once for a row.
_DIVISION = "(SELECT nullif(current_setting('billing.division_id', true), '')::uuid)"
_USER = "(SELECT nullif(current_setting('billing.user_id', true), '')::uuid)"

# Opaque to the planner on purpose: it would multiply a naked OR with the statement's own condition, expect a handful of
# rows, and sort them instead of walking the index in the order of the list.
_PARTY = f"coalesce(from_division_id = {_DIVISION} OR to_division_id = {_DIVISION}, false)"
_OWN = {
    **dict.fromkeys(
        (
            "billing_records",
            "billing_line_items",
            "payment_records",
            "payment_allocations",
            "disputes",
            "credit_notes",
            "credit_note_lines",
            "due_date_changes",
            "ledger_transactions",
            "ledger_entries",
        ),
        _PARTY,
    ),
    **dict.fromkeys(("number_counters", "credit_note_counters"), f"coalesce(division_id = {_DIVISION}, false)"),
    "idempotency_keys": f"coalesce(user_id = {_USER}, false)",
    "audit_events": f"coalesce(actor_id = {_USER}, false)",
}
"""Which rows of a table the scoped login may read and write."""


def upgrade() -> None:
    _make_logins(context.config.attributes.get("login_password"))
    for statement in (*_PUBLIC_LOSES, *_grants(), *_policies()):
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("Revision 0005 put up the second wall, which is never taken down: restore a backup instead.")


def _make_logins(password: str | None) -> None:
    """Those that are missing. Logins belong to the whole cluster: another database may make them at this moment."""
    op.get_bind().execute(text("SELECT set_config('billing.login_password', :it, true)"), {"it": password or ""})
    for login in _LOGINS:
        op.execute(f"""
            DO $$
            DECLARE
                password text := nullif(current_setting('billing.login_password'), '');
            BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{login}') THEN
                    EXECUTE 'CREATE ROLE {login} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION'
                        || coalesce(format(' PASSWORD %L', password), '');
                END IF;
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL;
                WHEN insufficient_privilege THEN
                    RAISE insufficient_privilege USING
                        MESSAGE = 'the login {login} is missing, and this one may not make it',
                        HINT = 'As an administrator: CREATE ROLE {login} LOGIN; then migrate again.';
            END $$
        """)
    op.execute("SELECT set_config('billing.login_password', '', true)")


# Temporary tables are found before all others: whoever may not make any cannot slip one under a check.
_PUBLIC_LOSES = (
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC",
    "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC",
    """
    DO $$ BEGIN
        IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN
            EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
            EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO billing_service', current_database());
        END IF;
    END $$
    """,
)


def _grants() -> list[str]:
    everybody = ", ".join(_LOGINS)
    granted = [
        f"GRANT USAGE ON SCHEMA public TO {everybody}",
        "GRANT EXECUTE ON FUNCTION currency_places(text), is_amount(numeric, text) TO billing_service, billing_scoped",
        "GRANT EXECUTE ON FUNCTION audit_digest(audit_events) TO billing_service, billing_reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO billing_backup",
        "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO billing_backup",
    ]
    for table, *letters in _lines():
        for login, given in zip(_LOGINS, letters, strict=False):
            privileges = ", ".join(_PRIVILEGES[letter] for letter in given if letter != "-")
            if privileges:
                granted.append(f"GRANT {privileges} ON {table} TO {login}")
    return granted


def _lines() -> list[list[str]]:
    return [line.split() for line in _GRANTS.strip().splitlines()]


def _policies() -> list[str]:
    """Row-level security of the tables whose rows are not everybody's, and of those that may be locked, not changed."""
    made = []
    for table, service, scoped, _ in _lines():
        if table not in _OWN and not set("rt") & set(service + scoped):
            continue
        made += [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)",
            f"CREATE POLICY readers ON {table} FOR SELECT TO billing_reader, billing_backup USING (true)",
            *_policies_of("billing_service", table, service, "true"),
            *_policies_of("billing_scoped", table, scoped, _OWN.get(table, "true")),
        ]
    return made


def _policies_of(login: str, table: str, letters: str, rows: str) -> list[str]:
    """Whoever may only lock rows needs the right to update them, and a policy that accepts no new version."""
    if letters == "-":
        return []
    if not set("rt") & set(letters):
        return [f"CREATE POLICY {login} ON {table} TO {login} USING ({rows}) WITH CHECK ({rows})"]
    made = [
        f"CREATE POLICY {login}_reads ON {table} FOR SELECT TO {login} USING ({rows})",
        f"CREATE POLICY {login}_locks ON {table} FOR UPDATE TO {login} USING ({rows}) WITH CHECK (false)",
    ]
    if "I" in letters:
        made.append(f"CREATE POLICY {login}_adds ON {table} FOR INSERT TO {login} WITH CHECK ({rows})")
    return made
