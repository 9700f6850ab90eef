"""Integrity checks: one at a time, each on a connection of its own, which reads everything at one moment."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from billing.db import integrity_checks, users
from billing.db.connections import Connection
from billing.db.database import Database
from billing.db.invariants import INVARIANTS, Finding, look
from billing.db.transaction import Transaction
from billing.domain.errors import ErrorCode, refuse
from billing.domain.identifiers import new_id
from billing.domain.states import IntegrityCheckStatus
from billing.permissions.viewer import Viewer
from billing.services.changes import Changed

_log = structlog.get_logger(__name__)

Progress = Callable[[int, int], None]
"""Told how many invariants were looked at, of how many."""


@dataclass(frozen=True)
class Check:
    """A check that came to its end, and what it found."""

    id: UUID
    status: IntegrityCheckStatus
    started_at: datetime
    finished_at: datetime
    findings: list[Finding]


@dataclass
class Checker:
    """Runs checks in the background of this process; `seconds_max` is what one may take."""

    database: Database
    seconds_max: float
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    async def begin(self, id: UUID) -> bool:
        """Lets the check run as soon as the transaction that announced it is committed; False while another runs."""
        connection = await integrity_checks.claim(self.database.service.url, seconds_max=self.seconds_max)
        if connection is None:
            return False
        task = asyncio.create_task(self._run_when_announced(connection, id))
        self._running.add(task)
        task.add_done_callback(self._ended)
        return True

    async def until_idle(self) -> None:
        """Waits for what runs."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def stop(self) -> None:
        """Breaks off what runs; it is stored as ABORTED."""
        for task in self._running:
            task.cancel()
        await self.until_idle()

    async def _run_when_announced(self, connection: Connection, id: UUID) -> None:
        async with aclosing(connection):
            if not await integrity_checks.wait_until_announced(connection, id):
                return
            _, _, findings = await _run(self.database, connection, id, self.seconds_max)
        if broken := [finding.invariant.name for finding in findings if finding.fault_count]:
            _log.error("integrity check failed", invariants=broken)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("integrity check aborted", exc_info=error)


async def run_integrity_check(tx: Transaction, viewer: Viewer, *, checker: Checker) -> Changed:
    """Start a check of all data in the background; it sees what is committed when it begins."""
    check_id = new_id()
    await integrity_checks.announce(tx, check_id)
    if not await checker.begin(check_id):
        raise refuse(ErrorCode.INVALID_STATE, "An integrity check is running; ask integrityCheck for its result.")
    await _note(tx, check_id, by=viewer.user_id)
    return {"integrity_check": check_id}


async def check_now(database: Database, seconds_max: float, progress: Progress) -> Check | None:
    """Runs a check to its end; None while another runs. Raises TimeoutError after `seconds_max`."""
    connection = await integrity_checks.claim(database.service.url, seconds_max=seconds_max)
    if connection is None:
        return None
    check_id = new_id()
    async with aclosing(connection):
        async with database.transaction() as tx:
            await users.add_system_user_if_missing(tx)
            await _note(tx, check_id, by=users.SYSTEM_USER_ID)
        status, finished_at, findings = await _run(database, connection, check_id, seconds_max, progress)
    return Check(check_id, status, tx.now, finished_at, findings)


async def _note(tx: Transaction, id: UUID, *, by: UUID) -> None:
    await integrity_checks.abort_left_behind(tx)
    await integrity_checks.add(tx, id, by=by)


async def _run(
    database: Database,
    connection: Connection,
    id: UUID,
    seconds_max: float,
    progress: Progress = lambda done, total: None,
) -> tuple[IntegrityCheckStatus, datetime, list[Finding]]:
    """Looks at every invariant and stores what was found; a check that is broken off is stored as ABORTED."""
    try:
        async with asyncio.timeout(seconds_max):
            findings = await _look_at_all(connection, progress)
    except BaseException:
        await _finish(database, id, IntegrityCheckStatus.ABORTED, [])
        raise
    faulty = any(finding.fault_count for finding in findings)
    status = IntegrityCheckStatus.FAILED if faulty else IntegrityCheckStatus.PASSED
    return status, await _finish(database, id, status, findings), findings


async def _look_at_all(connection: Connection, progress: Progress) -> list[Finding]:
    await integrity_checks.begin(connection)
    findings = []
    for done, invariant in enumerate(INVARIANTS):
        progress(done, len(INVARIANTS))
        findings.append(await look(connection, invariant))
    progress(len(INVARIANTS), len(INVARIANTS))
    return findings


async def _finish(database: Database, id: UUID, status: IntegrityCheckStatus, findings: list[Finding]) -> datetime:
    async with database.transaction() as tx:
        await integrity_checks.finish(tx, id, status, findings)
        return tx.now
