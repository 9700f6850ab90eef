"""One mutation is one transaction: the idempotency key, the change and what it touched are written together."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from billing.db import idempotency_keys
from billing.db.database import Database
from billing.db.failures import LOCK_NOT_AVAILABLE, UNIQUE_VIOLATION, constraint, sqlstate
from billing.db.transaction import Transaction
from billing.domain.errors import ErrorCode, Fault, Refused, refuse
from billing.domain.texts import KEY_LENGTH_MAX, disturbing_character
from billing.permissions.viewer import Viewer

Changed = dict[str, UUID | list[UUID]]
"""The ids that a change made or touched, by the name the payload shows them under."""

Change = Callable[..., Awaitable[Changed]]


@dataclass(frozen=True)
class Outcome:
    """What became of a mutation: what it changed, or the faults for which it was refused."""

    changed: Changed = field(default_factory=dict)
    replayed: bool = False
    faults: tuple[Fault, ...] = ()


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


async def make(
    database: Database, viewer: Viewer, change: Change, arguments: Mapping[str, Any], key: IdempotencyKey | None
) -> Outcome:
    """Runs the change in a transaction of its own and commits it, or answers why it was refused."""
    try:
        async with database.transaction(viewer) as tx:
            if key is None:
                return Outcome(await change(tx, viewer, **arguments))
            return await _once(tx, viewer, change, arguments, key)
    except Refused as refused:
        return Outcome(faults=refused.faults)
    except DBAPIError as error:
        if sqlstate(error) == UNIQUE_VIOLATION and constraint(error) in _TAKEN:
            return Outcome(faults=(_TAKEN[constraint(error)],))
        raise


async def _once(
    tx: Transaction, viewer: Viewer, change: Change, arguments: Mapping[str, Any], key: IdempotencyKey
) -> Outcome:
    """The change, or what it did when the same key and input came before."""
    scope: dict[str, Any] = {"user_id": viewer.user_id, "operation": change.__name__, "key": _checked(key.key)}
    if await _claim(tx, key, scope):
        changed = await change(tx, viewer, **arguments)
        await idempotency_keys.keep(tx, **scope, changed=_as_json(changed))
        return Outcome(changed)
    known = await idempotency_keys.find(tx, **scope)
    assert known is not None, "a key that could not be claimed is there"
    if known.input_hash != key.input_hash:
        raise refuse(
            ErrorCode.IDEMPOTENCY_KEY_REUSED,
            "This key was used with another input. Send a new key for a new change.",
            "idempotency_key",
        )
    return Outcome(_from_json(known.changed), replayed=True)


async def _claim(tx: Transaction, key: IdempotencyKey, scope: dict[str, Any]) -> bool:
    try:
        return await idempotency_keys.claim(tx, **scope, input_hash=key.input_hash)
    except DBAPIError as error:
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise refuse(
                ErrorCode.IN_PROGRESS,
                "A request with this key is still running. Send the same request again in a moment.",
                "idempotency_key",
            ) from error
        raise


def _checked(key: str) -> str:
    if not 1 <= len(key) <= KEY_LENGTH_MAX or disturbing_character(key) is not None:
        raise refuse(
            ErrorCode.BAD_KEY,
            f"A key has 1 to {KEY_LENGTH_MAX} characters, none of them a control character.",
            "idempotency_key",
        )
    return key


def _as_json(changed: Changed) -> dict[str, Any]:
    return {
        name: [str(id) for id in value] if isinstance(value, list) else str(value) for name, value in changed.items()
    }


def _from_json(changed: dict[str, Any]) -> Changed:
    return {
        name: [UUID(id) for id in value] if isinstance(value, list) else UUID(value) for name, value in changed.items()
    }
