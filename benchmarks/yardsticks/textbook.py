"""The textbook service: Strawberry's own ASGI app on Starlette, SQLAlchemy's async engine, Strawberry's DataLoaders.

Written as their documentation suggests and as one would write it first, with the statements of one who knows the
indexes; it guards nothing.
"""

import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType

import orjson
import strawberry
from sqlalchemy import ColumnElement, Select, case, func, insert, literal_column, select, tuple_, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.schema.config import StrawberryConfig

from benchmarks.yardsticks.serving import CONNECTIONS, database_url, serve
from billing.db.tables import (
    billing_line_items,
    billing_records,
    divisions,
    payment_allocations,
    payment_records,
    service_catalog,
    users,
)

engine = create_async_engine(
    database_url("postgresql+asyncpg"),
    pool_size=CONNECTIONS,
    max_overflow=0,
    pool_timeout=300,  # The load is to be measured, not shed.
    connect_args={"server_settings": {"timezone": "UTC", "jit": "off"}},
)

Instant = NewType("Instant", datetime)
SCALARS: dict[object, Any] = {
    Instant: strawberry.scalar(name="Instant", serialize=lambda value: value.isoformat().replace("+00:00", "Z"))
}
_INFINITY: ColumnElement[date] = literal_column("'infinity'::date")


@strawberry.type
class Division:
    id: strawberry.ID
    code: str
    name: str


@strawberry.type
class CatalogItem:
    sku: str
    name: str
    category: str


@strawberry.type
class LineItem:
    position: int
    name: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount: Decimal
    catalog_item_id: strawberry.Private[uuid.UUID | None]

    @strawberry.field
    async def catalog_item(self, info: strawberry.Info) -> CatalogItem | None:
        if self.catalog_item_id is None:
            return None
        return await info.context["catalog_items"].load(self.catalog_item_id)  # type: ignore[no-any-return]


@strawberry.type
class PaymentRecord:
    id: strawberry.ID
    status: str
    amount: Decimal
    currency: str
    method: str
    reference: str
    paid_on: date


@strawberry.type
class BillingRecord:
    id: strawberry.ID
    number: str | None
    status: str
    currency: str
    period_start: date
    period_end: date
    issue_date: date | None
    due_date: date | None
    total: Decimal
    outstanding: Decimal
    pending_amount: Decimal
    created_at: Instant
    from_division_id: strawberry.Private[uuid.UUID]
    to_division_id: strawberry.Private[uuid.UUID]

    @strawberry.field
    async def from_division(self, info: strawberry.Info) -> Division:
        return await info.context["divisions"].load(self.from_division_id)  # type: ignore[no-any-return]

    @strawberry.field
    async def to_division(self, info: strawberry.Info) -> Division:
        return await info.context["divisions"].load(self.to_division_id)  # type: ignore[no-any-return]

    @strawberry.field
    async def line_items(self, info: strawberry.Info) -> list[LineItem]:
        return await info.context["line_items"].load(self.id)  # type: ignore[no-any-return]

    @strawberry.field
    async def payments(self, info: strawberry.Info) -> list[PaymentRecord]:
        return await info.context["payments"].load(self.id)  # type: ignore[no-any-return]


@strawberry.type
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class BillingRecordConnection:
    nodes: list[BillingRecord]
    page_info: PageInfo


@strawberry.input
class IdFilter:
    eq: strawberry.ID


@strawberry.input
class BillingRecordFilter:
    division_id: IdFilter


@strawberry.input
class AllocationInput:
    billing_record_id: strawberry.ID
    amount: Decimal


@strawberry.input
class RecordPaymentInput:
    amount: Decimal
    method: str
    reference: str
    idempotency_key: str
    allocations: list[AllocationInput]


@strawberry.type
class UserError:
    code: str


@strawberry.type
class RecordPaymentPayload:
    payment: PaymentRecord | None
    billing_records: list[BillingRecord]
    user_errors: list[UserError]


