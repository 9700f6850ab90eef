"""P4, P5, P6: each key sent many times at once, by GraphQL and by REST, with its own input and with another."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from sqlalchemy import text

from tests.torture import audit
from tests.torture.books import watched
from tests.torture.figures import SENDS_PER_KEY, Figures
from tests.torture.findings import Findings
from tests.torture.sending import DONE, Change, Reply, Senders, pay
from tests.torture.site import Site

_AT_ONCE: Final = 4
"""Keys of which all sends are under way together."""
_RECORDS: Final = 20
_PATIENCE_SECONDS: Final = 0.1
_REUSED: Final = "IDEMPOTENCY_KEY_REUSED"


async def storm(site: Site, figures: Figures, seed: int) -> Findings:
    """Four kinds of key in turn: one input by both doors; two inputs; refusals beside what is right; sends given up."""
    findings, load, random = Findings(seed), _Load(Senders(site)), Random(seed)
    make = site.make(await site.furnish())
    records = [(await make.record("1000000.00"))["id"] for _ in range(_RECORDS)]
    before = await audit.count(site)
    async with watched(site, figures, findings) as watch:
        for some in _batches(figures.keys):
            if watch.alarm.is_set() or load.wrong:
                break
            await asyncio.gather(*(load.one_key(random.choice(records), Random(f"{seed}/{n}"), n) for n in some))
    await _find(site, figures, load, findings)
    load.senders.tell("P4", findings, expected={DONE, "OVERPAYMENT", "DUPLICATE_REFERENCE", _REUSED})
    await audit.compare(site, load.senders, before, findings)
    return findings


async def _find(site: Site, figures: Figures, load: "_Load", findings: Findings) -> None:
    async with site.engine.connect() as connection:
        payments = await connection.scalar(text("SELECT count(*) FROM payment_records"))
        kept = await connection.scalar(text("SELECT count(*) FROM idempotency_keys WHERE operation = 'record_payment'"))
    findings.equal("P4", f"payments of {figures.keys:,} keys × {SENDS_PER_KEY} sends at once", figures.keys, payments)
    findings.none("P4", "keys whose answers name another payment", load.differing, of=figures.keys)
    answered = figures.keys - load.given_up
    findings.equal("P4", "keys of which one answer was no replay: all that were answered", answered, load.first_answers)
    findings.none("P4", "keys of clients who hung up that failed when sent again", load.not_settled, of=load.given_up)
    findings.none("P5", "other inputs with a used key that were not refused", load.not_refused, of=load.other_inputs)
    findings.none("P5", "same keys of another user that were not free", load.not_independent, of=load.other_users)
    findings.none("P6", "corrected requests after a refusal that failed", load.not_corrected, of=load.corrected)
    findings.equal("P6", "keys that are remembered: those that succeeded", figures.keys, kept)


def _batches(count: int) -> Iterator[range]:
    for start in range(0, count, _AT_ONCE):
        yield range(start, min(start + _AT_ONCE, count))


@dataclass
class _Load:
    senders: Senders
    first_answers: int = 0
    other_inputs: int = 0
    other_users: int = 0
    corrected: int = 0
    given_up: int = 0
    differing: list[str] = field(default_factory=list)
    not_refused: list[str] = field(default_factory=list)
    not_independent: list[str] = field(default_factory=list)
    not_corrected: list[str] = field(default_factory=list)
    not_settled: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        return [
            *self.differing,
            *self.not_refused,
            *self.not_independent,
            *self.not_corrected,
            *self.not_settled,
        ]

    async def one_key(self, record: str, random: Random, n: int) -> None:
        change = pay([record], "1.00", "1.00")
        match n % 4:
            case 0:
                await self._one_input(change, random)
            case 1:
                await self._two_inputs(change, _with(change, note="Another."), random)
            case 2:
                await self._refused_and_corrected(change, random)
            case _:
                await self._given_up(change, random)

    async def _one_input(self, change: Change, random: Random) -> None:
        """Half of the sends come by REST: it is the same operation, and the same key."""
        sends = [self.senders.settle, self.senders.settle_by_rest] * (SENDS_PER_KEY // 2)
        random.shuffle(sends)
        replies = await asyncio.gather(*(send(change) for send in sends))
        self._same_payment(change, replies)
        await self._other_input_after(change)
        await self._other_user(change)

    async def _two_inputs(self, one: Change, other: Change, random: Random) -> None:
        """Whichever comes first has the key; the other is refused."""
        changes = [one, other] * (SENDS_PER_KEY // 2)
        random.shuffle(changes)
        replies = await asyncio.gather(*(self.senders.settle(change) for change in changes))
        answered = list(zip(changes, replies, strict=True))
        winner = next((change for change, reply in answered if reply.outcome == DONE), one)
        self._same_payment(winner, [reply for change, reply in answered if change is winner])
        self.other_inputs += SENDS_PER_KEY // 2
        self.not_refused += [str(r) for change, r in answered if change is not winner and r.outcome != _REUSED]

    async def _refused_and_corrected(self, change: Change, random: Random) -> None:
        """The refusals and the corrected sends come at once: no refusal may take the key, or give it away."""
        too_much = _with(change, amount="2000000.00", allocations=_allocated(change, "2000000.00"))
        changes = [change, too_much] * (SENDS_PER_KEY // 2)
        random.shuffle(changes)
        replies = await asyncio.gather(*(self.senders.settle(each) for each in changes))
        answered = list(zip(changes, replies, strict=True))
        self._same_payment(change, [reply for each, reply in answered if each is change])
        self.corrected += SENDS_PER_KEY // 2
        self.not_corrected += [str(reply) for each, reply in answered if each is change and reply.outcome != DONE]
        refusals = [reply for each, reply in answered if each is too_much]
        self.other_inputs += len(refusals)
        self.not_refused += [str(reply) for reply in refusals if reply.outcome not in ("OVERPAYMENT", _REUSED)]

    async def _given_up(self, change: Change, random: Random) -> None:
        """Clients that hang up at any moment, and ask what became of it by sending again."""
        moments = [random.uniform(0, _PATIENCE_SECONDS) for _ in range(SENDS_PER_KEY)]
        await asyncio.gather(*(self.senders.give_up(change, moment) for moment in moments))
        reply = await self.senders.settle(change)
        self.given_up += 1
        if reply.outcome != DONE:
            self.not_settled.append(str(reply))

    def _same_payment(self, change: Change, replies: list[Reply]) -> None:
        ids = {reply.payment_id if reply.outcome == DONE else reply.outcome for reply in replies}
        if len(ids) != 1:
            self.differing.append(f"{change.identity}: {sorted(ids)}")
        self.first_answers += [reply.outcome == DONE and not reply.replayed for reply in replies].count(True)

    async def _other_input_after(self, change: Change) -> None:
        for send in (self.senders.settle, self.senders.settle_by_rest):
            reply = await send(_with(change, note="Something else."))
            self.other_inputs += 1
            if reply.outcome != _REUSED:
                self.not_refused.append(str(reply))

    async def _other_user(self, change: Change) -> None:
        """Refused for its reference, not for its key: to another user the key is new."""
        reply = await self.senders.settle(replace(change, by="billing-admin"))
        self.other_users += 1
        if reply.outcome != "DUPLICATE_REFERENCE":
            self.not_independent.append(str(reply))


def _with(change: Change, **input: object) -> Change:
    return replace(change, input={**change.input, **input})


def _allocated(change: Change, amount: str) -> list[dict[str, str]]:
    return [{**allocation, "amount": amount} for allocation in change.input["allocations"]]
