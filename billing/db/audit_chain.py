"""Statements over the chain that seals the audit trail: each link's hash covers its event and the link before it."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Text, cast, func, insert, literal_column, select, text, tuple_

from billing.db import bulk
from billing.db.rows import Row
from billing.db.tables import audit_chain, audit_events
from billing.db.transaction import Transaction

_LOCK: Final = 7_316_841_205_993
"""The advisory lock of the one who seals; any number that nobody else takes."""

BATCH: Final = 1_000
FAULTS_MAX: Final = 20

# Every transaction below this has ended: nothing can still be committed with a smaller number.
_OLDEST_OPEN = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
_chain, _event = audit_chain.c, audit_events.c

_BROKEN = text(
    """
    WITH link AS (
        SELECT c.*, lag(c.sequence, 1, 0) OVER w AS sequence_before,
               lag(c.hash, 1, decode(repeat('00', 32), 'hex')) OVER w AS hash_before,
               lag(c.xact_id) OVER w AS xact_before, lag(c.audit_event_id) OVER w AS event_before,
               e.id IS NULL AS lost, e.xact_id AS written_by, audit_digest(e) AS digest
        FROM audit_chain AS c LEFT JOIN audit_events AS e ON e.id = c.audit_event_id
        WINDOW w AS (ORDER BY c.sequence)
    ),
    broken AS (
        SELECT sequence, audit_event_id, CASE
            WHEN sequence <> sequence_before + 1 THEN 'links before it are missing'
            WHEN lost THEN 'its event is missing'
            WHEN hash <> sha256(hash_before || digest) THEN 'its event, its hash or the link before it was changed'
            WHEN xact_id <> written_by OR (xact_before, event_before) >= (xact_id, audit_event_id)
                THEN 'it is out of order' END AS fault
        FROM link
    )
    SELECT sequence, audit_event_id, fault FROM broken WHERE fault IS NOT NULL
    UNION ALL
    SELECT NULL, e.id, 'it was written among sealed events, and is not sealed'
    FROM audit_events AS e, (SELECT xact_id, audit_event_id FROM audit_chain ORDER BY sequence DESC LIMIT 1) AS head
    WHERE (e.xact_id, e.id) <= (head.xact_id, head.audit_event_id)
      AND NOT EXISTS (SELECT FROM audit_chain AS c WHERE c.audit_event_id = e.id)
    ORDER BY sequence NULLS LAST, audit_event_id LIMIT :limit
    """
)


async def lock(tx: Transaction) -> bool:
    """Whether this transaction is the one that seals now; nobody waits."""
    return bool(await tx.value(select(func.pg_try_advisory_xact_lock(_LOCK))))


async def head(tx: Transaction) -> Row | None:
    """The last link."""
    return await tx.one(select(audit_chain).order_by(_chain.sequence.desc()).limit(1))


async def link(tx: Transaction, sequence: int) -> Row | None:
    return await tx.one(select(audit_chain).where(_chain.sequence == sequence))


async def unsealed(tx: Transaction, after: Row | None) -> list[Row]:
    """The next events in the order of the chain that nothing can come before any more: id, xact_id, digest."""
    digest = func.audit_digest(literal_column("audit_events")).label("digest")
    statement = (
        select(_event.id, _event.xact_id, digest)
        .where(_event.xact_id < _OLDEST_OPEN)
        .order_by(_event.xact_id, _event.id)
        .limit(BATCH)
    )
    if after is not None:
        statement = statement.where(tuple_(_event.xact_id, _event.id) > (after.xact_id, after.audit_event_id))
    return await tx.rows(statement)


async def add(tx: Transaction, links: Sequence[dict[str, Any]]) -> None:
    """Appends links to the chain; the primary key refuses a place that is taken."""
    source = bulk.given(audit_chain, links)
    await tx.execute(insert(audit_chain).from_select(list(links[0]), select(*source.c)))


async def count(tx: Transaction) -> int:
    return int(await tx.value(select(func.count()).select_from(audit_chain)))


async def faults(tx: Transaction) -> list[Row]:
    """Where the chain is broken, 20 places at most: sequence, audit_event_id and what is wrong."""
    return await tx.rows(_BROKEN, {"limit": FAULTS_MAX})
