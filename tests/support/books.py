"""Books with one of everything, written past the service: facts of every kind, and the ledger of them as in DESIGN."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db import tables
from billing.domain.identifiers import new_id
from tests.support.world import World

Row = dict[str, Any]
Line = tuple[str, str, str, str]
"""Quantity, unit price, amount, unrounded amount."""

ISSUED_ON, LATER_ON = date(2026, 3, 2), date(2026, 3, 20)
MOMENT, LATER = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 20, 9, tzinfo=UTC)

_AMOUNT = {"ISSUE": 1, "VOID": -1, "CREDIT": -1, "CONFIRMATION": -1, "REVERSAL": 1}
"""What each kind does to what is owed."""


@dataclass
class Books:
    """`ids` has the id of everything by the name it was given here."""

    connection: AsyncConnection
    world: World
    ids: dict[str, Any] = field(default_factory=dict)
    records: dict[str, Row] = field(default_factory=dict)

    async def write(self) -> None:
        """A record in every state, a payment in every status, a dispute in every status, what belongs to them."""
        self.ids.update({code.lower(): id for code, id in self.world.divisions.items()}, user=self.world.users["admin"])
        await self._write_records()
        await self._write_payments()
        await self._write_disputes()
        await self._write_credit_notes()
        await self._write_due_dates()
        await self._write_counters()
        await self._write_keys()
        await self._write_audit()
        await self.connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))

    async def _write_records(self) -> None:
        await self._record("draft", "10.00", number="")
        await self._record("free_draft", "0.00", number="")
        await self._record(
            "open",
            "100.02",
            number="IT-2026-00001",
            pending="40.00",
            due=date(2026, 4, 15),
            lines=[
                ("1", "100.00", "100.00", "100.00"),
                ("0.1", "0.05", "0.00", "0.005"),
                ("0.3", "0.05", "0.02", "0.015"),
            ],
        )
        await self._record("paid", "50.00", number="IT-2026-00002", confirmed="50.00")
        await self._record(
            "partly",
            "100.00",
            number="IT-2026-00003",
            confirmed="30.00",
            credited="20.00",
            lines=[("2", "45.00", "90.00", "90.00"), ("1", "10.00", "10.00", "10.00")],
        )
        await self._record("void", "70.00", number="IT-2026-00004", lifecycle="VOID", voided_at=LATER)
        await self._record("replacement", "75.00", number="IT-2026-00005", replaces_id=self.ids["void"])
        await self._record("disputed", "60.00", number="IT-2026-00006", disputed=True)
        await self._record("credited", "60.00", number="IT-2026-00007", credited="60.00")
        await self._record("reversed", "25.00", number="IT-2026-00008")
        day = date(2025, 12, 31)
        await self._record("free", "0.00", number="IT-2025-00001", issue_date=day, due=day)
        await self._record("yen", "1000", "HR", "IT", "JPY", number="HR-2026-00001")
        await self._record("dinar", "1.234", "HR", "IT", "KWD", number="HR-2026-00002")
        await self._add(
            tables.imports,
            "import",
            kind="FOCUS",
            provider_division_id=self.ids["hr"],
            content_hash=bytes(32),
            file_name="cloud.csv",
            imported_by=self.ids["user"],
        )
        await self._record(
            "imported",
            "3.33",
            "HR",
            "MKT",
            number="HR-2026-00003",
            import_id=self.ids["import"],
            lines=[("1", "3.33", "3.33", "3.3333333333")],
        )

    async def _write_payments(self) -> None:
        await self._payment("pending", {"open": "40.00"})
        await self._payment("confirmed", {"paid": "50.00", "partly": "30.00"}, status="CONFIRMED")
        await self._payment("taken_back", {"reversed": "25.00"}, status="REVERSED")
        await self._payment("rejected", {"yen": "1000"}, status="REJECTED")
        await self._payment("cancelled", {"yen": "500"}, status="CANCELLED")

    async def _write_disputes(self) -> None:
        await self._dispute("open_dispute", "disputed", status="OPEN")
        await self._dispute("upheld_dispute", "credited", status="UPHELD")
        await self._dispute("rejected_dispute", "partly", status="REJECTED")
        await self._dispute("withdrawn_dispute", "replacement", status="WITHDRAWN")

    async def _write_credit_notes(self) -> None:
        await self._credit_note(
            "note", "partly", "20.00", "IT-2026-CN00001", lines={"partly_1": "10.00", "partly_2": "10.00"}
        )
        await self._credit_note(
            "whole_note", "credited", "60.00", "IT-2026-CN00002", dispute_id=self.ids["upheld_dispute"]
        )

    async def _write_due_dates(self) -> None:
        days = [date(2026, 4, 1), date(2026, 4, 8), date(2026, 4, 15)]
        for before, after in pairwise(days):
            await self._add(
                tables.due_date_changes,
                None,
                **self._of("open"),
                due_date_before=before,
                due_date=after,
                changed_on=LATER_ON,
                changed_by=self.ids["user"],
            )

    async def _write_counters(self) -> None:
        for code, year, last in (("it", 2026, 8), ("it", 2025, 1), ("hr", 2026, 3)):
            await self._add(tables.number_counters, None, division_id=self.ids[code], year=year, last_number=last)
        await self._add(tables.credit_note_counters, None, division_id=self.ids["it"], year=2026, last_number=2)

    async def _write_keys(self) -> None:
        """Also of a draft that is gone, and in a list of results."""
        self.ids["gone"] = new_id()
        for operation, changed in {
            "create_billing_record": {"billing_record": "open"},
            "create_billing_record_draft": {"billing_record": "gone"},
            "delete_draft_billing_record": {"deleted": "gone"},
            "confirm_payment": {"payment": "confirmed", "billing_records": ["paid", "partly"]},
            "confirm_payments": {"results": [{"index": 0, "payment": "confirmed"}, {"index": 1, "code": "NOT_FOUND"}]},
        }.items():
            await self._add(
                tables.idempotency_keys,
                None,
                user_id=self.ids["user"],
                operation=operation,
                key=operation,
                input_hash=bytes(32),
                changed=self._named(changed),
            )

    def _named(self, changed: Any) -> Any:
        """The same with ids in place of names."""
        if isinstance(changed, dict):
            return {key: self._named(value) for key, value in changed.items()}
        if isinstance(changed, list):
            return [self._named(value) for value in changed]
        return str(self.ids.get(changed, changed)) if isinstance(changed, str) else changed

    async def _write_audit(self) -> None:
        """Four events of three transactions, of which all but the last are sealed."""
        await self.connection.execute(text("SET LOCAL session_replication_role = replica"))
        for number, xact_id in enumerate((100, 100, 200, 300), start=1):
            await self._add(
                tables.audit_events,
                f"event_{number}",
                xact_id=xact_id,
                occurred_at=MOMENT,
                kind="CHANGE",
                operation="create_billing_record",
                actor_id=self.ids["user"],
                actor_role="ADMIN",
                request_id="request",
                code="",
                object_ids=[self.ids["open"]],
                changes=[{"table": "billing_records", "id": str(self.ids["open"]), "after": {"total": "100.02"}}],
            )
        await self.connection.execute(text("SET LOCAL session_replication_role = origin"))
        hash = bytes(32)
        events = (
            "SELECT id, xact_id, audit_digest(audit_events) AS digest FROM audit_events ORDER BY xact_id, id LIMIT 3"
        )
        for sequence, event in enumerate((await self.connection.execute(text(events))).all(), start=1):
            hash = hashlib.sha256(hash + event.digest).digest()
            await self._add(
                tables.audit_chain, None, sequence=sequence, audit_event_id=event.id, xact_id=event.xact_id, hash=hash
            )

    async def _record(
        self,
        name: str,
        total: str,
        from_: str = "IT",
        to: str = "MKT",
        currency: str = "USD",
        *,
        number: str,
        lines: Sequence[Line] = (),
        due: date = date(2026, 4, 1),
        pending: str = "0",
        confirmed: str = "0",
        credited: str = "0",
        **also: Any,
    ) -> None:
        places = Decimal(total).as_tuple().exponent
        assert isinstance(places, int)
        amounts = {
            f"{kind}_amount": Decimal(amount).quantize(Decimal(1).scaleb(places))
            for kind, amount in {"pending": pending, "confirmed": confirmed, "credited": credited}.items()
        }
        issued = {"issue_date": ISSUED_ON, "due_date": due, "lifecycle": "ISSUED"} if number else {}
        record = {
            "from_division_id": self.world.divisions[from_],
            "to_division_id": self.world.divisions[to],
            "currency": currency,
            "number": number,
            "period_start": date(2026, 1, 1),
            "period_end": date(2026, 1, 31),
            "total": Decimal(total),
            **amounts,
            "created_at": MOMENT,
            "created_by": self.ids["user"],
            **issued,
            **also,
        }
        self.records[name] = record
        await self._add(tables.billing_records, name, **record)
        for position, line in enumerate(lines or [("1", total, total, total)], start=1):
            await self._line(name, position, line)
        if number:
            await self._post("ISSUE", record["issue_date"], {name: total}, f"issue_{name}", of=name)
        if record.get("lifecycle") == "VOID":
            await self._post("VOID", LATER_ON, {name: total}, f"void_{name}", of=name, corrects=f"issue_{name}")

    async def _line(self, record: str, position: int, line: Line) -> None:
        quantity, unit_price, amount, unrounded_amount = map(Decimal, line)
        await self._add(
            tables.billing_line_items,
            f"{record}_{position}",
            **self._of(record),
            position=position,
            name="Support",
            unit="hour",
            quantity=quantity,
            unit_price=unit_price,
            amount=amount,
            unrounded_amount=unrounded_amount,
        )

    async def _payment(self, name: str, parts: dict[str, str], *, status: str = "PENDING") -> None:
        parties = self._parties(next(iter(parts)))
        decided = {"decided_at": LATER, "decided_by": self.world.users["coordinator-it"]}
        reversal = {"reversed_at": LATER, "reversed_by": self.ids["user"], "reversal_reason": "It came from elsewhere."}
        await self._add(
            tables.payment_records,
            name,
            **parties,
            amount=sum(map(Decimal, parts.values())),
            status=status,
            method="JOURNAL",
            reference=name,
            paid_on=ISSUED_ON,
            recorded_at=MOMENT,
            recorded_by=self.ids["user"],
            **({} if status == "PENDING" else decided),
            **(reversal if status == "REVERSED" else {}),
        )
        for record, amount in parts.items():
            await self._add(
                tables.payment_allocations,
                f"{name}_of_{record}",
                payment_id=self.ids[name],
                **self._of(record),
                amount=Decimal(amount),
            )
        if status in ("CONFIRMED", "REVERSED"):
            await self._post("CONFIRMATION", LATER_ON, parts, f"confirmation_{name}", payment=name)
        if status == "REVERSED":
            confirmation = f"confirmation_{name}"
            await self._post("REVERSAL", LATER_ON, parts, f"reversal_{name}", payment=name, corrects=confirmation)

    async def _dispute(self, name: str, record: str, *, status: str) -> None:
        closed = {"closed_at": LATER, "closed_by": self.ids["user"], "resolution": "So be it."}
        await self._add(
            tables.disputes,
            name,
            **self._of(record),
            status=status,
            reason="Not ordered.",
            opened_at=MOMENT,
            opened_by=self.ids["user"],
            **({} if status == "OPEN" else closed),
        )

    async def _credit_note(
        self, name: str, record: str, amount: str, number: str, *, lines: dict[str, str] | None = None, **also: Any
    ) -> None:
        lines = lines or {}
        await self._add(
            tables.credit_notes,
            name,
            **self._of(record),
            number=number,
            amount=Decimal(amount),
            line_count=len(lines),
            reason="Too much.",
            issue_date=LATER_ON,
            issued_by=self.ids["user"],
            **also,
        )
        for position, (line, credited) in enumerate(lines.items(), start=1):
            await self._add(
                tables.credit_note_lines,
                f"{name}_{position}",
                credit_note_id=self.ids[name],
                line_count=len(lines),
                position=position,
                billing_line_item_id=self.ids[line],
                **self._parties(record),
                amount=Decimal(credited),
            )
        issue = f"issue_{record}"
        await self._post("CREDIT", LATER_ON, {record: amount}, f"credit_{name}", of=record, note=name, corrects=issue)

    async def _post(
        self,
        kind: str,
        day: date,
        parts: dict[str, str],
        name: str,
        *,
        of: str | None = None,
        payment: str | None = None,
        note: str | None = None,
        corrects: str | None = None,
    ) -> None:
        """One ledger transaction with four entries for each record."""
        parties = self._parties(next(iter(parts)))
        header = {
            "kind": kind,
            **parties,
            "billing_record_id": self.ids.get(of or ""),
            "payment_id": self.ids.get(payment or ""),
            "credit_note_id": self.ids.get(note or ""),
            "corrects_id": self.ids.get(corrects or ""),
            "entry_count": 4 * len(parts),
            "posted_on": day,
            "posted_at": LATER,
            "posted_by": self.ids["user"],
        }
        posted = tables.ledger_transactions
        self.ids[name] = await self.connection.scalar(insert(posted).values(**header).returning(posted.c.id))
        settles = kind in ("CONFIRMATION", "REVERSAL")
        position = 0
        for record, amount in parts.items():
            owed = _AMOUNT[kind] * Decimal(amount)
            for side, account, entered in (
                ("from", "RECEIVABLE", owed),
                ("from", "SETTLEMENT" if settles else "REVENUE", -owed),
                ("to", "SETTLEMENT" if settles else "EXPENSE", owed),
                ("to", "PAYABLE", -owed),
            ):
                position += 1
                await self._add(
                    tables.ledger_entries,
                    None,
                    transaction_id=self.ids[name],
                    position=position,
                    entry_count=header["entry_count"],
                    division_id=parties[f"{side}_division_id"],
                    account=account,
                    amount=entered,
                    **self._of(record),
                    posted_on=day,
                )

    def _parties(self, record: str) -> Row:
        return {name: self.records[record][name] for name in ("from_division_id", "to_division_id", "currency")}

    def _of(self, record: str) -> Row:
        return {"billing_record_id": self.ids[record], **self._parties(record)}

    async def _add(self, table: Table, name: str | None, /, **row: Any) -> None:
        """A row, under a new id where it has a name."""
        if name is not None:
            row["id"] = self.ids[name] = new_id()
        await self.connection.execute(insert(table).values(**row))


async def write_books(connection: AsyncConnection, world: World) -> dict[str, UUID | int]:
    """Writes them, and returns the id of everything by its name."""
    books = Books(connection, world)
    await books.write()
    return books.ids
