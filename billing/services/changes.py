"""One mutation is one transaction: the idempotency key, the change and its audit row are written together."""

import asyncio
import hashlib
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from uuid import UUID

from asyncpg import UniqueViolationError

from billing.db import audit_events, idempotency_keys
from billing.db.audit_events import Act
from billing.db.database import Database
from billing.db.idempotency_keys import CLAIMED
from billing.db.snapshot import Snapshot
from billing.db.statements import Sendable
from billing.db.transaction import Transaction
from billing.domain.errors import Contended, ErrorCode, Fault, Forbidden, Held, Item, Refused, refuse
from billing.domain.texts import KEY_LENGTH_MAX, disturbing_character

Changed = dict[str, UUID | list[UUID] | list[Item]]
"""The ids that a change made or touched, by the name the payload shows them under; under `items` those of a bulk."""

Change = Callable[..., Awaitable[Changed]]
C = TypeVar("C", bound=Change)


@dataclass(frozen=True)
class Outcome:
    """What became of a mutation: what it changed, or the faults for which it was refused."""

    changed: Changed = field(default_factory=dict)
    replayed: bool = False
    faults: tuple[Fault, ...] = ()
    refused_items: tuple[Item, ...] = ()

    @property
    def items(self) -> Sequence[Item]:
        """What became of each item of a bulk change, in the order they were sent."""
        return self.changed.get("items", self.refused_items)  # type: ignore[return-value]


@dataclass(frozen=True)
class IdempotencyKey:
    """A key as the client sent it, with the canonical form of the input it was sent with."""

    key: str
    canonical_input: bytes

    @property
    def input_hash(self) -> bytes:
        return hashlib.sha256(self.canonical_input).digest()


# Two requests can pass the same check at once; the second is stopped by the index, and told the same.
_TAKEN: Mapping[str, Fault] = {
    "payment_reference": Fault(
        ErrorCode.DUPLICATE_REFERENCE, "A pending or confirmed payment already has this reference.", ("reference",)
    ),
    "divisions_code_key": Fault(ErrorCode.ALREADY_EXISTS, "Another division has this code.", ("code",)),
    "divisions_name_key": Fault(ErrorCode.ALREADY_EXISTS, "Another division has this name.", ("name",)),
    "users_name_key": Fault(ErrorCode.ALREADY_EXISTS, "Another user has this name.", ("name",)),
    "service_catalog_sku_key": Fault(ErrorCode.ALREADY_EXISTS, "Another catalog item has this SKU.", ("sku",)),
    "service_catalog_prices_catalog_item_id_currency_valid_from_key": Fault(
        ErrorCode.ALREADY_EXISTS, "A price from this day is set; a set price never changes.", ("valid_from",)
    ),
}


ATTEMPTS_MAX: Final = 5
"""How often a change is run before its caller is told that too many others change the same things."""

retries: Counter[str] = Counter()
"""How often each operation had to give way to others and was run again."""

_RETRY_SECONDS: Final = 0.01
_DENIED: Final = frozenset({ErrorCode.FORBIDDEN, ErrorCode.FOUR_EYES})


_first: Final[dict[Change, Callable[..., Sendable]]] = {}


def begins_with(statement: Callable[..., Sendable]) -> Callable[[C], C]:
    """Declares what a change asks first, by the viewer and the fields of its input, so that it goes out ahead of it."""

    def declare(change: C) -> C:
        _first[change] = statement
        return change

    return declare


@dataclass(frozen=True)
class _Call:
    """A change as it was asked for."""

    act: Act
    change: Change
    arguments: Mapping[str, Any]
    key: IdempotencyKey | None

    def first(self) -> Sendable | None:
        statement = _first.get(self.change)
        return None if statement is None else statement(self.act.viewer, **self.arguments)

    async def run(self, tx: Transaction) -> Outcome:
        changed = await self.change(tx, self.act.viewer, **self.arguments)
        await audit_events.add_change(tx, self.act)
        return Outcome(changed)


