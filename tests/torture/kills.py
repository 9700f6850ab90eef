"""P3, P4, P6: the service and PostgreSQL are killed under writers; nothing acknowledged is lost, nothing done twice."""

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final, TextIO

from sqlalchemy import text

from tests.torture import audit
from tests.torture.books import Watch, watched
from tests.torture.figures import Figures
from tests.torture.findings import Findings
from tests.torture.sending import AGAIN, DONE, LOST, Change, Reply, Senders, confirm, pay
from tests.torture.site import Site

_RECORDS: Final = 100
_SERVICE, _POSTGRESQL = "service", "PostgreSQL"
_EXPECTED: Final = {DONE, "OVERPAYMENT", "IDEMPOTENCY_KEY_REUSED"}
_THERE: Final = text("SELECT id::text AS id, status FROM payment_records")
_REPEATED: Final = text("""
    SELECT operation || ' ' || (changed->>'payment') FROM idempotency_keys WHERE changed ? 'payment'
    GROUP BY operation, changed->>'payment' HAVING count(*) > 1
""")


async def kills(site: Site, figures: Figures, seed: int) -> Findings:
    """Each kill waits until so many more writes are acknowledged, and comes with all writers in the middle of one."""
    findings, random = Findings(seed), Random(seed)
    make = site.make(await site.furnish())
    records = [(await make.record("1000000.00"))["id"] for _ in range(_RECORDS)]
    before = await audit.count(site)
    victims = [_SERVICE, _POSTGRESQL] * figures.kills
    random.shuffle(victims)
    with _journal() as journal:
        load = _Load(Senders(site), journal, records)
        async with watched(site, figures, findings) as watch:
            writers = [asyncio.create_task(load.write(Random(f"{seed}/{n}"), watch)) for n in range(figures.writers)]
            for round, victim in enumerate(victims, start=1):
                await journal.reaches(figures.acknowledged * round // len(victims), watch)
                await _kill(site, victim, load)
                load.killed[victim] += 1
                await _compare(site, load, watch)
            load.over = True
            await asyncio.gather(*writers)
            await load.send_again()
            await _compare(site, load, watch)
        await _find(site, figures, load, findings)
        await audit.compare(site, load.senders, before, findings)
    return findings


@dataclass(frozen=True)
class Acknowledged:
    """A line of the journal: a payment that the service said it had written, in that state."""

    payment: str
    status: str


@dataclass
class _Journal:
    """Every acknowledged write in a file outside the database, written before its writer goes on."""

    path: Path
    file: TextIO
    count: int = 0
    grown: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def note(self, payment: str, status: str) -> None:
        self.file.write(json.dumps({"payment": payment, "status": status}) + "\n")
        self.file.flush()
        async with self.grown:
            self.count += 1
            self.grown.notify_all()

    async def reaches(self, count: int, watch: Watch) -> None:
        async with self.grown:
            await self.grown.wait_for(lambda: self.count >= count or watch.alarm.is_set())

    def read(self) -> list[Acknowledged]:
        return [Acknowledged(**json.loads(line)) for line in self.path.read_text().splitlines()]


@contextmanager
def _journal() -> Iterator[_Journal]:
    with tempfile.TemporaryDirectory(prefix="billing-journal-") as folder:
        path = Path(folder, "acknowledged.jsonl")
        with path.open("w") as file:
            yield _Journal(path, file)


@dataclass
class _Load:
    senders: Senders
    journal: _Journal
    records: list[str]
    unacknowledged: list[Change] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    lost: set[str] = field(default_factory=set)
    refused: int = 0
    reused: int = 0
    wrong: list[str] = field(default_factory=list)
    """Answers that a key must not get."""
    not_settled: list[str] = field(default_factory=list)
    sent_again: int = 0
    up: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False

    def __post_init__(self) -> None:
        self.up.set()

    async def write(self, random: Random, watch: Watch) -> None:
        """A payment and mostly its confirmation, over and over, whatever happens to the service."""
        while not self.over and not watch.alarm.is_set():
            change = pay([random.choice(self.records)], "1.00", "1.00")
            if random.random() < 0.1:
                await self._refuse_first(change)
            payment = await self._write(change, "PENDING")
            if payment is None:
                continue
            if random.random() < 0.1:
                await self._reuse(change)
            if random.random() < 0.6:
                await self._write(confirm(payment), "CONFIRMED")

    async def _write(self, change: Change, status: str) -> str | None:
        """Sent once: it is acknowledged and in the journal, or it is sent again when the killing is over."""
        reply = await self._send(change)
        if reply.outcome != DONE:
            self.unacknowledged.append(change)
            return None
        await self.journal.note(reply.payment_id, status)
        return reply.payment_id

    async def _send(self, change: Change) -> Reply:
        await self.up.wait()
        return await self.senders.send(change)

    async def _refuse_first(self, change: Change) -> None:
        """The same key with too much money: whether that is refused or cut off, the key stays free."""
        too_much = {"amount": "2000000.00", "allocations": [{**change.input["allocations"][0], "amount": "2000000.00"}]}
        reply = await self._send(Change(change.by, change.mutation, {**change.input, **too_much}))
        self.refused += 1
        if reply.outcome not in {"OVERPAYMENT", *AGAIN}:
            self.wrong.append(f"too much money: {reply}")

    async def _reuse(self, change: Change) -> None:
        """The same key with another input, after it was acknowledged, and maybe while something is killed."""
        reply = await self._send(Change(change.by, change.mutation, {**change.input, "note": "Another."}))
        self.reused += 1
        if reply.outcome not in {"IDEMPOTENCY_KEY_REUSED", *AGAIN}:
            self.wrong.append(f"another input: {reply}")

    async def send_again(self) -> None:
        for change in self.unacknowledged:
            reply = await self.senders.settle(change)
            self.sent_again += 1
            if reply.outcome != DONE:
                self.not_settled.append(f"{change.mutation}: {reply}")
                continue
            await self.journal.note(reply.payment_id, reply.payload["payment"]["status"])


async def _kill(site: Site, victim: str, load: _Load) -> None:
    """SIGKILL, and started again. The service has to find the new PostgreSQL by itself."""
    load.up.clear()  # What is under way is cut off; nobody begins what nobody could carry out.
    if victim == _POSTGRESQL:
        site.postgres.kill()
    else:
        await site.service.kill()
    if victim == _POSTGRESQL:
        await asyncio.to_thread(site.postgres.start)
    else:
        await site.service.start()
    load.up.set()


async def _compare(site: Site, load: _Load, watch: Watch) -> None:
    """What the journal says was acknowledged, with what is in the database that came back."""
    acknowledged = load.journal.read()
    async with site.engine.connect() as connection:
        there = {row.id: row.status for row in await connection.execute(_THERE)}
    for write in acknowledged:
        status = there.get(write.payment)
        if status is None or (write.status == "CONFIRMED" and status != "CONFIRMED"):
            load.lost.add(f"{write.payment} was {write.status}, is {status}")
    if load.lost:
        watch.found(f"lost: {next(iter(load.lost))}")


async def _find(site: Site, figures: Figures, load: _Load, findings: Findings) -> None:
    async with site.engine.connect() as connection:
        checksums = await connection.scalar(text("SHOW data_checksums"))
        payments = await connection.scalar(text("SELECT count(*) FROM payment_records"))
        repeated = (await connection.scalars(_REPEATED)).all()
    recorded = sum(mutation == "recordPayment" for _, mutation, _ in load.senders.made)
    for victim in (_SERVICE, _POSTGRESQL):
        findings.equal("P3", f"kills of {victim}", figures.kills, load.killed[victim])
    findings.at_least("P3", "acknowledged writes", figures.acknowledged, load.journal.count)
    findings.none("P3", "acknowledged writes that were lost", load.lost, of=load.journal.count)
    findings.equal("P3", "data checksums", "on", checksums)
    findings.none("P4", "unacknowledged requests that failed when sent again", load.not_settled, of=load.sent_again)
    findings.equal("P4", "payments: one for each key", recorded, payments)
    findings.none("P4", "changes that several keys made", repeated)
    findings.none("P5/P6", "keys misjudged while killing", load.wrong, of=load.refused + load.reused)
    findings.told("P3", "sends cut off", load.senders.outcomes[LOST])
    load.senders.tell("P3", findings, expected=_EXPECTED)
