"""People who send changes, again and again where they are told to, and keep count of what they were answered."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import httpx

from tests.support.client import Answer
from tests.support.make import key
from tests.torture.findings import Findings
from tests.torture.site import Site

DONE: Final = "done"
REPLAYED: Final = "replayed"
LOST: Final = "lost"
"""No answer came: the request may have been carried out or not."""
AGAIN: Final = {LOST, "SERVICE_UNAVAILABLE", "DEADLINE_EXCEEDED", "IN_PROGRESS"}
"""After these a client sends the same request again, with the same key."""
AUTHORISATION: Final = {"FORBIDDEN", "FOUR_EYES"}

_TRIES_MAX: Final = 100
_PAUSE_SECONDS: Final = 0.1

PAYMENT: Final = "payment { id status } billingRecords { id total creditedAmount confirmedAmount pendingAmount }"


@dataclass(frozen=True)
class Change:
    """One mutation as somebody sends it, as often as it takes."""

    by: str
    mutation: str
    input: dict[str, Any]
    fields: str = PAYMENT

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes it one change, however often it is sent."""
        return self.by, self.mutation, self.input["idempotencyKey"]


@dataclass(frozen=True)
class Reply:
    """What came of one send: done, a code, or nothing."""

    outcome: str
    replayed: bool = False
    payload: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def payment_id(self) -> str:
        return str(self.payload["payment"]["id"])


@dataclass
class Senders:
    """Everybody who sends during one load."""

    site: Site
    outcomes: Counter[str] = field(default_factory=Counter)
    """How many sends ended how, replays apart."""
    made: set[tuple[str, str, str]] = field(default_factory=set)
    """The changes that were acknowledged."""

    async def send(self, change: Change) -> Reply:
        """Once, by GraphQL."""
        return await self._note(change, _by_graphql(self.site, change))

    async def give_up(self, change: Change, seconds: float) -> Reply:
        """Once, and the client hangs up after so long."""

        async def impatient() -> Reply:
            async with asyncio.timeout(seconds):
                return await _by_graphql(self.site, change)

        return await self._note(change, impatient())

    async def settle(self, change: Change) -> Reply:
        """Until it is known what became of it."""
        return await self._settle(change, _by_graphql)

    async def settle_by_rest(self, change: Change) -> Reply:
        """The same by REST, for recording payments."""
        return await self._settle(change, _by_rest)

    async def _settle(self, change: Change, door: Callable[[Site, Change], Awaitable[Reply]]) -> Reply:
        for _ in range(_TRIES_MAX):
            reply = await self._note(change, door(self.site, change))
            if reply.outcome not in AGAIN:
                return reply
            await asyncio.sleep(_PAUSE_SECONDS)  # The service says Retry-After; it has no event to wait for.
        raise AssertionError(f"{change.mutation} was not settled by {_TRIES_MAX} sends: {reply}")

    async def _note(self, change: Change, sent: Awaitable[Reply]) -> Reply:
        try:
            reply = await sent
        except (httpx.TransportError, TimeoutError, ValueError):  # Cut off, also within the body.
            reply = Reply(LOST)
        self.outcomes[REPLAYED if reply.replayed else reply.outcome] += 1
        if reply.outcome == DONE:
            self.made.add(change.identity)
        return reply

    @property
    def refused_by_right(self) -> int:
        return sum(self.outcomes[code] for code in AUTHORISATION)

    def tell(self, promise: str, findings: Findings, expected: Collection[str]) -> None:
        """How the sends ended; any end but these, a replay and what is sent again is one too many."""
        counted = ", ".join(f"{count:,} {outcome}" for outcome, count in self.outcomes.most_common())
        findings.told(promise, "answers", counted)
        others = {outcome: n for outcome, n in self.outcomes.items() if outcome not in {*expected, *AGAIN, REPLAYED}}
        findings.none(promise, "answers of another kind", others.items(), of=self.outcomes.total())


async def _by_graphql(site: Site, change: Change) -> Reply:
    return read(await site.service.client(change.by).change(change.mutation, change.fields, **change.input))


async def _by_rest(site: Site, change: Change) -> Reply:
    assert change.mutation == "recordPayment"
    body = {name: value for name, value in change.input.items() if name != "idempotencyKey"}
    body["method"] = body["method"].lower()
    caller = site.service.rest(change.by)
    answer = await caller.post("/billing/payments", body, key=change.input["idempotencyKey"])
    if "errors" in answer.body:
        return Reply(answer.body["errors"][0]["code"])
    assert answer.status == 201, answer
    return Reply(DONE, "Idempotent-Replayed" in answer.headers, {"payment": answer.data})


def read(answer: Answer) -> Reply:
    """The outcome of a mutation; of several top-level errors the one that should never be."""
    if answer.errors:
        return Reply("INTERNAL" if "INTERNAL" in answer.codes else answer.codes[0])
    payload = answer.field
    codes = [error["code"] for error in payload["userErrors"]]
    return Reply(codes[0] if codes else DONE, payload["replayed"], payload)


def pay(record_ids: list[str], part: str, amount: str, by: str = "coordinator-mkt") -> Change:
    """So much of each record; `amount` is the sum."""
    return Change(
        by,
        "recordPayment",
        {
            "amount": amount,
            "method": "INTERNAL_TRANSFER",
            "reference": key(),
            "allocations": [{"billingRecordId": id, "amount": part} for id in record_ids],
            "idempotencyKey": key(),
        },
    )


def confirm(payment_id: str, by: str = "coordinator-it") -> Change:
    return Change(by, "confirmPayment", {"id": payment_id, "idempotencyKey": key()})


def cancel(payment_id: str, by: str = "coordinator-mkt") -> Change:
    return Change(by, "cancelPayment", {"id": payment_id, "idempotencyKey": key()})


def reverse(payment_id: str, by: str = "billing-admin") -> Change:
    return Change(by, "reversePayment", {"id": payment_id, "reason": "It came back.", "idempotencyKey": key()})