def columns_of(record: Any) -> list[ColumnElement[Any]]:
    r = record.c
    nothing = r.total - r.total
    return [
        r.id,
        func.nullif(r.number, "").label("number"),
        case(
            (r.lifecycle != "ISSUED", r.lifecycle),
            (r.disputed, "DISPUTED"),
            (r.settlement == "SETTLED", "PAID"),
            (r.due_date < func.current_date(), "OVERDUE"),
            else_="PENDING",
        ).label("status"),
        r.currency,
        r.period_start,
        r.period_end,
        func.nullif(r.issue_date, _INFINITY).label("issue_date"),
        func.nullif(r.due_date, _INFINITY).label("due_date"),
        r.total,
        case((r.lifecycle == "ISSUED", r.total - r.credited_amount - r.confirmed_amount), else_=nothing).label(
            "outstanding"
        ),
        r.pending_amount,
        r.created_at,
        r.from_division_id,
        r.to_division_id,
    ]


def page_of(division_id: str | None, behind: tuple[date, str] | None, size: int) -> Select[Any]:
    """The latest issued first; the records of a division on either side are two walks of an index.

    No division charges itself: the index of all records says so.
    """
    r = billing_records.c
    sides = [r.from_division_id == division_id, r.to_division_id == division_id]
    if division_id is None:
        sides = [r.from_division_id != r.to_division_id]
    walks = []
    for side in sides:
        walk = select(billing_records).where(side)
        if behind is not None:
            walk = walk.where(tuple_(r.issue_date, r.id) < behind)
        walks.append(walk.order_by(r.issue_date.desc(), r.id.desc()).limit(size))
    rows = union_all(*walks).subquery() if len(walks) > 1 else walks[0].subquery()
    return (
        select(*columns_of(rows), rows.c.issue_date.label("cursor_date"))
        .order_by(rows.c.issue_date.desc(), rows.c.id.desc())
        .limit(size)
    )


def record_of(row: Any) -> BillingRecord:
    values = dict(row._mapping)
    values.pop("cursor_date", None)
    return BillingRecord(**values)


def encode(row: Any) -> str:
    return urlsafe_b64encode(orjson.dumps(["ISSUE_DATE", row.cursor_date, str(row.id)])).decode().rstrip("=")


def decode(cursor: str | None) -> tuple[date, str] | None:
    if cursor is None:
        return None
    _, day, id = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return date.fromisoformat(day), id


@strawberry.type
class Query:
    @strawberry.field
    async def billing_record(self, id: strawberry.ID) -> BillingRecord | None:
        async with engine.connect() as connection:
            found = await connection.execute(
                select(*columns_of(billing_records)).where(billing_records.c.id == uuid.UUID(id))
            )
            row = found.one_or_none()
        return None if row is None else record_of(row)

    @strawberry.field
    async def billing_records(
        self, first: int, filter: BillingRecordFilter | None = None, after: str | None = None
    ) -> BillingRecordConnection:
        division_id = None if filter is None else str(filter.division_id.eq)
        async with engine.connect() as connection:
            rows = (await connection.execute(page_of(division_id, decode(after), first + 1))).all()
        shown = rows[:first]
        return BillingRecordConnection(
            nodes=[record_of(row) for row in shown],
            page_info=PageInfo(
                has_next_page=len(rows) > first,
                has_previous_page=after is not None,
                start_cursor=encode(shown[0]) if shown else None,
                end_cursor=encode(shown[-1]) if shown else None,
            ),
        )


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def record_payment(self, input: RecordPaymentInput) -> RecordPaymentPayload:
        (allocation,) = input.allocations
        async with engine.begin() as connection:
            record = await _add_pending(connection, allocation)
            parties = {
                "from_division_id": record.from_division_id,
                "to_division_id": record.to_division_id,
                "currency": record.currency,
            }
            payment = await _add_payment(connection, input, parties)
            await connection.execute(
                insert(payment_allocations).values(
                    id=uuid.uuid4(),
                    payment_id=uuid.UUID(payment.id),
                    billing_record_id=record.id,
                    **parties,
                    amount=allocation.amount,
                )
            )
        return RecordPaymentPayload(payment=payment, billing_records=[record], user_errors=[])


