"""Rows as the database holds them, written past the service, for tests of the database itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db.tables import (
    billing_line_items,
    billing_records,
    disputes,
    divisions,
    idempotency_keys,
    imported_records,
    imports,
    number_counters,
    payment_allocations,
    payment_records,
    service_catalog,
    service_catalog_prices,
    users,
)
from billing.domain.identifiers import new_id
from tests.support.world import World

Row = dict[str, Any]

A_MOMENT = datetime(2026, 1, 15, 12, tzinfo=UTC)
A_DAY = date(2026, 1, 15)
A_HASH = bytes(32)


def record(world: World, lifecycle: str = "ISSUED", **changes: Any) -> Row:
    """A billing record of 100.00 from IT to Marketing, with what belongs to its lifecycle."""
    nothing = {name: Decimal("0.00") for name in ("credited_amount", "confirmed_amount", "pending_amount")}
    issued = {"number": f"IT-2026-{uuid4().int % 10**9}", "issue_date": A_DAY, "due_date": date(2026, 2, 14)}
    return {
        "id": new_id(),
        **parties(world),
        "lifecycle": lifecycle,
        "disputed": False,
        "period_start": date(2026, 1, 1),
        "period_end": date(2026, 1, 31),
        "total": Decimal("100.00"),
        **nothing,
        "created_by": world.users["billing-admin"],
        **({} if lifecycle == "DRAFT" else issued),
        **({"voided_at": A_MOMENT} if lifecycle == "VOID" else {}),
        **changes,
    }


def payment(world: World, **changes: Any) -> Row:
    """A pending payment of 10.00."""
    return {
        "id": new_id(),
        **parties(world),
        "amount": Decimal("10.00"),
        "method": "CARD",
        "reference": uuid4().hex,
        "paid_on": A_DAY,
        "recorded_by": world.users["coordinator-mkt"],
        **changes,
    }


def parties(world: World) -> Row:
    return {
        "from_division_id": world.divisions["IT"],
        "to_division_id": world.divisions["MKT"],
        "currency": "USD",
    }


async def add(connection: AsyncConnection, table: Table, *rows: Row) -> None:
    for row in rows:
        await connection.execute(insert(table).values(**row))


@dataclass
class Rows:
    """A record with a line, a payment of it, a dispute and all the rest; and what could be added beside them."""

    world: World
    there: dict[Table, Row] = field(default_factory=dict)

    async def add_one_of_each(self, connection: AsyncConnection) -> None:
        self.spare_record = record(self.world)
        await add(connection, billing_records, self.spare_record)
        for table in _NEW:
            row = self.new(table)
            await add(connection, table, row)
            self.there[table] = row

    def new(self, table: Table, **changes: Any) -> Row:
        """A row that can be added to those that are there."""
        return {**_NEW[table](self), **changes}

    def id_of(self, table: Table) -> Any:
        return self.there[table]["id"]


def _division(rows: Rows) -> Row:
    text = uuid4().hex.upper()
    return {"id": new_id(), "code": f"D{text[:20]}", "name": text}


def _user(rows: Rows) -> Row:
    return {"id": new_id(), "name": uuid4().hex, "display_name": "Somebody", "role": "ANALYST"}


def _item(rows: Rows) -> Row:
    provider = rows.world.divisions["IT"]
    described = {"name": "Item", "category": "Things", "unit": "piece"}
    return {"id": new_id(), "sku": uuid4().hex, **described, "provider_division_id": provider}


def _price(rows: Rows) -> Row:
    return {
        "id": new_id(),
        "catalog_item_id": rows.world.laptop,
        "currency": "KWD",
        "valid_from": date(2026, 2 if service_catalog_prices in rows.there else 1, 1),
        "unit_price": Decimal(1),
        "created_by": rows.world.users["admin"],
    }


def _import(rows: Rows) -> Row:
    return {
        "id": new_id(),
        "kind": "FOCUS",
        "provider_division_id": rows.world.divisions["IT"],
        "content_hash": uuid4().bytes * 2,
        "file_name": "cloud.csv",
        "imported_by": rows.world.users["admin"],
    }


def _record(rows: Rows) -> Row:
    return record(rows.world)


def _line(rows: Rows) -> Row:
    return {
        "id": new_id(),
        "billing_record_id": rows.id_of(billing_records),
        **parties(rows.world),
        "position": 2 if billing_line_items in rows.there else 1,
        "name": "Support",
        "unit": "hour",
        "quantity": Decimal(1),
        "unit_price": Decimal("1.00"),
        "amount": Decimal("1.00"),
        "unrounded_amount": Decimal(1),
    }


def _payment(rows: Rows) -> Row:
    return payment(rows.world)


def _allocation(rows: Rows) -> Row:
    record_id = rows.spare_record["id"] if payment_allocations in rows.there else rows.id_of(billing_records)
    return {
        "id": new_id(),
        "payment_id": rows.id_of(payment_records),
        "billing_record_id": record_id,
        **parties(rows.world),
        "amount": Decimal("10.00"),
    }


def _dispute(rows: Rows) -> Row:
    return {
        "id": new_id(),
        "billing_record_id": rows.id_of(billing_records),
        **parties(rows.world),
        "status": "REJECTED",
        "reason": "Why?",
        "opened_by": rows.world.users["coordinator-mkt"],
        "closed_at": A_MOMENT,
        "closed_by": rows.world.users["coordinator-it"],
    }


def _imported_record(rows: Rows) -> Row:
    record_id = rows.spare_record["id"] if imported_records in rows.there else rows.id_of(billing_records)
    return {
        "from_division_id": rows.world.divisions["IT"],
        "external_id": uuid4().hex,
        "billing_record_id": record_id,
        "content_hash": A_HASH,
    }


def _counter(rows: Rows) -> Row:
    year = 2027 if number_counters in rows.there else 2026
    return {"division_id": rows.world.divisions["IT"], "year": year, "last_number": 1}


def _key(rows: Rows) -> Row:
    return {
        "user_id": rows.world.users["admin"],
        "operation": "create_division",
        "key": uuid4().hex,
        "input_hash": A_HASH,
        "changed": {},
    }


_NEW: dict[Table, Callable[[Rows], Row]] = {
    divisions: _division,
    users: _user,
    service_catalog: _item,
    service_catalog_prices: _price,
    imports: _import,
    billing_records: _record,
    billing_line_items: _line,
    imported_records: _imported_record,
    payment_records: _payment,
    payment_allocations: _allocation,
    disputes: _dispute,
    number_counters: _counter,
    idempotency_keys: _key,
}
