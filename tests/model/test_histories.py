"""Random histories, told to the service and to the model at once: they never differ.

A difference names the seed of its history, and its steps. FIGURES=full, as `make torture` sets it, runs 2,000 of them;
MODEL_SEED is where they begin.
"""

import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from billing.db.tables import divisions, users
from billing.domain.identifiers import new_id
from tests.model.books import DONE, FORBIDDEN, Books, Person, Verdict
from tests.support.client import Client
from tests.support.integrity import assert_books_balance

SEQUENCES = 2_000 if os.environ.get("FIGURES") == "full" else 100
SEED = int(os.environ.get("MODEL_SEED", "40"))
STEPS_MAX = 40
_PLACES = {"USD": 2, "JPY": 0, "KWD": 3}
_SHOWN = "id number status total creditedAmount confirmedAmount pendingAmount outstanding"


@dataclass
class History:
    """One organisation of its own, its model, and who does what in it by the dice."""

    dice: random.Random
    client: Callable[[str], Client]
    clock: Callable[[datetime], None]
    now: datetime
    books: Books
    codes: list[str]
    ids: dict[str, UUID]
    people: list[Person]
    told: list[str] = field(default_factory=list)
    last: tuple[Person, str, str, dict[str, Any], str] | None = None

    async def run(self, steps: int) -> None:
        acts = [
            *[self.create] * 4,
            self.issue,
            self.delete,
            self.void,
            *[self.pay] * 6,
            *[self.end] * 6,
            *[self.reverse] * 2,
            *[self.credit] * 2,
            *[self.dispute] * 2,
            *[self.close] * 3,
            self.again,
            self.days_pass,
        ]
        for step in range(steps):
            await self.dice.choice(acts)()
            if step % 4 == 0:
                await self.compare(self.people[-1])
        for person in self.people:
            await self.compare(person)

    def person(self, act: str, payee: str, payer: str) -> Person:
        """Mostly somebody who may."""
        if self.dice.random() < 0.3:
            return self.dice.choice(self.people)
        fitting = [who for who in self.people if self.books.may(who, act, payee, payer) == DONE]
        return self.dice.choice(fitting)

    def amount(self, currency: str, most: Decimal) -> Decimal:
        """All of it, a part, or too much."""
        unit = Decimal(1).scaleb(-_PLACES[currency])
        kind = self.dice.random()
        if kind < 0.4 and most > 0:
            return most
        if kind < 0.85 and most > unit:
            return (most * Decimal(self.dice.randint(1, 99)) / 100).quantize(unit) or unit
        return most + unit

    async def tell(
        self, who: Person, mutation: str, fields: str, expected: Verdict, key: str | None = None, **input: Any
    ) -> Any:
        """The payload of a change that must be answered so; None where it is refused."""
        used = key or uuid4().hex
        answer = await self.client(who.name).change(mutation, fields, **input, idempotencyKey=used)
        self.told.append(f"{who.name}: {mutation} {input} -> {set(expected) or 'done'}")
        if expected == FORBIDDEN:
            assert answer.codes == ["FORBIDDEN"], (self.told, answer.body)
            return None
        assert answer.errors == [], (self.told, answer.body)
        assert {code for code, _ in answer.user_errors} == expected, (self.told, answer.body)
        if expected:
            return None
        if key is None:
            self.last = who, mutation, fields, input, used
        return answer.field

    async def create(self) -> None:
        payee, payer = self.dice.choice(self.codes), self.dice.choice(self.codes)
        currency, draft = self.dice.choice(list(_PLACES)), self.dice.random() < 0.2
        total = (
            Decimal(self.dice.randint(0, 20) * 1000)
            .scaleb(-_PLACES[currency])
            .quantize(Decimal(1).scaleb(-_PLACES[currency]))
        )
        fitting = [who for who in self.people if self.books.create(who, payee, payer) != FORBIDDEN]
        who = self.dice.choice(self.people if self.dice.random() < 0.2 else fitting)
        expected = self.books.create(who, payee, payer)
        made = await self.tell(
            who,
            "createBillingRecord",
            "billingRecord { id }",
            expected,
            fromDivisionId=str(self.ids[payee]),
            toDivisionId=str(self.ids[payer]),
            currency=currency,
            periodStart="2026-01-01",
            periodEnd="2026-01-31",
            lines=[{"name": "Support", "unit": "hour", "quantity": "1", "unitPrice": str(total)}],
            draft=draft,
        )
        if made is not None:
            self.books.created(made["billingRecord"]["id"], payee, payer, currency, total, draft)

    async def _on_record(self, act: str, mutation: str, ask: Callable[..., Verdict], **input: Any) -> None:
        if not self.books.records:
            return
        record = self.dice.choice(list(self.books.records.values()))
        who = self.person(act, record.payee, record.payer)
        shown = "deletedId" if act == "delete" else "billingRecord { id }"
        await self.tell(who, mutation, shown, ask(who, record), id=record.id, **input)

    async def issue(self) -> None:
        await self._on_record("issue", "issueBillingRecord", self.books.issue)

    async def delete(self) -> None:
        await self._on_record("delete", "deleteDraftBillingRecord", self.books.delete)

    async def void(self) -> None:
        await self._on_record("void", "voidBillingRecord", self.books.void, reason="Wrong.")

    async def pay(self) -> None:
        if not self.books.records:
            return
        first = self.dice.choice(list(self.books.records.values()))
        alike = [
            record
            for record in self.books.records.values()
            if (record.payee, record.payer, record.currency) == (first.payee, first.payer, first.currency)
            and record is not first
        ]
        chosen = [first, *self.dice.sample(alike, min(len(alike), self.dice.randint(0, 1)))]
        parts = {
            record.id: self.amount(record.currency, max(record.outstanding - record.pending, Decimal(0)))
            for record in chosen
        }
        who = self.person("pay", first.payee, first.payer)
        made = await self.tell(
            who,
            "recordPayment",
            "payment { id }",
            self.books.pay(who, parts),
            amount=str(sum(parts.values())),
            method="JOURNAL",
            reference=uuid4().hex,
            allocations=[{"billingRecordId": id, "amount": str(part)} for id, part in parts.items()],
        )
        if made is not None:
            self.books.paid(made["payment"]["id"], who, parts)

    async def end(self) -> None:
        if not self.books.payments:
            return
        payment = self.dice.choice(list(self.books.payments.values()))
        act = self.dice.choice(["confirm", "confirm", "confirm", "reject", "cancel"])
        who = self.person(act, payment.payee, payment.payer)
        reason = {} if act == "confirm" else {"reason": "So it is."}
        await self.tell(
            who, f"{act}Payment", "payment { id }", self.books.end(who, payment, act), id=payment.id, **reason
        )

    async def reverse(self) -> None:
        if not self.books.payments:
            return
        payment = self.dice.choice(list(self.books.payments.values()))
        who = self.person("reverse", payment.payee, payment.payer)
        expected = self.books.reverse(who, payment)
        await self.tell(who, "reversePayment", "payment { id }", expected, id=payment.id, reason="Not ours.")

    async def credit(self) -> None:
        if not self.books.records:
            return
        record = self.dice.choice(list(self.books.records.values()))
        most = max(record.outstanding - record.pending, Decimal(0))
        amount = None if self.dice.random() < 0.3 else self.amount(record.currency, most)
        who = self.person("credit", record.payee, record.payer)
        given = {} if amount is None else {"amount": str(amount)}
        expected = self.books.credit(who, record, amount)
        made = await self.tell(
            who,
            "issueCreditNote",
            "creditNote { number }",
            expected,
            billingRecordId=record.id,
            reason="Less.",
            **given,
        )
        if made is not None:
            series = f"{record.payee}-{self.now.year}-CN{self.books.credit_numbers[record.payee]:05d}"
            assert made["creditNote"]["number"] == series, self.told

    async def dispute(self) -> None:
        if not self.books.records:
            return
        record = self.dice.choice(list(self.books.records.values()))
        who = self.person("dispute", record.payee, record.payer)
        expected = self.books.dispute(who, record)
        made = await self.tell(
            who, "openDispute", "dispute { id }", expected, billingRecordId=record.id, reason="Not ordered."
        )
        if made is not None:
            self.books.disputed(made["dispute"]["id"], record)

    async def close(self) -> None:
        if not self.books.disputes:
            return
        dispute = self.dice.choice(list(self.books.disputes.values()))
        record, act = dispute.record, self.dice.choice(["WITHDRAWN", "REJECTED", "UPHELD"])
        who = self.person("withdraw" if act == "WITHDRAWN" else "resolve", record.payee, record.payer)
        most = max(record.outstanding - record.pending, Decimal(0))
        amount = self.amount(record.currency, most) if act == "UPHELD" and self.dice.random() < 0.5 else None
        expected = self.books.close(who, dispute, act, amount)
        if act == "WITHDRAWN":
            await self.tell(who, "withdrawDispute", "dispute { id }", expected, id=dispute.id)
            return
        given = {} if amount is None else {"creditAmount": str(amount)}
        await self.tell(
            who, "resolveDispute", "dispute { id }", expected, id=dispute.id, resolution=act, note="Decided.", **given
        )

    async def again(self) -> None:
        """The last change that was made is sent again: with the same input a replay, with another a refusal."""
        if self.last is None:
            return
        who, mutation, fields, input, key = self.last
        replay = await self.tell(who, mutation, fields, DONE, key=key, **input)
        assert replay["replayed"] is True, self.told
        if "reason" in input:
            other = {**input, "reason": "Another reason."}
            await self.tell(who, mutation, fields, frozenset({"IDEMPOTENCY_KEY_REUSED"}), key=key, **other)

    async def days_pass(self) -> None:
        self.now += timedelta(days=self.dice.randint(1, 20))
        if self.now.year > self.books.today.year:
            return  # Series of numbers begin anew with the year; one year is enough here.
        self.clock(self.now)
        self.books.today = self.now.date()

    async def compare(self, person: Person) -> None:
        """What a person sees of this organisation is what the model says, to the last amount."""
        ours = [str(id) for id in self.ids.values()]
        answer = await self.client(person.name).run(
            f"query($ours: [ID!]!) {{ billingRecords(first: 100, filter: {{fromDivisionId: {{in: $ours}}}}) "
            f"{{ totalCount nodes {{ {_SHOWN} }} }} }}",
            ours=ours,
        )
        seen = {record["id"]: record for record in answer.field["nodes"]}
        expected = {id: self._as_shown(id) for id in self.books.visible(person)}
        assert seen == expected, (person.name, self.told)
        assert answer.field["totalCount"] == len(expected), self.told

    def _as_shown(self, id: str) -> dict[str, Any]:
        record = self.books.records[id]

        def money(value: Decimal) -> str:
            return f"{value:.{_PLACES[record.currency]}f}"

        return {
            "id": id,
            "number": record.number,
            "status": record.status(self.books.today),
            "total": money(record.total),
            "creditedAmount": money(record.credited),
            "confirmedAmount": money(record.confirmed),
            "pendingAmount": money(record.pending),
            "outstanding": money(record.outstanding),
        }


