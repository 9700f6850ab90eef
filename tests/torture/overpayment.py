"""P1: many record, confirm, cancel and reverse payments of the same records; none is ever paid above its amount."""

import asyncio
import time
from random import Random
from typing import Any, Final

from sqlalchemy import text

from tests.torture import audit
from tests.torture.books import Watch, watched
from tests.torture.figures import STORM_RECORDS, Figures
from tests.torture.findings import Findings
from tests.torture.sending import AUTHORISATION, DONE, Change, Reply, Senders, cancel, confirm, pay, reverse
from tests.torture.site import Site

_TOTAL: Final = "100.00"
_PART: Final = "30.00"
_PARTS_MAX: Final = 3
_PAYERS: Final = ("coordinator-mkt", "coordinator-mkt", "billing-admin-2")
_EXPECTED: Final = {DONE, "OVERPAYMENT", "INVALID_STATE", *AUTHORISATION}
_FACTS: Final = text("""
    SELECT r.id, r.total, sum(a.amount) AS paid, count(*) AS payments
    FROM billing_records AS r
    JOIN payment_allocations AS a ON a.billing_record_id = r.id JOIN payment_records AS p ON p.id = a.payment_id
    WHERE p.status IN ('PENDING', 'CONFIRMED') GROUP BY r.id
""")


async def storm(site: Site, figures: Figures, seed: int) -> Findings:
    findings, load = Findings(seed), _Load(Senders(site))
    world = await site.furnish()
    make = site.make(world)
    load.records = [(await make.record(_TOTAL))["id"] for _ in range(STORM_RECORDS)]
    before = await audit.count(site)
    async with watched(site, figures, findings) as watch:
        until = time.monotonic() + figures.storm_seconds
        reading = asyncio.create_task(_read(site, figures, until, load, watch))
        await asyncio.gather(
            *(_client(load, Random(f"{seed}/{n}"), reading, watch) for n in range(figures.storm_clients))
        )
        await reading
        if not watch.alarm.is_set():
            await asyncio.gather(*(_fill(load, record) for record in load.records * 2))
    accepted, overpaid = await _facts(site)
    findings.none("P1", "records overpaid", overpaid, of=len(load.records))
    findings.equal("P1", "payments accepted in the end: the arithmetic most", STORM_RECORDS * _PARTS_MAX, accepted)
    findings.equal("P1", "recorded − cancelled − reversed, as answered", accepted, load.live)
    findings.at_least("P1", "reads during it, confirmed + pending ≤ amount at each", figures.storm_reads, load.reads)
    load.senders.tell("P1", findings, expected=_EXPECTED)
    await audit.compare(site, load.senders, before, findings)
    return findings


class _Load:
    """What the clients know of the payments: all share it, so that they meet on the same ones."""

    def __init__(self, senders: Senders) -> None:
        self.senders = senders
        self.records: list[str] = []
        self.pending: list[str] = []
        self.confirmed: list[str] = []
        self.live = 0
        self.reads = 0

    def choose(self, random: Random) -> Change:
        """Mostly recording, so that the records are full most of the time."""
        draw = random.random()
        if draw < 0.1 and self.confirmed:
            return reverse(random.choice(self.confirmed))
        if draw < 0.3 and self.pending:
            return confirm(random.choice(self.pending))
        if draw < 0.45 and self.pending:
            return cancel(random.choice(self.pending))
        if draw < 0.5 and self.pending:
            # Never granted: to the side that pays, and to whoever recorded it, whom the four eyes forbid.
            return confirm(random.choice(self.pending), by="coordinator-mkt")
        return pay([random.choice(self.records)], _PART, _PART, by=random.choice(_PAYERS))

    def note(self, change: Change, reply: Reply) -> None:
        if reply.outcome != DONE:
            return
        id = reply.payment_id
        if change.mutation == "recordPayment":
            self.pending.append(id)
            self.live += 1
            return
        if id in self.pending:
            self.pending.remove(id)
        if change.mutation == "confirmPayment":
            self.confirmed.append(id)
            return
        if id in self.confirmed:
            self.confirmed.remove(id)
        self.live -= 1


async def _client(load: _Load, random: Random, reading: "asyncio.Task[None]", watch: Watch) -> None:
    while not reading.done() and not watch.alarm.is_set():
        change = load.choose(random)
        reply = await load.senders.settle(change)
        load.note(change, reply)
        _check(reply, watch)


def _check(reply: Reply, watch: Watch) -> None:
    """Each answer is a read too, by the service."""
    if reply.outcome not in _EXPECTED:
        watch.found(f"answered {reply.outcome}")
    for record in reply.payload.get("billingRecords") or ():
        if _cents(record, "confirmedAmount") + _cents(record, "pendingAmount") > _cents(record, "total"):
            watch.found(f"shown as overpaid: {record}")


def _cents(record: dict[str, Any], field: str) -> int:
    return int(record[field].replace(".", ""))


async def _read(site: Site, figures: Figures, until: float, load: _Load, watch: Watch) -> None:
    """Reads all records from what is allocated to them, not from their stored totals, until time and count are up."""
    pause = 0.8 * figures.storm_seconds / figures.storm_reads
    while not watch.alarm.is_set() and (time.monotonic() < until or load.reads < figures.storm_reads):
        _, overpaid = await _facts(site)
        for record in overpaid:
            watch.found(record)
        load.reads += 1
        await asyncio.sleep(pause)


async def _facts(site: Site) -> tuple[int, list[str]]:
    """How many payments are pending or confirmed, and which records these overpay."""
    async with site.engine.connect() as connection:
        rows = (await connection.execute(_FACTS)).all()
    overpaid = [f"{row.id}: {row.paid} of {row.total}" for row in rows if row.paid > row.total]
    return sum(row.payments for row in rows), overpaid


async def _fill(load: _Load, record: str) -> None:
    """Pays a record until it takes no more; two do it at a time."""
    while True:
        change = pay([record], _PART, _PART)
        reply = await load.senders.settle(change)
        if reply.outcome != DONE:
            assert reply.outcome == "OVERPAYMENT", reply
            return
        load.note(change, reply)
