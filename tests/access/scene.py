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
NOTHING, OWED = Decimal("0.00"), Decimal("100.00")


@dataclass(frozen=True)
class Things:
    """The ids of one pair's things. `open` owes all, `awaiting` has a payment pending, `disputed` a dispute open."""

    from_division: UUID
    to_division: UUID
    user: UUID
    item: UUID
    price: UUID
    draft: UUID
    open: UUID
    awaiting: UUID
    disputed: UUID
    payment: UUID
    allocation: UUID
    dispute: UUID
    line: UUID
    number: str
    sku: str
    code: str

    def names(self) -> dict[str, str]:
        """The texts by which one of the things can be asked for."""
        return {field.name: str(getattr(self, field.name)) for field in fields(self) if field.name != "code"}


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
        payment=new_id(),
        allocation=new_id(),
        dispute=new_id(),
        line=new_id(),
        number=f"{code}-2026-00007",
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
    parties = {"from_division_id": things.from_division, "to_division_id": things.to_division, "currency": "USD"}
    await connection.execute(
        insert(tables.payment_records).values(
            id=things.payment,
            **parties,
            amount=OWED,
            method="JOURNAL",
            reference=f"transfer-of-{payer}",
            paid_on=date(2026, 1, 16),
            note=f"note-of-payment-of-{payer}",
            recorded_at=_NOW,
            recorded_by=recorder,
        )
    )
    await connection.execute(
        insert(tables.payment_allocations).values(
            id=things.allocation,
            payment_id=things.payment,
            billing_record_id=things.awaiting,
            **parties,
            amount=OWED,
        )
    )
    await connection.execute(
        insert(tables.disputes).values(
            id=things.dispute,
            billing_record_id=things.disputed,
            **parties,
            reason=f"reason-of-{payer}",
            opened_at=_NOW,
            opened_by=recorder,
        )
    )
    return things


def _records(things: Things) -> list[dict[str, Any]]:
    shared = {
        "from_division_id": things.from_division,
        "to_division_id": things.to_division,
        "currency": "USD",
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
    }
    series = things.number.removesuffix("7")
    return [
        {**shared, "id": things.draft},
        {**shared, **_ISSUED, "id": things.open, "number": things.number},
        {**shared, **_ISSUED, "id": things.awaiting, "number": f"{series}8", "pending_amount": OWED},
        {**shared, **_ISSUED, "id": things.disputed, "number": f"{series}9", "disputed": True},
    ]


def _lines(things: Things) -> list[dict[str, Any]]:
    records: Sequence[tuple[UUID, UUID]] = [
        (things.line, things.open),
        (new_id(), things.draft),
        (new_id(), things.awaiting),
        (new_id(), things.disputed),
    ]
    return [
        {
            "id": id,
            "billing_record_id": record,
            "from_division_id": things.from_division,
            "to_division_id": things.to_division,
            "currency": "USD",
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
