"""Statements over integrity checks: their rows, and the connection on which one runs while no other does."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import URL, ColumnElement, Function, Select, Text, false, func, insert, literal, select, true, update

from billing.db.connections import Connection, connect
from billing.db.failures import typed_failures
from billing.db.invariants import Finding
from billing.db.lists import one_of
from billing.db.tables import integrity_check_results, integrity_checks
from billing.db.transaction import Transaction
from billing.domain.states import IntegrityCheckStatus
from billing.permissions.grants import Permission
from billing.permissions.viewer import Viewer

_check, _result = integrity_checks.c, integrity_check_results.c
_LOCK = "billing integrity check"

_CONNECT_SECONDS_MAX = 3
_SECONDS_OF_GRACE = 10
"""What the server waits longer than we do, before it ends a statement by itself."""


async def claim(url: URL, *, seconds_max: float) -> Connection | None:
    """A connection for one run, which holds the lock of runs until it is closed; None while another run holds it.

    It only reads. Its plans are those for many rows: one worker, so that the service
    keeps its processors, and no nested loops, which a wrong estimate would make endless.
    """
    milliseconds = str(round((seconds_max + _SECONDS_OF_GRACE) * 1000))
    with typed_failures():
        connection = await connect(
            url,
            seconds_max=_CONNECT_SECONDS_MAX,
            application_name="internal-billing integrity check",
            jit="off",
            work_mem="128MB",
            enable_nestloop="off",
            max_parallel_workers_per_gather="0",
            statement_timeout=milliseconds,
            lock_timeout=milliseconds,
            idle_in_transaction_session_timeout="60s",
            client_connection_check_interval="5s",  # What a killed process asked for is ended.
        )
        try:
            (claimed,) = await connection.rows(select(func.pg_try_advisory_lock(func.hashtext(_LOCK)).label("claimed")))
        except BaseException:
            await connection.aclose()
            raise
    if not claimed.claimed:
        await connection.aclose()
        return None
    return connection


async def announce(tx: Transaction, id: UUID) -> None:
    """Until this transaction ends, whoever waits for the check is held up."""
    await tx.value(select(_announcement(id)))


async def wait_until_announced(connection: Connection, id: UUID) -> bool:
    """Waits for the end of the transaction that announced the check; False when it was rolled back."""
    await connection.rows(select(_announcement(id)))
    return bool(await connection.rows(select(_check.id).where(_check.id == id)))


async def begin(connection: Connection) -> None:
    """From now on everything is read as it is at one moment."""
    await connection.say("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _announcement(id: UUID) -> Function[Any]:
    return func.pg_advisory_xact_lock(func.hashtext(_LOCK), func.hashtext(str(id)))


async def add(tx: Transaction, id: UUID, *, by: UUID) -> None:
    running = {"status": IntegrityCheckStatus.RUNNING.value, "started_at": tx.now, "started_by": by}
    await tx.add(integrity_checks, {"id": id, **running})


async def abort_left_behind(tx: Transaction) -> None:
    """For whoever holds the lock of runs: what still says that it is running does not."""
    left_behind = await tx.rows(
        select(integrity_checks).where(_check.status == IntegrityCheckStatus.RUNNING.value).with_for_update()
    )
    for check in left_behind:
        values = {"status": IntegrityCheckStatus.ABORTED.value, "finished_at": tx.now}
        await tx.execute(update(integrity_checks).where(_check.id == check.id).values(**values))
        tx.note_changed(integrity_checks, check, values)


async def finish(tx: Transaction, id: UUID, status: IntegrityCheckStatus, findings: Sequence[Finding]) -> None:
    """Keeps what was found, unless another run has said meanwhile that this one is gone."""
    values = {"status": status.value, "finished_at": tx.now}
    running = _check.status == IntegrityCheckStatus.RUNNING.value
    if await tx.execute(update(integrity_checks).where(_check.id == id, running).values(**values)) == 1 and findings:
        await tx.execute(
            insert(integrity_check_results),
            [
                {
                    "integrity_check_id": id,
                    "position": position,
                    "invariant": finding.invariant.name,
                    "description": finding.invariant.description,
                    "rows_checked": finding.rows_checked,
                    "fault_count": finding.fault_count,
                    "offending_ids": list(finding.offending_ids),
                }
                for position, finding in enumerate(findings, start=1)
            ],
        )


def _rows() -> Select[Any]:
    return select(
        literal("IntegrityCheck", Text).label("kind"),
        _check.id,
        _check.status,
        _check.started_at,
        _check.finished_at,
        _check.started_by,
    )


def latest(viewer: Viewer) -> Select[Any]:
    """The check that was started last."""
    return _rows().where(_visible_to(viewer)).order_by(_check.started_at.desc(), _check.id.desc()).limit(1)


def by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Select[Any]:
    return _rows().where(one_of(_check.id, ids), _visible_to(viewer))


def results_of(viewer: Viewer, check_ids: Sequence[UUID]) -> Select[Any]:
    """What each check found, by the names of the invariants."""
    return (
        select(
            literal("IntegrityCheckResult", Text).label("kind"),
            _result.integrity_check_id,
            _result.invariant,
            _result.description,
            _result.rows_checked,
            _result.fault_count,
            _result.offending_ids,
        )
        .where(one_of(_result.integrity_check_id, check_ids), _visible_to(viewer))
        .order_by(_result.integrity_check_id, _result.position)
    )


def _visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """A finding names records of any division: it is for those who see all."""
    return true() if viewer.may(Permission.INTEGRITY_READ) else false()