async def _add_pending(connection: AsyncConnection, allocation: AllocationInput) -> BillingRecord:
    r = billing_records.c
    changed = await connection.execute(
        update(billing_records)
        .where(r.id == uuid.UUID(allocation.billing_record_id))
        .values(pending_amount=r.pending_amount + allocation.amount, version=r.version + 1)
        .returning(*columns_of(billing_records))
    )
    return record_of(changed.one())


async def _add_payment(
    connection: AsyncConnection, input: RecordPaymentInput, parties: dict[str, Any]
) -> PaymentRecord:
    p = payment_records.c
    values = {
        "id": uuid.uuid4(),
        **parties,
        "amount": input.amount,
        "method": input.method,
        "reference": input.reference,
        "paid_on": datetime.now(UTC).date(),
        "recorded_at": datetime.now(UTC),
        "recorded_by": select(users.c.id).order_by(users.c.id).limit(1).scalar_subquery(),
    }
    shown = (p.id, p.status, p.amount, p.currency, p.method, p.reference, p.paid_on)
    added = await connection.execute(insert(payment_records).values(**values).returning(*shown))
    row = added.one()._mapping
    return PaymentRecord(**{**row, "id": str(row["id"])})


async def load_divisions(ids: list[uuid.UUID]) -> list[Division | None]:
    d = divisions.c
    async with engine.connect() as connection:
        rows = await connection.execute(select(d.id, d.code, d.name).where(d.id.in_(ids)))
        found = {row.id: Division(id=row.id, code=row.code, name=row.name) for row in rows}
    return [found.get(id) for id in ids]


async def load_catalog_items(ids: list[uuid.UUID]) -> list[CatalogItem | None]:
    i = service_catalog.c
    async with engine.connect() as connection:
        rows = await connection.execute(select(i.id, i.sku, i.name, i.category).where(i.id.in_(ids)))
        found = {row.id: CatalogItem(sku=row.sku, name=row.name, category=row.category) for row in rows}
    return [found.get(id) for id in ids]


async def load_line_items(ids: list[uuid.UUID]) -> list[list[LineItem]]:
    line = billing_line_items.c
    statement = (
        select(
            line.billing_record_id,
            line.position,
            line.name,
            func.trim_scale(line.quantity).label("quantity"),
            line.unit,
            func.trim_scale(line.unit_price).label("unit_price"),
            line.amount,
            line.catalog_item_id,
        )
        .where(line.billing_record_id.in_(ids))
        .order_by(line.billing_record_id, line.position)
    )
    return await _lists(LineItem, statement, ids)


async def load_payments(ids: list[uuid.UUID]) -> list[list[PaymentRecord]]:
    p, allocation = payment_records.c, payment_allocations.c
    shown = (p.id, p.status, p.amount, p.currency, p.method, p.reference, p.paid_on)
    statement = (
        select(allocation.billing_record_id, *shown)
        .join(payment_allocations, allocation.payment_id == p.id)
        .where(allocation.billing_record_id.in_(ids))
        .order_by(allocation.billing_record_id, p.paid_on.desc(), p.id.desc())
    )
    return await _lists(PaymentRecord, statement, ids)


async def _lists(kind: type[Any], statement: Select[Any], ids: Sequence[uuid.UUID]) -> list[list[Any]]:
    found: defaultdict[uuid.UUID, list[Any]] = defaultdict(list)
    async with engine.connect() as connection:
        for row in await connection.execute(statement):
            values = dict(row._mapping)
            found[values.pop("billing_record_id")].append(kind(**values))
    return [found[id] for id in ids]


class TextbookGraphQL(GraphQL[dict[str, Any], None]):
    """Strawberry's view, with loaders of its own for each request."""

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> dict[str, Any]:
        return {
            "request": request,
            "response": response,
            "divisions": DataLoader(load_fn=load_divisions),
            "catalog_items": DataLoader(load_fn=load_catalog_items),
            "line_items": DataLoader(load_fn=load_line_items),
            "payments": DataLoader(load_fn=load_payments),
        }


schema = strawberry.Schema(Query, Mutation, config=StrawberryConfig(scalar_map=SCALARS))
app = Starlette(routes=[Route("/graphql", TextbookGraphQL(schema, graphql_ide=None))])

if __name__ == "__main__":
    serve(app)
