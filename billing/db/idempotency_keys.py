"""Statements over idempotency keys, one row per user, operation and key, kept for ever."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import bindparam, select

from billing.db.prepared import Prepared
from billing.db.statements import Sendable
from billing.db.tables import idempotency_keys
from billing.db.transaction import Transaction
from billing.db.writes import Write

CLAIMED: Final = "INSERT 0 1"
"""The tag of a claim that took the key; one that was used before is not taken."""

_key = idempotency_keys.c
_FIND: Final = Prepared(
    select(_key.input_hash, _key.changed).where(
        _key.user_id == bindparam("user_id"),
        _key.operation == bindparam("operation"),
        _key.key == bindparam("key"),
    )
)
_KEEP: Final = """kept AS (
    UPDATE idempotency_keys SET changed = $4::jsonb WHERE user_id = $1 AND operation = $2 AND key = $3 RETURNING key)"""


def claim(*, user_id: UUID, operation: str, key: str, input_hash: bytes) -> str:
    """Takes the key with the BEGIN of a transaction, and waits for another that holds it.

    It is a text without arguments, so nothing is written into it but digits.
    """
    values = f"'{user_id.hex}', {_text(operation)}, {_text(key)}, {_bytes(input_hash)}, '{{}}', now()"
    return f"""
        INSERT INTO idempotency_keys (user_id, operation, key, input_hash, changed, created_at) VALUES ({values})
        ON CONFLICT DO NOTHING
    """  # noqa: S608 -- digits, see above


def _text(value: str) -> str:
    return f"convert_from({_bytes(value.encode())}, 'UTF8')"


def _bytes(value: bytes) -> str:
    return f"decode('{value.hex()}', 'hex')"


def find(*, user_id: UUID, operation: str, key: str) -> Sendable:
    """The hash of the input that came with a key, and what the change touched."""
    return _FIND.of(user_id=user_id, operation=operation, key=key)


async def keep(tx: Transaction, *, user_id: UUID, operation: str, key: str, changed: Mapping[str, Any]) -> None:
    """Keeps with the claimed key what the change touched, for whoever repeats it."""
    arguments = [user_id, operation, key, orjson.dumps(changed, str).decode()]
    await tx.write(Write(idempotency_keys.name, _KEEP, arguments, counted="kept", count=1))
