"""The audit trail, as those see it who may read it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry

from billing.domain.identifiers import parse_id
from billing.schema.enums import AuditEventKind, ErrorCode, Role
from billing.schema.fields import relation, sized
from billing.schema.scalars import Id
from billing.schema.users import User


@dataclass(frozen=True)
class _Column:
    """A column of a row that was written; None stands for null, and for a row that was not there."""

    name: str
    before: Any
    after: Any


@strawberry.type(description="A column of a row that was written, before and after.")
class AuditedColumn:
    column: strawberry.Private[_Column]

    @strawberry.field(description="The name of the column.")
    def name(self) -> str:
        return self.column.name

    @strawberry.field(description="Its value before, as a text; null where it had none, or the row was not there.")
    def before(self) -> str | None:
        return _text(self.column.before)

    @strawberry.field(description="Its value after, as a text; null where it has none, or the row is gone.")
    def after(self) -> str | None:
        return _text(self.column.after)


@strawberry.type(description="A row that a change wrote.")
class AuditedRow:
    row: strawberry.Private[dict[str, Any]]

    @strawberry.field(description="The table, e.g. billing_records.")
    def table(self) -> str:
        table: str = self.row["table"]
        return table

    @strawberry.field(description="The id of the row.")
    def object_id(self) -> Id:
        return Id(parse_id(self.row["id"]))

    @strawberry.field(description="The columns that were written, by name.", metadata=sized(10))
    def columns(self) -> list[AuditedColumn]:
        before, after = self.row["before"] or {}, self.row["after"] or {}
        return [
            AuditedColumn(column=_Column(name, before.get(name), after.get(name)))
            for name in sorted(before.keys() | after.keys())
        ]


def _kind(root: strawberry.Parent[Any]) -> AuditEventKind:
    return AuditEventKind(root.event_kind)


def _code(root: strawberry.Parent[Any]) -> ErrorCode | None:
    return ErrorCode(root.code) if root.code else None


def _changes(root: strawberry.Parent[Any]) -> list[AuditedRow]:
    return [AuditedRow(row=row) for row in root.changes]


@strawberry.type(description="A row of the audit trail: a change that was made, or a right that was refused.")
class AuditEvent:
    id: Id = strawberry.field(description="The id, a UUID.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    operation: str = strawberry.field(description="The mutation or the command, e.g. record_payment.")
    actor_role: Role = strawberry.field(description="The role of whoever did it, as it was then.")
    request_id: str = strawberry.field(
        description="The correlation id of the request, which our logs have too; empty for a command."
    )
    actor: User = relation("users_by_id", key="actor_id", description="Who did it, or was refused.")

    kind: AuditEventKind = strawberry.field(resolver=_kind, description="Whether something was changed, or refused.")
    code: ErrorCode | None = strawberry.field(resolver=_code, description="Why it was refused; null for a change.")
    changes: list[AuditedRow] = strawberry.field(
        resolver=_changes, description="What was written, in the order in which it was.", metadata=sized(3)
    )


def _text(value: Any) -> str | None:
    """Amounts, days and ids are kept as texts; the rest is written as JSON writes it."""
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
