"""Statements over the audit trail: one row for each change, in its transaction, and one for each refused right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, FromClause, Select, Text, literal, select

from billing.db.lists import ListDefinition, Order, compare, one_of
from billing.db.tables import audit_events, imports
from billing.db.transaction import RowChange, Transaction
from billing.db.users import SYSTEM
from billing.db.writes import added
from billing.domain.identifiers import new_id
from billing.permissions.viewer import Viewer


@dataclass(frozen=True)
class Act:
    """Who does what, on which request: what every audit row says."""

    viewer: Viewer
    operation: str
    request_id: str


def columns(event: FromClause, viewer: Viewer) -> list[ColumnElement[Any]]:
    """A column per field that clients see; nothing to those who may not read the trail, whose fields are guarded."""
    e = event.c
    return [
        literal("AuditEvent", Text).label("kind"),
        e.id,
        e.occurred_at,
        e.kind.label("event_kind"),
        e.operation,
        e.actor_id,
        e.actor_role,
        e.request_id,
        e.code,
        e.changes,
    ]


def _touches(table: FromClause, operator: str, value: Any) -> ColumnElement[bool]:
    """An object is one of those that a change touched; the array's index serves it."""
    ids = [value] if operator == "eq" else list(value)
    touches: ColumnElement[bool] = table.c.object_ids.overlap(literal(ids, table.c.object_ids.type))
    return touches


LIST = ListDefinition(
    table=audit_events,
    columns=columns,
    fields={
        "id": compare("id"),
        "kind": compare("kind"),
        "operation": compare("operation"),
        "actor_id": compare("actor_id"),
        "object_id": _touches,
        "request_id": compare("request_id"),
        "occurred_at": compare("occurred_at"),
    },
    orders={"OCCURRED_AT": "occurred_at"},
    default_order=lambda filters: Order("OCCURRED_AT", "occurred_at", descending=True),
)


def by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Select[Any]:
    return select(*columns(audit_events, viewer)).where(one_of(audit_events.c.id, ids))


async def add_change(tx: Transaction, act: Act) -> None:
    """One row for all that the transaction has changed so far."""
    row = {
        **_row(tx, act),
        "kind": "CHANGE",
        "object_ids": list(dict.fromkeys(change.id for change in tx.changes)),
        "changes": orjson.dumps(tx.changes, _plain, orjson.OPT_PASSTHROUGH_DATETIME).decode(),
    }
    await tx.write(added(audit_events, [row]))


async def add_import(tx: Transaction, import_id: UUID, operation: str, **said: Any) -> None:
    """One row for a whole file: which import it was and what it came to; the rows themselves bear the import's id."""
    tx.changes.append(RowChange(imports.name, import_id, None, said))
    await add_change(tx, Act(SYSTEM, operation, request_id=""))


async def add_refusal(tx: Transaction, act: Act, code: str) -> None:
    """That somebody had no right to do this."""
    await tx.write(added(audit_events, [{**_row(tx, act), "kind": "REFUSAL", "code": code}]))


def _row(tx: Transaction, act: Act) -> dict[str, Any]:
    return {
        "id": new_id(),
        "xact_id": 0,  # The database puts its own there.
        "occurred_at": tx.now,
        "operation": act.operation,
        "actor_id": act.viewer.user_id,
        "actor_role": act.viewer.role.value,
        "request_id": act.request_id,
    }


def _plain(value: Any) -> str:
    """A value that JSON has not, as it holds it exactly: amounts and days as texts, ids of the driver's own class."""
    if value == date.max:
        return "infinity"  # As the driver writes it.
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value)} has no form in JSON")