async def make(
    database: Database,
    act: Act,
    change: Change,
    arguments: Mapping[str, Any],
    key: IdempotencyKey | None,
    then: Snapshot | None = None,
) -> Outcome:
    """Runs the change in a transaction of its own and commits it, or answers why it was refused.

    From `then` is read what it did. A right that is refused leaves a row in the audit trail, in a transaction of its
    own; Forbidden is raised again.
    """
    try:
        return await _retried(database, _Call(act, change, arguments, key), then)
    except Forbidden:
        await audit_refusal(database, act, ErrorCode.FORBIDDEN)
        raise
    except Refused as refused:
        if denied := _denied(refused.faults):
            await audit_refusal(database, act, denied)
        return Outcome(faults=refused.faults, refused_items=refused.items)
    except UniqueViolationError as error:
        if (fault := _TAKEN.get(error.constraint_name or "")) is None:
            raise
        return Outcome(faults=(fault,))


async def audit_refusal(database: Database, act: Act, code: ErrorCode) -> None:
    async with database.transaction(act.viewer) as tx:
        await audit_events.add_refusal(tx, act, code)


async def _retried(database: Database, call: _Call, then: Snapshot | None) -> Outcome:
    """Runs it again whole while it must give way to others, each time after a longer, random while."""
    for attempt in range(1, ATTEMPTS_MAX):
        try:
            return await _run(database, call, then)
        except Contended:
            retries[call.act.operation] += 1
            await asyncio.sleep(_RETRY_SECONDS * 2**attempt * (0.5 + secrets.randbelow(1000) / 1000))
    return await _run(database, call, then)


async def _run(database: Database, call: _Call, then: Snapshot | None) -> Outcome:
    viewer, key = call.act.viewer, call.key
    if key is None:
        async with database.transaction(viewer, first=lambda _: call.first(), then=then) as tx:
            return await call.run(tx)
    scope: dict[str, Any] = {"user_id": viewer.user_id, "operation": call.act.operation, "key": _checked(key.key)}
    claim = idempotency_keys.claim(**scope, input_hash=key.input_hash)

    def first(opened: str) -> Sendable | None:
        return call.first() if opened == CLAIMED else idempotency_keys.find(**scope)

    try:
        async with database.transaction(viewer, claim=claim, first=first, then=then) as tx:
            return await _once(tx, call, key, scope)
    except Held as error:
        raise refuse(
            ErrorCode.IN_PROGRESS,
            "A request with this key is still running. Send the same request again in a moment.",
            "idempotency_key",
        ) from error


async def _once(tx: Transaction, call: _Call, key: IdempotencyKey, scope: dict[str, Any]) -> Outcome:
    """The change, or what it did when the same key and input came before."""
    if tx.opened == CLAIMED:
        outcome = await call.run(tx)
        await idempotency_keys.keep(tx, **scope, changed=outcome.changed)
        if denied := _denied([fault for item in outcome.items for fault in item.faults]):
            await audit_events.add_refusal(tx, call.act, denied)
        return outcome
    known = await tx.one(idempotency_keys.find(**scope))
    assert known is not None, "a key that could not be claimed is there"
    if known.input_hash != key.input_hash:
        raise refuse(
            ErrorCode.IDEMPOTENCY_KEY_REUSED,
            "This key was used with another input. Send a new key for a new change.",
            "idempotency_key",
        )
    return Outcome(_from_json(known.changed), replayed=True)


def _denied(faults: Sequence[Fault]) -> ErrorCode | None:
    """The first right that was refused."""
    return next((fault.code for fault in faults if fault.code in _DENIED), None)


def _checked(key: str) -> str:
    if not 1 <= len(key) <= KEY_LENGTH_MAX or disturbing_character(key) is not None:
        raise refuse(
            ErrorCode.BAD_KEY,
            f"A key has 1 to {KEY_LENGTH_MAX} characters, none of them a control character.",
            "idempotency_key",
        )
    return key


def _from_json(changed: dict[str, Any]) -> Changed:
    def read(value: Any) -> Any:
        if isinstance(value, str):
            return UUID(value)
        faults = (Fault(ErrorCode(f["code"]), f["message"], tuple(f["field"])) for f in value["faults"])
        return Item(None if value["id"] is None else UUID(value["id"]), tuple(faults))

    return {
        name: [read(part) for part in value] if isinstance(value, list) else read(value)
        for name, value in changed.items()
    }
