"""The books, checked again and again while a load runs: Σ entries = 0, Σ by record = the stored totals (P2)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tests.torture.figures import Figures
from tests.torture.findings import Findings
from tests.torture.site import Site

# One statement, and so one moment.
_WRONG: Final = text("""
    SELECT 'ledger transaction ' || e.transaction_id || ' is off by ' || sum(e.amount)
        FROM ledger_entries AS e GROUP BY e.transaction_id, e.division_id, e.currency HAVING sum(e.amount) <> 0
    UNION ALL
    SELECT 'record ' || r.id || ': ' || r.total || ' ' || r.credited_amount || ' ' || r.confirmed_amount || ' '
           || r.pending_amount || ' stored, ' || facts.confirmed || ' confirmed and ' || facts.pending || ' pending'
    FROM billing_records AS r
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(a.amount) FILTER (WHERE p.status = 'CONFIRMED'), 0) AS confirmed,
               coalesce(sum(a.amount) FILTER (WHERE p.status = 'PENDING'), 0) AS pending
        FROM payment_allocations AS a JOIN payment_records AS p ON p.id = a.payment_id
        WHERE a.billing_record_id = r.id
    ) AS facts
    WHERE r.confirmed_amount <> facts.confirmed OR r.pending_amount <> facts.pending
""")


async def assert_books_balance(connection: AsyncConnection) -> None:
    wrong = (await connection.execute(_WRONG)).scalars().all()
    assert not wrong, "\n".join(wrong)


@dataclass
class Watch:
    """Checks every so often until it is told to end, or finds something wrong, which is the `alarm` for the load."""

    engine: AsyncEngine
    seconds: float
    checks: int = 0
    wrong: list[str] = field(default_factory=list)
    alarm: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        while not self.ended.is_set() and not self.alarm.is_set():
            with suppress(DBAPIError, OSError):  # PostgreSQL was killed, and is back in a moment.
                await self.check()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ended.wait(), self.seconds)

    async def check(self) -> None:
        async with self.engine.connect() as connection:
            try:
                await assert_books_balance(connection)
            except AssertionError as error:
                self.found(str(error))
            self.checks += 1

    def found(self, wrong: str) -> None:
        """Something that must not be; the load ends early, since it has shown what it can."""
        self.wrong.append(wrong)
        self.alarm.set()


@asynccontextmanager
async def watched(site: Site, figures: Figures, findings: Findings) -> AsyncIterator[Watch]:
    """Watches the books beside the load in the block, and once more after it."""
    watch = Watch(site.engine, figures.book_check_seconds)
    running = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        watch.ended.set()
        await running
    await watch.check()
    findings.none("P2", "checks of the books that failed", watch.wrong, of=watch.checks)
    findings.book_checks += watch.checks
