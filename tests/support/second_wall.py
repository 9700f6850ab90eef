"""The tables whose rows are not everybody's, and a row of a pair of divisions in each of them."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.access.scene import Things

_DIVISION, _USER = "billing.division_id", "billing.user_id"

OWN = {
    "billing_records": _DIVISION,
    "billing_line_items": _DIVISION,
    "payment_records": _DIVISION,
    "payment_allocations": _DIVISION,
    "disputes": _DIVISION,
    "credit_notes": _DIVISION,
    "credit_note_lines": _DIVISION,
    "due_date_changes": _DIVISION,
    "ledger_transactions": _DIVISION,
    "ledger_entries": _DIVISION,
    "number_counters": _DIVISION,
    "credit_note_counters": _DIVISION,
    "idempotency_keys": _USER,
    "audit_events": _USER,
}
"""With what the database compares a row: a new table with divisions in it is added here, and to the logins' rights."""

_ROWS = (
    """
    WITH note AS (
        INSERT INTO credit_notes (id, number, billing_record_id, from_division_id, to_division_id, currency, amount,
                                  line_count, reason, issue_date, issued_by)
        VALUES (gen_random_uuid(), :number, :record, :from, :to, 'USD', 1.00, 1, 'Broken.', '2026-02-01', :user)
        RETURNING *
    )
    INSERT INTO credit_note_lines
    SELECT gen_random_uuid(), id, line_count, 1, :line, from_division_id, to_division_id, currency, amount FROM note
    """,
    """
    INSERT INTO due_date_changes (billing_record_id, from_division_id, to_division_id, currency, due_date_before,
                                  due_date, changed_on, changed_by)
    VALUES (:record, :from, :to, 'USD', '2098-01-01', '2099-01-31', '2026-02-01', :user)
    """,
    "INSERT INTO number_counters VALUES (:from, 2026, 9)",
    "INSERT INTO credit_note_counters VALUES (:from, 2026, 1)",
    "INSERT INTO idempotency_keys VALUES (:user, 'issue_credit_note', 'key', decode(repeat('00', 32), 'hex'), '{}')",
    """
    INSERT INTO audit_events (id, xact_id, occurred_at, kind, operation, actor_id, actor_role, request_id)
    VALUES (gen_random_uuid(), 0, now(), 'CHANGE', 'issue_credit_note', :user, 'COORDINATOR', 'request')
    """,
)


async def add_the_rest(connection: AsyncConnection, things: Things) -> None:
    """What the scene of the access tests has not: a credit note, a moved due date, counters, a key, an audit event."""
    given = {
        "number": f"{things.code}-2026-CN00001",
        "record": things.open,
        "line": things.line,
        "from": things.from_division,
        "to": things.to_division,
        "user": things.user,
    }
    for row in _ROWS:
        await connection.execute(text(row), {name: value for name, value in given.items() if f":{name}" in row})
