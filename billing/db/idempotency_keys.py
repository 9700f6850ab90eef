"""Statements over idempotency keys, one row per user, operation and key, kept for ever."""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text

from billing.db.connections import Connection
from billing.db.identity import MOMENT
from billing.db.prepared import Prepared
from billing.db.rows import Row
from billing.db.tables import idempotency_keys
from billing.db.transaction import Transaction
from billing.db.writes import Write

_key = idempotency_keys.c

_CLAIM: Final = Prepared(
    text(f"""
        WITH claimed AS (
            INSERT INTO idempotency_keys (user_id, operation, key, input_hash, changed, created_at)
            VALUES (:user_id, :operation, :key, :input_hash, '{{}}', now())
            ON CONFLICT DO NOTHING
            RETURNING key
        )
        SELECT {MOMENT}, EXISTS (SELECT FROM claimed) AS claimed
    """)  # noqa: S608 -- put together from a constant
)
_KEEP: Final = """kept AS (
    UPDATE idempotency_keys SET changed = $4::jsonb WHERE user_id = $1 AND operation = $2 AND key = $3 RETURNING key)"""


async def claim(connection: Connection, *, user_id: UUID, operation: str, key: str, input_hash: bytes) -> Row:
    """Takes the key as the first thing in a transaction, whose moment it answers beside whether it was `claimed`.

    Waits for another that holds the key; it is not claimed when it was used before.
    """
    return (await connection.rows(_CLAIM.of(user_id=user_id, operation=operation, key=key, input_hash=input_hash)))[0]


async def keep(tx: Transaction, *, user_id: UUID, operation: str, key: str, changed: Mapping[str, Any]) -> None:
    """Keeps with the claimed key what the change touched, for whoever repeats it."""
    arguments = [user_id, operation, key, json.dumps(dict(changed))]
    await tx.write(Write(idempotency_keys.name, _KEEP, arguments, counted="kept", count=1))


async def find(tx: Transaction, *, user_id: UUID, operation: str, key: str) -> Row | None:
    return await tx.one(
        select(_key.input_hash, _key.changed).where(
            _key.user_id == user_id, _key.operation == operation, _key.key == key
        )
    )
