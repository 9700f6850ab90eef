"""P38: each database call of each mutation fails once in each way, and the tables are as before, or wholly changed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import text

from billing.app import create_app
from billing.db.embedded import private_server
from billing.db.migrate import migrate
from billing.settings import Settings
from tests.access.introspection import mutation_document
from tests.access.rows import MUTATIONS, Mutation
from tests.access.scene import set_up
from tests.support.asgi import http_to
from tests.support.client import Answer, Client
from tests.support.database import Database, connect
from tests.support.unchanged import Contents, contents
from tests.torture.books import assert_books_balance
from tests.torture.faults import Fault, Faults
from tests.torture.figures import Figures
from tests.torture.findings import Findings
from tests.torture.sending import DONE, read
from tests.torture.site import TOKENS

_SOMEBODY: Final = "superadmin"
_GIVEN_UP: Final = "given up"
_WORKING: Final = text(
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'internal-billing' AND state <> 'idle')"
)
_REST_SECONDS: Final = 10
_WRONG_MAX: Final = 5
"""After so many it has shown what it can."""

# What the caller may be told; a retried change is done, and an error that nobody provided for is masked.
_ANSWERS: Final = {
    Fault.DEADLOCK: {DONE, "SERVICE_UNAVAILABLE"},
    Fault.SERIALIZATION: {DONE, "SERVICE_UNAVAILABLE"},
    Fault.DISK_FULL: {DONE, "SERVICE_UNAVAILABLE"},
    Fault.UNIQUE: {DONE, "INTERNAL"},
    Fault.TIME_OUT: {DONE, "SERVICE_UNAVAILABLE"},
    Fault.CANCEL: {_GIVEN_UP, DONE},
    Fault.CANCEL_AFTER: {_GIVEN_UP, DONE},
    Fault.CUT: {DONE, "SERVICE_UNAVAILABLE"},
    Fault.CUT_AFTER: {DONE, "SERVICE_UNAVAILABLE"},
}


async def inject(figures: Figures, seed: int) -> Findings:
    findings = Findings(seed)
    async with _bench() as bench:
        for mutation, number, row in _rows():
            if len(bench.wrong) < _WRONG_MAX:
                await _Trial(bench, mutation, row, f"{mutation} ({number})").run(figures, seed + number)
    points = f"{bench.met:,} of {bench.points:,}"
    findings.equal("P38", f"points hit, in {len(MUTATIONS)} mutations", f"{bench.points:,} of {bench.points:,}", points)
    findings.at_least("P38", "points of one mutation, the fewest", 1, min(bench.points_of.values()))
    findings.none("P38", "points after which something is wrong", bench.wrong, of=bench.points)
    findings.none("P2", "checks of the books that failed", bench.unbalanced, of=bench.book_checks)
    findings.told("P38", "states after a fault", ", ".join(f"{n:,} {state}" for state, n in bench.states.items()))
    findings.book_checks = bench.book_checks
    return findings


def _rows() -> Iterator[tuple[str, int, Mutation]]:
    for name, rows in MUTATIONS.items():
        for number, row in enumerate(rows):
            yield name.split(".")[1], number, row


@dataclass
class _Bench:
    """The service in this process, its connections with the door for faults, and what was counted."""

    database: Database
    client: Client
    faults: Faults
    points: int = 0
    met: int = 0
    book_checks: int = 0
    points_of: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    unbalanced: list[str] = field(default_factory=list)

    async def at_rest(self) -> None:
        """Waits until no connection of the service is at work or in a transaction, which all must come to."""
        async with asyncio.timeout(_REST_SECONDS), self.database.owner.connect() as connection:
            while self.database.connections_in_use or (await connection.execute(_WORKING)).scalar_one():
                await connection.rollback()
                await asyncio.sleep(0.002)  # PostgreSQL tells nobody that somebody is done.

    async def tables(self) -> Contents:
        async with self.database.owner.connect() as connection:
            return await contents(connection)


@asynccontextmanager
async def _bench() -> AsyncIterator[_Bench]:
    faults = Faults()
    settings = Settings(_env_file=None, demo=False, environment="development")  # type: ignore[call-arg]
    with private_server() as url:
        await asyncio.to_thread(asyncio.run, migrate(url))
        database = connect(settings, url)
        async with http_to(create_app(settings, database, TOKENS)) as http:
            with database.behind(faults.call):
                yield _Bench(database, Client(http, TOKENS, _SOMEBODY), faults)
        await database.close()


@dataclass(frozen=True)
class _Whole:
    """How the tables differ once the mutation is done: how many rows each has then, and which have changed."""

    rows: dict[str, int]
    changed: set[str]

    @classmethod
    def of(cls, before: Contents, after: Contents) -> "_Whole":
        return cls(
            {table: rows for table, (rows, _) in after.items()},
            {table for table in after if after[table] != before[table]},
        )


@dataclass
class _Trial:
    """One mutation with one input, over a scene that is made anew whenever it was changed."""

    bench: _Bench
    mutation: str
    row: Mutation
    name: str

    async def run(self, figures: Figures, seed: int) -> None:
        for _ in range(2):  # The first may open a connection, which takes calls of its own.
            await self._set_up()
            assert await self._send() == DONE, f"{self.name} works without a fault"
        self._calls = list(self.bench.faults.calls)
        self._whole = _Whole.of(self._before, await self.bench.tables())
        await self._set_up()
        for at, fault in _points(self._calls, figures.faults_per_call, seed):
            await self._point(at, fault)
        # After all the faults that changed nothing, the same input with the same key still works.
        await self._expect_whole_after("all faults", await self._send())

    async def _point(self, at: int, fault: Fault) -> None:
        bench, point = self.bench, f"{self.name}, {fault.name} at call {at}, {_short(self._calls[at])}"
        bench.points += 1
        bench.points_of[self.mutation] += 1
        outcome = await self._send(at, fault)
        if bench.faults.hit and bench.faults.calls[: at + 1] == self._calls[: at + 1]:
            bench.met += 1
        else:
            bench.wrong.append(f"{point}: the call was not met")
        if outcome not in _ANSWERS[fault]:
            bench.wrong.append(f"{point}: answered {outcome}")
        after = await bench.tables()
        await self._check_books(point)
        if after == self._before:
            bench.states["unchanged"] += 1
            if outcome == DONE:
                bench.wrong.append(f"{point}: nothing was changed, and the answer says it was")
        elif _Whole.of(self._before, after) == self._whole:
            bench.states["wholly changed"] += 1
            await self._expect_no_second_change(point, after)
            await self._set_up()
        else:
            bench.states["half changed"] += 1
            bench.wrong.append(f"{point}: half changed, {_Whole.of(self._before, after)}, not {self._whole}")
            await self._set_up()

    async def _expect_no_second_change(self, point: str, after: Contents) -> None:
        """Sent again it changes nothing more: replayed by its key, or refused, its version being the old one."""
        outcome = await self._send()
        if ("idempotencyKey" in self._input) is not (outcome == DONE) and outcome != DONE:
            self.bench.wrong.append(f"{point}: sent again, it answered {outcome}")
        if await self.bench.tables() != after:
            self.bench.wrong.append(f"{point}: sent again, it changed something again")

    async def _expect_whole_after(self, point: str, outcome: str) -> None:
        whole = _Whole.of(self._before, await self.bench.tables())
        if outcome != DONE or whole != self._whole:
            self.bench.wrong.append(f"{self.name} after {point}: {outcome}, {whole}, not {self._whole}")
        await self._check_books(self.name)

    async def _check_books(self, point: str) -> None:
        self.bench.book_checks += 1
        async with self.bench.database.owner.connect() as connection:
            try:
                await assert_books_balance(connection)
            except AssertionError as error:
                self.bench.unbalanced.append(f"{point}: {error}")

    async def _set_up(self) -> None:
        async with self.bench.database.owner.begin() as connection:
            scene = await set_up(connection)
        self._input = self.row.input(scene.ours)
        self._before = await self.bench.tables()

    async def _send(self, at: int | None = None, fault: Fault | None = None) -> str:
        """The outcome of one send; the request is over, and its connections are at rest."""
        request = asyncio.create_task(self._request())
        self.bench.faults.arm(request, at, fault)
        try:
            with suppress(asyncio.CancelledError):
                return read(await request).outcome
            return _GIVEN_UP
        except Exception as error:
            return f"raised {error!r}"
        finally:
            self.bench.faults.disarm()
            await self.bench.at_rest()

    async def _request(self) -> Answer:
        return await self.bench.client.run(mutation_document(self.mutation), input=self._input)


def _points(calls: Sequence[str], per_call: int | None, seed: int) -> Iterator[tuple[int, Fault]]:
    """Every call with every fault that can hit it, or with some of them, others at the next call."""
    for at, statement in enumerate(calls):
        kinds = [fault for fault in Fault if fault.can_hit(statement)]
        some = len(kinds) if per_call is None else per_call
        for turn in range(some):
            yield at, kinds[(seed + at * some + turn) % len(kinds)]


def _short(statement: str) -> str:
    return " ".join(statement.split())[:60]
