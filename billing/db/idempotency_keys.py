"""Statements over idempotency keys, one row per user, operation and key, kept for ever."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from billing.db.rows import Row
from billing.db.tables import idempotency_keys
from billing.db.transaction import Transaction

_key = idempotency_keys.c


async def claim(tx: Transaction, *, user_id: UUID, operation: str, key: str, input_hash: bytes) -> bool:
    """Takes the key for this transaction; waits for another that holds it, False when it was used before."""
    statement = (
        insert(idempotency_keys)
        .values(user_id=user_id, operation=operation, key=key, input_hash=input_hash, changed={}, created_at=tx.now)
        .on_conflict_do_nothing()
    )
    return await tx.execute(statement) == 1


async def find(tx: Transaction, *, user_id: UUID, operation: str, key: str) -> Row | None:
    return await tx.one(
        select(_key.input_hash, _key.changed).where(
            _key.user_id == user_id, _key.operation == operation, _key.key == key
        )
    )
