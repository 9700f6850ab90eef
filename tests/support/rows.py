"""Rows as the database holds them, written past the service, for tests of the database itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table, bindparam, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db.tables import (
    audit_chain,
    audit_events,
    billing_line_items,
    billing_records,
    credit_note_counters,
    credit_note_lines,
    credit_notes,
    disputes,
    divisions,
    due_date_changes,
    idempotency_keys,
    imported_records,
    imports,
    integrity_check_results,
    integrity_checks,
    ledger_entries,
    ledger_transactions,
    number_counters,
    payment_allocations,
    payment_records,
    service_catalog,
    service_catalog_prices,
    trusted_documents,
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
        if table in _COUNTED and "id" in row:
            await _add_as_numbered(connection, table, row)
        else:
            await connection.execute(insert(table).values(**row))


async def _add_as_numbered(connection: AsyncConnection, table: Table, row: Row) -> None:
    """Past the database's own numbering, so that a test knows the id."""
    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    statement = text(f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES ({values})")
    given = {name: value if isinstance(value, _PLAIN) else None for name, value in row.items()}
    await connection.execute(statement.bindparams(*(bindparam(name, type_=table.c[name].type) for name in row)), given)


@dataclass
class Rows:
    """A record with a line, a payment of it, a dispute and all the rest; and what could be added beside them."""

    world: World
    there: dict[Table, Row] = field(default_factory=dict)

    async def add_one_of_each(self, connection: AsyncConnection) -> None:
        self.spare_record = record(self.world)
        self.spare_event = _event(self)
        await add(connection, billing_records, self.spare_record)
        await add(connection, audit_events, self.spare_event)
        for table in _NEW:
            row = self.new(table)
            await add(connection, table, row)
            self.there[table] = row
        await add(connection, ledger_entries, *entries(self, self.there[ledger_transactions])[1:])

    async def add_room(self, connection: AsyncConnection) -> None:
        """A posting without entries and a credit note without its lines, which new ones go to; not to be committed."""
        self.open_transaction = self.new(ledger_transactions, **fact(self, "VOID"))
        self.open_note = self.new(credit_notes, line_count=2)
        await add(connection, ledger_transactions, self.open_transaction)
        await add(connection, credit_notes, self.open_note)

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


def fact(rows: Rows, kind: str) -> Row:
    """What the posting of a fact says of it, where one of each kind is there to be posted."""
    corrected = {"corrects_id": rows.id_of(ledger_transactions)} if kind not in ("ISSUE", "CONFIRMATION") else {}
    match kind:
        case "ISSUE":
            of = {"billing_record_id": rows.spare_record["id"]}
        case "VOID":
            of = {"billing_record_id": rows.id_of(billing_records)}
        case "CREDIT":
            of = {"billing_record_id": rows.id_of(billing_records), "credit_note_id": rows.id_of(credit_notes)}
        case _:
            of = {"billing_record_id": None, "payment_id": rows.id_of(payment_records)}
    return {"kind": kind, **of, **corrected}


def entries(rows: Rows, transaction: Row, **changes: Any) -> list[Row]:
    """The four entries of a transaction over 100.00: what IT is owed, what Marketing owes."""
    return [
        {
            "transaction_id": transaction["id"],
            "position": position,
            "entry_count": transaction["entry_count"],
            "division_id": rows.world.divisions[code],
            "account": account,
            "amount": Decimal(amount),
            "billing_record_id": rows.id_of(billing_records),
            **parties(rows.world),
            "posted_on": A_DAY,
            **changes,
        }
        for position, (code, account, amount) in enumerate(
            (
                ("IT", "RECEIVABLE", "100.00"),
                ("IT", "REVENUE", "-100.00"),
                ("MKT", "EXPENSE", "100.00"),
                ("MKT", "PAYABLE", "-100.00"),
            ),
            start=1,
        )
    ]


def _transaction(rows: Rows) -> Row:
    there = ledger_transactions in rows.there
    return {
        "id": next(_numbers),
        "kind": "ISSUE",
        **parties(rows.world),
        "billing_record_id": rows.spare_record["id"] if there else rows.id_of(billing_records),
        "entry_count": 4,
        "posted_on": A_DAY,
        "posted_at": A_MOMENT,
        "posted_by": rows.world.users["coordinator-it"],
    }


def _entry(rows: Rows) -> Row:
    there = ledger_entries in rows.there
    return entries(rows, rows.open_transaction if there else rows.there[ledger_transactions])[0]


def _credit_note(rows: Rows) -> Row:
    return {
        "id": new_id(),
        "number": f"IT-2026-CN{uuid4().int % 10**9}",
        "billing_record_id": rows.id_of(billing_records),
        **parties(rows.world),
        "amount": Decimal("1.00"),
        "line_count": 0 if credit_notes in rows.there else 1,
        "reason": "Twice.",
        "issue_date": A_DAY,
        "issued_by": rows.world.users["coordinator-it"],
    }


def _credit_note_line(rows: Rows) -> Row:
    note = rows.open_note if credit_note_lines in rows.there else rows.there[credit_notes]
    return {
        "id": new_id(),
        "credit_note_id": note["id"],
        "line_count": note["line_count"],
        "position": 1,
        "billing_line_item_id": rows.id_of(billing_line_items),
        **parties(rows.world),
        "amount": Decimal("1.00"),
    }


def _credit_note_counter(rows: Rows) -> Row:
    year = 2027 if credit_note_counters in rows.there else 2026
    return {"division_id": rows.world.divisions["IT"], "year": year, "last_number": 1}


def _due_date_change(rows: Rows) -> Row:
    return {
        "id": next(_numbers),
        "billing_record_id": rows.id_of(billing_records),
        **parties(rows.world),
        "due_date_before": date(2026, 2, 14),
        "due_date": date(2026, 3, 14),
        "changed_on": A_DAY,
        "changed_at": A_MOMENT,
        "changed_by": rows.world.users["coordinator-it"],
    }


def _event(rows: Rows) -> Row:
    return {
        "id": new_id(),
        "xact_id": 0,
        "occurred_at": A_MOMENT,
        "kind": "CHANGE",
        "operation": "create_division",
        "actor_id": rows.world.users["admin"],
        "actor_role": "ADMIN",
        "request_id": uuid4().hex,
        "code": "",
        "object_ids": [],
        "changes": [],
    }


def _link(rows: Rows) -> Row:
    there = audit_chain in rows.there
    return {
        "sequence": next(_numbers),
        "audit_event_id": rows.spare_event["id"] if there else rows.id_of(audit_events),
        "xact_id": 1,
        "hash": A_HASH,
    }


def _check(rows: Rows) -> Row:
    started = {"started_at": A_MOMENT, "started_by": rows.world.users["admin"]}
    return {"id": new_id(), "status": "PASSED", "finished_at": A_MOMENT, **started}


def _check_result(rows: Rows) -> Row:
    return {
        "integrity_check_id": rows.id_of(integrity_checks),
        "position": 2 if integrity_check_results in rows.there else 1,
        "invariant": "records_add_up",
        "description": "They do.",
        "rows_checked": 2,
        "fault_count": 0,
        "offending_ids": [],
    }


def _trusted_document(rows: Rows) -> Row:
    number = next(_numbers)
    return {"id": new_id(), "hash": f"{number:064x}", "name": "Me", "text": "{ me { name } }", "trusted_at": A_MOMENT}


_numbers = count(10**9)
_COUNTED = (ledger_transactions, due_date_changes)
_PLAIN = (str, int, bool, Decimal, date, datetime, UUID)

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
    ledger_transactions: _transaction,
    ledger_entries: _entry,
    credit_notes: _credit_note,
    credit_note_lines: _credit_note_line,
    credit_note_counters: _credit_note_counter,
    due_date_changes: _due_date_change,
    audit_events: _event,
    audit_chain: _link,
    integrity_checks: _check,
    integrity_check_results: _check_result,
    number_counters: _counter,
    idempotency_keys: _key,
    trusted_documents: _trusted_document,
}