async def _found(owner: AsyncEngine, number: int) -> tuple[list[str], dict[str, UUID], list[Person]]:
    """Three divisions of their own with their coordinators, and somebody of each role for them."""
    codes = [f"M{number}{letter}" for letter in "ABC"]
    ids = {code: new_id() for code in codes}
    people = [Person(f"coordinator-{code.lower()}", "COORDINATOR", code) for code in codes]
    people += [Person(f"second-{codes[0].lower()}", "COORDINATOR", codes[0])]
    roles: Sequence[str] = ("ANALYST", "BILLING_ADMIN", "ADMIN", "SUPERADMIN")
    people += [Person(f"{role.lower()}-m{number}", role) for role in roles]
    async with owner.begin() as connection:
        await connection.execute(
            insert(divisions), [{"id": id, "code": code, "name": code} for code, id in ids.items()]
        )
        await connection.execute(
            insert(users),
            [
                {
                    "id": new_id(),
                    "name": who.name,
                    "display_name": who.name,
                    "role": who.role,
                    "division_id": None if who.division is None else ids[who.division],
                }
                for who in people
            ],
        )
    return codes, ids, people


@pytest.mark.usefixtures("world")
async def test_no_history_differs_from_the_model(
    client: Callable[[str], Client],
    owner: AsyncEngine,
    at: Callable[[datetime], None],
    record_property: Callable[[str, object], None],
) -> None:
    steps = 0
    for number in range(SEQUENCES):
        seed = SEED + number
        dice = random.Random(seed)
        now = datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=dice.randint(0, 60))
        at(now)
        history = History(dice, client, at, now, Books(now.date()), *await _found(owner, number))
        try:
            await history.run(length := dice.randint(5, STEPS_MAX))
        except AssertionError as error:
            error.add_note(f"seed {seed}")
            raise
        steps += length
    async with owner.connect() as connection:
        await assert_books_balance(connection)
    record_property("histories compared with the model", SEQUENCES)
    record_property("steps of these histories", steps)


def test_the_model_counts_overdue_days_itself() -> None:
    books = Books(date(2026, 1, 1))
    books.created("r", "A", "B", "USD", Decimal("1.00"), draft=False)

    books.today = date(2026, 2, 1)

    assert books.records["r"].status(books.today) == "OVERDUE"
