"""The ledger: what each fact posts, on which accounts of which side, on which day, and what points at what."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.berlin import Berlin
from tests.support.client import Client
from tests.support.database import Database
from tests.support.forms import charge, line, pay
from tests.support.make import Make, key
from tests.support.postings import Entry, Posting, Postings
from tests.support.world import World

People = Callable[[str], Client]


def charged(amount: str, minus: str = "-", plus: str = "") -> list[Entry]:
    """What an issue posts: IT is owed, Marketing owes."""
    return [
        ("IT", "RECEIVABLE", f"{plus}{amount}"),
        ("IT", "REVENUE", f"{minus}{amount}"),
        ("MKT", "EXPENSE", f"{plus}{amount}"),
        ("MKT", "PAYABLE", f"{minus}{amount}"),
    ]


def paid(amount: str, minus: str = "-", plus: str = "") -> list[Entry]:
    """What a confirmation posts for each record: the money is there, and so much less is owed."""
    return [
        ("IT", "SETTLEMENT", f"{plus}{amount}"),
        ("IT", "RECEIVABLE", f"{minus}{amount}"),
        ("MKT", "PAYABLE", f"{plus}{amount}"),
        ("MKT", "SETTLEMENT", f"{minus}{amount}"),
    ]


def undone(entries: list[Entry]) -> list[Entry]:
    """Each debit a credit and the other way round."""
    return [
        (code, account, amount.removeprefix("-") if amount.startswith("-") else f"-{amount}")
        for code, account, amount in entries
    ]


def facts(postings: list[Posting]) -> list[tuple[str, str | None, list[Entry]]]:
    """Kind, kind of what is corrected, and entries."""
    return [(posting.kind, posting.corrects, posting.entries) for posting in postings]


async def test_an_issue_is_posted_on_both_sides(make: Make, postings: Postings) -> None:
    record = await make.record("100.00", by="coordinator-it")

    (posted,) = await postings()

    assert (posted.kind, posted.corrects, posted.entries) == ("ISSUE", None, charged("100.00"))
    assert (posted.by, str(posted.of), posted.posted_on) == ("coordinator-it", record["id"], record["issueDate"])
    assert {str(id) for id in posted.records} == {record["id"]}


async def test_a_draft_is_posted_when_it_is_issued(client: People, make: Make, postings: Postings) -> None:
    draft = await make.record("70.00", draft=True)
    assert await postings() == []

    await client("coordinator-it").change("issueBillingRecord", "", id=draft["id"], idempotencyKey=key())

    assert facts(await postings()) == [("ISSUE", None, charged("70.00"))]


async def test_a_record_of_nothing_is_posted_too(make: Make, postings: Postings) -> None:
    """So that every issued record has its posting, and a void one its counter-posting."""
    record = await make.record("0.00")
    await make.void(record)

    assert facts(await postings()) == [
        ("ISSUE", None, charged("0.00", minus="")),
        ("VOID", "ISSUE", charged("0.00", minus="")),
    ]


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "12345"), ("KWD", "12.345"), ("USD", "12.34")])
async def test_amounts_are_posted_with_the_places_of_their_currency(
    make: Make, postings: Postings, currency: str, amount: str
) -> None:
    record = await make.record(amount, currency=currency)
    payment = await make.payment(record, "1" if currency == "JPY" else "0.01", confirmed_by="coordinator-it")
    await make.credit(record)

    issue, confirmation, credit = await postings()

    rest = {"JPY": "12344", "KWD": "12.335", "USD": "12.33"}[currency]
    assert issue.entries == charged(amount)
    assert confirmation.entries == paid(payment["amount"])
    assert credit.entries == undone(charged(rest))
    assert payment["amount"] == {"JPY": "1", "KWD": "0.010", "USD": "0.01"}[currency]


async def test_what_was_void_is_posted_back_and_points_at_its_issue(make: Make, postings: Postings) -> None:
    record = await make.record("80.00")
    await make.void(record, by="coordinator-it")

    issue, void = await postings()

    assert (void.kind, void.corrects, void.entries) == ("VOID", "ISSUE", undone(issue.entries))
    assert (str(void.of), void.by) == (record["id"], "coordinator-it")


async def test_a_payment_is_posted_when_it_is_confirmed_for_each_record_in_the_payers_order(
    client: People, make: Make, postings: Postings
) -> None:
    one, two = await make.record("10.00"), await make.record("20.00")
    recorded = await client("coordinator-mkt").change(
        "recordPayment", "payment { id }", **pay((two, "20.00"), (one, "4.00"), amount="24.00")
    )
    assert len(await postings()) == 2  # The issues; what is pending is not posted.

    await client("coordinator-it").change(
        "confirmPayment", "", id=recorded.field["payment"]["id"], idempotencyKey=key()
    )

    posted = (await postings())[2]
    assert (posted.kind, posted.corrects, posted.by) == ("CONFIRMATION", None, "coordinator-it")
    assert posted.entries == [*paid("20.00"), *paid("4.00")]
    assert [str(id) for id in posted.records] == [two["id"]] * 4 + [one["id"]] * 4
    assert str(posted.of) == recorded.field["payment"]["id"]


@pytest.mark.parametrize("mutation", ["rejectPayment", "cancelPayment"])
async def test_a_payment_that_comes_to_nothing_is_not_posted(
    client: People, make: Make, postings: Postings, mutation: str
) -> None:
    payment = await make.payment(await make.record())
    who = {"rejectPayment": "coordinator-it", "cancelPayment": "coordinator-mkt"}[mutation]

    answer = await client(who).change(mutation, "", id=payment["id"], reason="No.", idempotencyKey=key())

    assert answer.user_errors == []
    assert [posting.kind for posting in await postings()] == ["ISSUE"]


async def test_payments_confirmed_together_are_posted_each_by_itself(
    client: People, make: Make, postings: Postings
) -> None:
    record = await make.record()
    payments = [await make.payment(record, amount) for amount in ("10.00", "20.00")]

    await client("coordinator-it").change(
        "confirmBillingRecordPayment", "", billingRecordId=record["id"], idempotencyKey=key()
    )

    posted = (await postings())[1:]
    assert facts(posted) == [("CONFIRMATION", None, paid("10.00")), ("CONFIRMATION", None, paid("20.00"))]
    assert [str(posting.of) for posting in posted] == [payment["id"] for payment in payments]


async def test_a_reversal_is_posted_back_and_points_at_the_confirmation(
    client: People, make: Make, postings: Postings
) -> None:
    one, two = await make.record("10.00"), await make.record("20.00")
    recorded = await client("coordinator-mkt").change(
        "recordPayment", "payment { id }", **pay((two, "20.00"), (one, "4.00"), amount="24.00")
    )
    payment = recorded.field["payment"]
    await client("coordinator-it").change("confirmPayment", "", id=payment["id"], idempotencyKey=key())

    await make.reversal(payment, by="billing-admin-2")

    confirmation, reversal = (await postings())[2:]
    assert (reversal.kind, reversal.corrects, reversal.by) == ("REVERSAL", "CONFIRMATION", "billing-admin-2")
    assert reversal.entries == undone(confirmation.entries)
    assert (reversal.records, reversal.of) == (confirmation.records, confirmation.of)


async def test_a_credit_is_posted_against_the_issue_with_its_own_amount(make: Make, postings: Postings) -> None:
    record = await make.record("100.00")
    notes = [await make.credit(record, "30.00"), await make.credit(record, "0.01")]

    posted = (await postings())[1:]

    assert facts(posted) == [
        ("CREDIT", "ISSUE", undone(charged("30.00"))),
        ("CREDIT", "ISSUE", undone(charged("0.01"))),
    ]
    assert [str(posting.of) for posting in posted] == [note["id"] for note in notes]


async def test_the_credit_of_a_dispute_that_is_upheld_is_posted(client: People, make: Make, postings: Postings) -> None:
    record = await make.record("100.00")
    dispute = await make.dispute(record)

    await client("coordinator-it").change(
        "resolveDispute",
        "",
        id=dispute["id"],
        resolution="UPHELD",
        note="So it is.",
        creditAmount="25.00",
        idempotencyKey=key(),
    )

    assert facts((await postings())[1:]) == [("CREDIT", "ISSUE", undone(charged("25.00")))]


async def test_records_made_at_once_are_posted_each_by_itself_in_the_order_of_their_numbers(
    client: People, world: World, postings: Postings
) -> None:
    records = [charge(world, lines=[line(f"{amount}.00")]) for amount in (3, 1, 2)]
    for record in records:
        del record["idempotencyKey"]
    records[1]["draft"] = True

    answer = await client("coordinator-it").change(
        "createBillingRecords",
        "results { billingRecord { id } }",
        records=records,
        onError="REJECT_ALL",
        idempotencyKey=key(),
    )

    ids = [result["billingRecord"]["id"] for result in answer.field["results"]]
    posted = await postings()
    assert facts(posted) == [("ISSUE", None, charged("3.00")), ("ISSUE", None, charged("2.00"))]
    assert [str(posting.of) for posting in posted] == [ids[0], ids[2]]


async def test_each_posting_is_of_the_local_day_of_its_fact(berlin: Berlin, postings: Postings) -> None:
    """Half past midnight in Berlin is still the day before in Greenwich."""
    make = berlin.make
    berlin.at("2026-03-10 00:30:00")
    record, wrong = await make.record("100.00"), await make.record("1.00")
    payment = await make.payment(record, "60.00")
    berlin.at("2026-03-11 00:30:00")
    await berlin.client("coordinator-it").change("confirmPayment", "", id=payment["id"], idempotencyKey=key())
    berlin.at("2026-03-12 00:30:00")
    await make.void(wrong)
    berlin.at("2026-03-31 00:30:00")  # Two hours ahead of Greenwich by now.
    await make.credit(record, "5.00")
    berlin.at("2026-03-31 23:59:59")
    await make.reversal(payment)

    assert [(posting.kind, posting.posted_on) for posting in await postings()] == [
        ("ISSUE", "2026-03-10"),
        ("ISSUE", "2026-03-10"),
        ("CONFIRMATION", "2026-03-11"),
        ("VOID", "2026-03-12"),
        ("CREDIT", "2026-03-31"),
        ("REVERSAL", "2026-03-31"),
    ]


async def test_the_ledger_tells_what_the_records_say(
    client: People, make: Make, database: Database, postings: Postings
) -> None:
    """After one of everything: the balance of each account, and of each record what is owed."""
    partly, settled = await make.record("100.00"), await make.record("50.00")
    undone_, wrong = await make.record("20.00"), await make.record("7.00")
    await make.payment(partly, "30.00", confirmed_by="coordinator-it")
    await make.payment(partly, "10.00")
    await make.credit(partly, "15.00")
    await make.payment(settled, "45.00", confirmed_by="coordinator-it")
    await make.credit(settled)
    await make.reversal(await make.payment(undone_, confirmed_by="coordinator-it"))
    await make.void(wrong)

    balances: Counter[tuple[str, str]] = Counter()
    for posting in await postings():
        for code, account, amount in posting.entries:
            balances[code, account] += Decimal(amount)  # type: ignore[assignment]  # Counts money.

    assert balances == {
        ("IT", "RECEIVABLE"): Decimal("75.00"),
        ("IT", "REVENUE"): Decimal("-150.00"),
        ("IT", "SETTLEMENT"): Decimal("75.00"),
        ("MKT", "EXPENSE"): Decimal("150.00"),
        ("MKT", "PAYABLE"): Decimal("-75.00"),
        ("MKT", "SETTLEMENT"): Decimal("-75.00"),
    }
    assert await _owed(database) == {
        record["number"]: Decimal((await make.read(record))["outstanding"])
        for record in (partly, settled, undone_, wrong)
    }


async def _owed(database: Database) -> dict[str, Any]:
    """What each record's entries leave on the receivable."""
    statement = text("""
        SELECT r.number, sum(e.amount) FILTER (WHERE e.account = 'RECEIVABLE') AS owed FROM ledger_entries AS e
        JOIN billing_records AS r ON r.id = e.billing_record_id GROUP BY r.number
    """)
    async with database.owner.connect() as connection:
        return {row.number: row.owed for row in await connection.execute(statement)}
