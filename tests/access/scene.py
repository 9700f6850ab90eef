"""Two pairs of divisions without a word between them, each with one of everything: IT charges MKT, HR charges FIN."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db import tables
from billing.domain.identifiers import new_id
from tests.support.ledger import post_what_is_there
from tests.support.world import World, fill

_NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
_ISSUED = {"lifecycle": "ISSUED", "issue_date": date(2026, 1, 15), "due_date": date(2099, 1, 31)}
NOTHING, OWED, CREDITED = Decimal("0.00"), Decimal("100.00"), Decimal("40.00")


@dataclass(frozen=True)
class Things:
    """The ids of one pair's things.

    `open` owes all, `awaiting` has a payment pending, `disputed` a dispute open. `paid` was paid by `confirmed` and
    stands in the place of the void `replaced`; `void` has nothing in its place. The dispute about `credited` was
    `upheld`, with a credit note. `audit_event` says how `open` was issued.
    """

    from_division: UUID
    to_division: UUID
    user: UUID
    item: UUID
    price: UUID
    draft: UUID
    open: UUID
    awaiting: UUID
    disputed: UUID
    paid: UUID
    replaced: UUID
    credited: UUID
    void: UUID
    payment: UUID
    allocation: UUID
    confirmed: UUID
    dispute: UUID
    upheld: UUID
    credit_note: UUID
    credit_line: UUID
    audit_event: UUID
    line: UUID
    number: str
    credit_number: str
    sku: str
    code: str

    def names(self) -> dict[str, str]:
        """The texts by which one of the things can be asked for."""
        return {field.name: str(getattr(self, field.name)) for field in fields(self) if field.name != "code"}

    def billing(self) -> set[str]:
        """The ids of what only the two divisions and those who see all may know of."""
        of_all = {"from_division", "to_division", "user", "item", "price", "number", "credit_number", "sku"}
        return {id for name, id in self.names().items() if name not in of_all}

    def numbers(self) -> list[str]:
        """The numbers of the issued records, in the order of `_records`."""
        return [f"{self.code}-2026-{last:05}" for last in range(7, 14)]


@dataclass(frozen=True)
class Scene:
    """`ours` and `theirs` exist, `missing` does not."""

    world: World
    ours: Things
    theirs: Things
    missing: Things


async def set_up(connection: AsyncConnection) -> Scene:
    """Empties every table and makes the scene anew."""
    world = await fill(connection)
    world.divisions["FIN"] = new_id()
    await connection.execute(insert(tables.divisions), [_division(world, "FIN")])
    await connection.execute(
        insert(tables.users),
        [
            _user(world, "recorder-mkt", "COORDINATOR", "MKT"),
            _user(world, "recorder-fin", "COORDINATOR", "FIN"),
            _user(world, "made-in-it", "COORDINATOR", "IT"),
            _user(world, "made-in-hr", "COORDINATOR", "HR"),
            _user(world, "admin-2", "ADMIN", None),
        ],
    )
    scene = Scene(
        world,
        ours=await _charge(connection, world, "IT", "MKT"),
        theirs=await _charge(connection, world, "HR", "FIN"),
        missing=_things(new_id(), new_id(), new_id(), "ZZ"),
    )
    await post_what_is_there(connection)
    return scene


def _division(world: World, code: str) -> dict[str, Any]:
    return {"id": world.divisions[code], "code": code, "name": code, "cost_centre": "", "gl_code": ""}


def _user(world: World, name: str, role: str, code: str | None) -> dict[str, Any]:
    world.users[name] = new_id()
    division_id = None if code is None else world.divisions[code]
    return {"id": world.users[name], "name": name, "display_name": name, "role": role, "division_id": division_id}


def _things(from_division: UUID, to_division: UUID, user: UUID, code: str) -> Things:
    return Things(
        from_division=from_division,
        to_division=to_division,
        user=user,
        item=new_id(),
        price=new_id(),
        draft=new_id(),
        open=new_id(),
        awaiting=new_id(),
        disputed=new_id(),
        paid=new_id(),
        replaced=new_id(),
        credited=new_id(),
        void=new_id(),
        payment=new_id(),
        allocation=new_id(),
        confirmed=new_id(),
        dispute=new_id(),
        upheld=new_id(),
        credit_note=new_id(),
        credit_line=new_id(),
        audit_event=new_id(),
        line=new_id(),
        number=f"{code}-2026-00007",
        credit_number=f"{code}-2026-CN00007",
        sku=f"{code}-SEAT",
        code=code,
    )


async def _charge(connection: AsyncConnection, world: World, payee: str, payer: str) -> Things:
    """All things of one pair, in the states the service would leave them in."""
    things = _things(
        world.divisions[payee], world.divisions[payer], world.users[f"made-in-{payee.lower()}"], payee.upper()
    )
    recorder = world.users[f"recorder-{payer.lower()}"]
    await connection.execute(
        insert(tables.service_catalog).values(
            id=things.item,
            sku=things.sku,
            name=f"Seat of {payee}",
            category="Desks",
            unit="month",
            provider_division_id=things.from_division,
        )
    )
    await connection.execute(
        insert(tables.service_catalog_prices).values(
            id=things.price,
            catalog_item_id=things.item,
            currency="USD",
            valid_from=date(2020, 1, 1),
            unit_price=Decimal("20.00"),
            cost_price=Decimal("11.00"),
            created_by=things.user,
        )
    )
    await connection.execute(insert(tables.billing_records), _records(things))
    await connection.execute(insert(tables.billing_line_items), _lines(things))
    await connection.execute(insert(tables.payment_records), _payments(things, payer, recorder))
    await connection.execute(insert(tables.payment_allocations), _allocations(things))
    await connection.execute(insert(tables.disputes), _disputes(things, payer, recorder))
    await connection.execute(insert(tables.credit_notes), _credit_note(things))
    await connection.execute(insert(tables.credit_note_lines), _credit_line(things))
    await connection.execute(insert(tables.audit_events), _audit_event(things))
    return things


def _parties(things: Things) -> dict[str, Any]:
    return {"from_division_id": things.from_division, "to_division_id": things.to_division, "currency": "USD"}


def _records(things: Things) -> list[dict[str, Any]]:
    shared = {
        **_parties(things),
        "period_start": date(2026, 1, 1),
        "period_end": date(2026, 1, 31),
        "total": OWED,
        "credited_amount": NOTHING,
        "confirmed_amount": NOTHING,
        "from_note": f"from-note-of-{things.code}",
        "from_gl_code": f"from-gl-of-{things.code}",
        "to_note": f"to-note-of-{things.code}",
        "to_gl_code": f"to-gl-of-{things.code}",
        "created_at": _NOW,
        "created_by": things.user,
        "number": "",
        "lifecycle": "DRAFT",
        "issue_date": date.max,
        "due_date": date.max,
        "disputed": False,
        "pending_amount": NOTHING,
        "voided_at": None,
        "void_reason": "",
        "replaces_id": None,
    }
    void = {"lifecycle": "VOID", "voided_at": _NOW, "void_reason": f"void-reason-of-{things.code}"}
    issued: list[dict[str, Any]] = [
        {"id": things.open},
        {"id": things.awaiting, "pending_amount": OWED},
        {"id": things.disputed, "disputed": True},
        {"id": things.credited, "credited_amount": CREDITED},
        {"id": things.void, **void},
        {"id": things.replaced, **void},
        {"id": things.paid, "confirmed_amount": OWED, "replaces_id": things.replaced},
    ]
    return [
        {**shared, "id": things.draft},
        *(
            {**shared, **_ISSUED, **record, "number": number}
            for record, number in zip(issued, things.numbers(), strict=True)
        ),
    ]


def _lines(things: Things) -> list[dict[str, Any]]:
    records: Sequence[tuple[UUID, UUID]] = [
        (things.line, things.open),
        (things.credit_line, things.credited),
        *((new_id(), getattr(things, name)) for name in ("draft", "awaiting", "disputed", "paid", "void", "replaced")),
    ]
    return [
        {
            "id": id,
            "billing_record_id": record,
            **_parties(things),
            "position": 1,
            "catalog_item_id": things.item,
            "name": f"line-of-{things.code}",
            "unit": "month",
            "quantity": Decimal(5),
            "unit_price": Decimal("20.00"),
            "amount": OWED,
            "unrounded_amount": OWED,
        }
        for id, record in records
    ]


def _payments(things: Things, payer: str, recorder: UUID) -> list[dict[str, Any]]:
    """One that is pending, and one that somebody else than its recorder has confirmed."""
    pending = {
        "id": things.payment,
        **_parties(things),
        "amount": OWED,
        "status": "PENDING",
        "method": "JOURNAL",
        "reference": f"transfer-of-{payer}",
        "paid_on": date(2026, 1, 16),
        "note": f"note-of-payment-of-{payer}",
        "recorded_at": _NOW,
        "recorded_by": recorder,
        "decided_at": None,
        "decided_by": None,
    }
    decided = {"status": "CONFIRMED", "decided_at": _NOW, "decided_by": things.user}
    return [pending, {**pending, **decided, "id": things.confirmed, "reference": f"earlier-transfer-of-{payer}"}]


def _allocations(things: Things) -> list[dict[str, Any]]:
    return [
        {"id": id, "payment_id": payment, "billing_record_id": record, **_parties(things), "amount": OWED}
        for id, payment, record in (
            (things.allocation, things.payment, things.awaiting),
            (new_id(), things.confirmed, things.paid),
        )
    ]


def _disputes(things: Things, payer: str, recorder: UUID) -> list[dict[str, Any]]:
    """One that is open, and one that was upheld."""
    open_ = {
        "id": things.dispute,
        "billing_record_id": things.disputed,
        **_parties(things),
        "status": "OPEN",
        "reason": f"reason-of-{payer}",
        "opened_at": _NOW,
        "opened_by": recorder,
        "resolution": "",
        "closed_at": None,
        "closed_by": None,
    }
    closed = {"status": "UPHELD", "resolution": f"credit-of-{things.code}", "closed_at": _NOW, "closed_by": things.user}
    return [open_, {**open_, **closed, "id": things.upheld, "billing_record_id": things.credited}]


def _credit_note(things: Things) -> dict[str, Any]:
    return {
        "id": things.credit_note,
        "number": things.credit_number,
        "billing_record_id": things.credited,
        **_parties(things),
        "amount": CREDITED,
        "line_count": 1,
        "reason": f"credit-of-{things.code}",
        "dispute_id": things.upheld,
        "issue_date": date(2026, 1, 15),
        "issued_at": _NOW,
        "issued_by": things.user,
    }


def _credit_line(things: Things) -> dict[str, Any]:
    return {
        "id": new_id(),
        "credit_note_id": things.credit_note,
        "line_count": 1,
        "position": 1,
        "billing_line_item_id": things.credit_line,
        **_parties(things),
        "amount": CREDITED,
    }


def _audit_event(things: Things) -> dict[str, Any]:
    before, after = {"number": ""}, {"number": things.number}
    return {
        "id": things.audit_event,
        "xact_id": 0,
        "occurred_at": _NOW,
        "kind": "CHANGE",
        "operation": "issue_billing_record",
        "actor_id": things.user,
        "actor_role": "COORDINATOR",
        "request_id": f"request-of-{things.code}",
        "object_ids": [things.open],
        "changes": [{"table": "billing_records", "id": str(things.open), "before": before, "after": after}],
    }
