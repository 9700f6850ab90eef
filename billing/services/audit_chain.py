"""Seals the audit trail, and proves that nothing sealed was changed.

The events that were committed are chained in the order of (transaction, id), as far as no open transaction can still
write one before them; each hash is SHA-256 over the hash before it and the digest of the event.
"""

import asyncio
import hashlib
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from billing.db import audit_chain
from billing.db.database import Database
from billing.domain.errors import BillingError

SEAL_SECONDS: Final = 1.0
LOG_SECONDS: Final = 60.0
_BEFORE_THE_FIRST: Final = bytes(32)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Head:
    """The end of the chain: how many events are sealed, and the hash over them all. Written `1234:9f86d0…`."""

    sequence: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """ValueError for anything that is no head."""
        sequence, _, hash = text.strip().partition(":")
        head = cls(int(sequence), bytes.fromhex(hash))
        if head.sequence < 1 or len(head.hash) != hashlib.sha256().digest_size:
            raise ValueError(text)
        return head


@dataclass(frozen=True)
class Verified:
    """What a verification found: the head of the chain as it is, and where it is broken, 20 places at most."""

    head: Head | None
    faults: tuple[str, ...]


async def seal(database: Database) -> int:
    """Seals what can be sealed; the number of events. Does nothing while somebody else seals."""
    sealed = 0
    while True:
        count = await _seal_batch(database)
        sealed += count
        if count < audit_chain.BATCH:
            return sealed


async def _seal_batch(database: Database) -> int:
    async with database.transaction() as tx:
        if not await audit_chain.lock(tx):
            return 0
        last = await audit_chain.head(tx)
        sequence, hash = (0, _BEFORE_THE_FIRST) if last is None else (last.sequence, last.hash)
        links = []
        for event in await audit_chain.unsealed(tx, last):
            sequence, hash = sequence + 1, hashlib.sha256(hash + event.digest).digest()
            links.append(
                {
                    "sequence": sequence,
                    "audit_event_id": event.id,
                    "xact_id": event.xact_id,
                    "hash": hash,
                    "sealed_at": tx.now,
                }
            )
        if links:
            await audit_chain.add(tx, links)
        return len(links)


async def keep_sealing(database: Database) -> None:
    """Seals every second and logs the head every minute, until it is cancelled; waits for a database that is away."""
    clock = asyncio.get_running_loop().time
    logged_at = -LOG_SECONDS
    while True:
        try:
            await seal(database)
            if clock() - logged_at >= LOG_SECONDS:
                head = await current_head(database)
                _log.info("audit head", head=None if head is None else str(head))
                logged_at = clock()
        except BillingError as error:
            _log.warning("audit trail not sealed", cause=type(error).__name__)
        await asyncio.sleep(SEAL_SECONDS)


async def stop(sealing: "asyncio.Task[None]") -> None:
    sealing.cancel()
    with suppress(asyncio.CancelledError):
        await sealing


async def current_head(database: Database) -> Head | None:
    async with database.transaction() as tx:
        last = await audit_chain.head(tx)
        return None if last is None else Head(last.sequence, last.hash)


async def verify(database: Database, logged: Head | None = None) -> Verified:
    """Recomputes the whole chain. A head that was logged before must still be in it: that finds a tail cut off."""
    async with database.transaction() as tx:
        last = await audit_chain.head(tx)
        faults = [
            f"{'unsealed' if row.sequence is None else f'link {row.sequence}'}, event {row.audit_event_id}: {row.fault}"
            for row in await audit_chain.faults(tx)
        ]
        if logged is not None:
            there = await audit_chain.link(tx, logged.sequence)
            if there is None or there.hash != logged.hash:
                faults.append(f"the head {logged} that was logged is not in the chain")
        return Verified(None if last is None else Head(last.sequence, last.hash), tuple(faults))
