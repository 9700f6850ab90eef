"""P20: many confirm the same payments in opposite orders, beside a session that makes deadlocks; nobody sees one."""

import asyncio
import time
from contextlib import suppress
from random import Random
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.support.make import key
from tests.torture import audit
from tests.torture.books import Watch, watched
from tests.torture.figures import Figures
from tests.torture.findings import Findings
from tests.torture.sending import DONE, Change, Reply, Senders, cancel, pay
from tests.torture.site import Site

_RECORDS: Final = 6
_PENDING: Final = 40
_AT_ONCE: Final = 8
_RESULTS: Final = "results { index payment { id } userErrors { code } } billingRecords { id }"
_WHOLE: Final = "payments { id } otherBillingRecords { id }"
_THEM: Final = ("DeadlockDetectedError", "SerializationError")
_REFUSED: Final = {"INVALID_STATE"}
_DEADLOCKS: Final = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
_LOCK: Final = text("SELECT id FROM billing_records WHERE id = CAST(:id AS uuid) FOR UPDATE")
_SOMEBODY_WAITS: Final = text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")


async def storm(site: Site, figures: Figures, seed: int) -> Findings:
    findings, load = Findings(seed), _Load(Senders(site))
    make = site.make(await site.furnish())
    load.records = [(await make.record("1000000.00"))["id"] for _ in range(_RECORDS)]
    before, seen_before = await audit.count(site), await _deadlocks(site)
    async with watched(site, figures, findings) as watch:
        await asyncio.gather(*(load.add(Random(f"{seed}/{n}")) for n in range(_PENDING)))
        until = time.monotonic() + figures.deadlock_seconds
        clients = [_client(load, Random(f"{seed}/{n}"), until, watch) for n in range(figures.deadlock_clients)]
        disturber = asyncio.create_task(_disturb(site, load.records, Random(seed)))
        await asyncio.gather(*clients)
        disturber.cancel()
        with suppress(asyncio.CancelledError):
            await disturber
    seen = await _deadlocks(site) - seen_before
    findings.none("P20", "changes that a deadlock or a serialization failure ended", _ended_by_them(site), of=load.sent)
    findings.at_least("P20", "deadlocks that PostgreSQL broke, each run again by the service", 1, seen)
    load.senders.tell("P20", findings, expected={DONE, *_REFUSED})
    await audit.compare(site, load.senders, before, findings)
    return findings


class _Load:
    def __init__(self, senders: Senders) -> None:
        self.senders = senders
        self.records: list[str] = []
        self.pending: list[str] = []
        self.sent = 0

    async def add(self, random: Random) -> None:
        self.note(await self.senders.settle(self._pay(random)))

    def choose(self, random: Random) -> Change:
        """Several payments, each of two records, in one order or the other; all of a record; or one is taken back."""
        draw = random.random()
        if draw < 0.4 or len(self.pending) < _AT_ONCE:
            return self._pay(random)
        if draw < 0.5:
            return cancel(random.choice(self.pending))
        if draw < 0.6:
            return _confirm_record(random.choice(self.records))
        return _confirm_all(sorted(random.sample(self.pending, _AT_ONCE), reverse=random.random() < 0.5))

    def note(self, reply: Reply) -> None:
        """What is pending, as far as the answers tell: others may have confirmed or taken back the same meanwhile."""
        ended = [result["payment"] for result in reply.payload.get("results", ())] + reply.payload.get("payments", [])
        gone = {payment["id"] for payment in ended if payment is not None}
        payment = reply.payload.get("payment")
        if payment is not None and payment["status"] == "PENDING":
            self.pending.append(payment["id"])
        elif payment is not None:
            gone.add(payment["id"])
        self.pending = [id for id in self.pending if id not in gone]

    def _pay(self, random: Random) -> Change:
        return pay(random.sample(self.records, 2), "1.00", "2.00")


def _confirm_all(ids: list[str]) -> Change:
    input = {"ids": ids, "onError": "SKIP_FAILED", "idempotencyKey": key()}
    return Change("coordinator-it", "confirmPayments", input, _RESULTS)


def _confirm_record(record: str) -> Change:
    input = {"billingRecordId": record, "idempotencyKey": key()}
    return Change("coordinator-it", "confirmBillingRecordPayment", input, _WHOLE)


async def _client(load: _Load, random: Random, until: float, watch: Watch) -> None:
    while time.monotonic() < until and not watch.alarm.is_set():
        change = load.choose(random)
        reply = await load.senders.settle(change)
        load.sent += 1
        if reply.outcome == "INTERNAL":
            watch.found(f"{change.mutation}: {reply.outcome}")
        load.note(reply)


def _ended_by_them(site: Site) -> list[str]:
    """What the service logged of answers that it could not give; a wait for a lock that was too long is no failure."""
    return [line for line in site.service.log if any(each in line for each in _THEM)]


async def _disturb(site: Site, records: list[str], random: Random) -> None:
    """Takes two records in the wrong order, as somebody at a console would. The service gives way, never this."""
    last, first = max(records), min(records)
    while True:
        async with site.engine.connect() as connection:
            with suppress(DBAPIError):
                await connection.execute(text("SET LOCAL deadlock_timeout = '1h'"))
                await connection.execute(text("SET LOCAL lock_timeout = '1s'"))
                await connection.execute(_LOCK, {"id": last})
                while not (await connection.execute(_SOMEBODY_WAITS)).scalar_one():  # noqa: ASYNC110
                    await asyncio.sleep(0.005)  # PostgreSQL tells nobody that somebody waits.
                await connection.execute(_LOCK, {"id": first})
            await connection.rollback()
        await asyncio.sleep(random.uniform(0.1, 0.4))


async def _deadlocks(site: Site) -> int:
    async with site.engine.connect() as connection:
        return int(await connection.scalar(_DEADLOCKS))
