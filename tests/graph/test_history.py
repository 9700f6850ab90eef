"""The history of a record: what happened to it, in order, told to both sides alike, and nothing that is not theirs."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.client import Client
from tests.support.forms import charge, pay
from tests.support.make import Make, key
from tests.support.world import World

People = Callable[[str], Client]
At = Callable[[datetime], None]

EVENT = """event at currency amount text dueDateBefore dueDate actor { displayName } payment { id status }
           creditNote { number } dispute { id status } replacement { number }"""


async def history(client: Client, record: dict[str, Any], fields: str = EVENT) -> list[dict[str, Any]]:
    answer = await client.run(
        f"query($id: ID!) {{ billingRecord(id: $id) {{ history {{ {fields} }} }} }}", id=record["id"]
    )
    events: list[dict[str, Any]] = answer.field["history"]
    return events


async def names(client: Client, record: dict[str, Any]) -> list[str]:
    return [event["event"] for event in await history(client, record, "event")]


def told(event: dict[str, Any]) -> dict[str, Any]:
    """What an event says beyond its kind, moment, person and currency."""
    always = ("event", "at", "currency", "actor")
    return {name: value for name, value in event.items() if name not in always and value is not None}


async def test_the_whole_life_of_a_record_is_told_in_order(client: People, make: Make, at: At) -> None:
    it, mkt, admin = client("coordinator-it"), client("coordinator-mkt"), client("billing-admin")

    def day(number: int) -> str:
        moment = datetime(2026, 1, number, 9, tzinfo=UTC)
        at(moment)
        return moment.isoformat().replace("+00:00", "Z")

    days = [day(1)]
    draft = await make.record("100.00", by="coordinator-it", draft=True, dueDate="2026-02-28")
    days.append(day(2))
    issued = await it.change("issueBillingRecord", "billingRecord { id }", id=draft["id"], idempotencyKey=key())
    record = issued.field["billingRecord"]
    days.append(day(3))
    await it.change("updateBillingRecord", "", id=record["id"], version=2, dueDate="2026-03-31", fromNote="Ours.")
    days.append(day(4))
    first = (await mkt.change("recordPayment", "payment { id }", **pay(({**draft}, "30.00")))).field["payment"]
    days.append(day(5))
    await it.change("rejectPayment", "", id=first["id"], reason="It never came.", idempotencyKey=key())
    days.append(day(6))
    second = (await mkt.change("recordPayment", "payment { id }", **pay((draft, "40.00")))).field["payment"]
    days.append(day(7))
    await it.change("confirmPayment", "", id=second["id"], idempotencyKey=key())
    days.append(day(8))
    third = (await mkt.change("recordPayment", "payment { id }", **pay((draft, "1.00")))).field["payment"]
    days.append(day(9))
    await mkt.change("cancelPayment", "", id=third["id"], reason="Mistyped.", idempotencyKey=key())
    days.append(day(10))
    await admin.change("reversePayment", "", id=second["id"], reason="Sent back.", idempotencyKey=key())
    days.append(day(11))
    dispute = await make.dispute(record)
    days.append(day(12))
    upheld = await it.change(
        "resolveDispute",
        "creditNote { number }",
        id=dispute["id"],
        resolution="UPHELD",
        note="So it is.",
        creditAmount="60.00",
        idempotencyKey=key(),
    )
    number = upheld.field["creditNote"]["number"]

    events = await history(client("analyst"), record)

    assert [(event["event"], event["at"], event["actor"]["displayName"]) for event in events] == [
        ("CREATED", days[0], "Coordinator-It"),
        ("ISSUED", days[1], "Coordinator-It"),
        ("DUE_DATE_CHANGED", days[2], "Coordinator-It"),
        ("PAYMENT_RECORDED", days[3], "Coordinator-Mkt"),
        ("PAYMENT_REJECTED", days[4], "Coordinator-It"),
        ("PAYMENT_RECORDED", days[5], "Coordinator-Mkt"),
        ("PAYMENT_CONFIRMED", days[6], "Coordinator-It"),
        ("PAYMENT_RECORDED", days[7], "Coordinator-Mkt"),
        ("PAYMENT_CANCELLED", days[8], "Coordinator-Mkt"),
        ("PAYMENT_REVERSED", days[9], "Billing-Admin"),
        ("DISPUTE_OPENED", days[10], "Coordinator-Mkt"),
        ("DISPUTE_UPHELD", days[11], "Coordinator-It"),
        ("CREDITED", days[11], "Coordinator-It"),
    ]
    rejected, reversed_, cancelled = (
        {"id": payment["id"], "status": status}
        for payment, status in ((first, "REJECTED"), (second, "REVERSED"), (third, "CANCELLED"))
    )
    about = {"id": dispute["id"], "status": "UPHELD"}
    assert [told(event) for event in events] == [
        {},
        {"amount": "100.00"},
        {"dueDateBefore": "2026-02-28", "dueDate": "2026-03-31"},
        {"amount": "30.00", "payment": rejected},
        {"amount": "30.00", "payment": rejected, "text": "It never came."},
        {"amount": "40.00", "payment": reversed_},
        {"amount": "40.00", "payment": reversed_},
        {"amount": "1.00", "payment": cancelled},
        {"amount": "1.00", "payment": cancelled, "text": "Mistyped."},
        {"amount": "40.00", "payment": reversed_, "text": "Sent back."},
        {"dispute": about, "text": "We never ordered this."},
        {"dispute": about, "text": "So it is."},
        {"amount": "60.00", "creditNote": {"number": number}, "text": "So it is."},
    ]
    assert {event["currency"] for event in events} == {"USD"}


async def test_both_sides_are_told_the_same(client: People, make: Make) -> None:
    record = await make.record("100.00", by="coordinator-it", fromNote="Ours.", fromGlCode="GL-IT")
    await client("coordinator-mkt").change(
        "updateBillingRecord", "", id=record["id"], version=1, toNote="Theirs.", toGlCode="GL-MKT"
    )
    await make.payment(record, "10.00", confirmed_by="coordinator-it")
    await make.credit(record, "5.00")
    dispute = await make.dispute(record)
    await client("coordinator-mkt").change("withdrawDispute", "", id=dispute["id"], idempotencyKey=key())

    told_to = {
        who: await history(client(who), record) for who in ("coordinator-it", "coordinator-mkt", "analyst", "admin")
    }

    assert told_to["coordinator-it"] == told_to["coordinator-mkt"] == told_to["analyst"] == told_to["admin"]
    assert [event["event"] for event in told_to["coordinator-it"]] == [
        "CREATED",
        "ISSUED",
        "PAYMENT_RECORDED",
        "PAYMENT_CONFIRMED",
        "CREDITED",
        "DISPUTE_OPENED",
        "DISPUTE_WITHDRAWN",
    ]
    text = str(told_to)
    assert not [note for note in ("Ours.", "Theirs.", "GL-IT", "GL-MKT") if note in text]


async def test_a_void_record_and_the_one_in_its_place_tell_of_each_other_once(
    client: People, make: Make, world: World
) -> None:
    void = await make.void(await make.record())
    answer = await client("coordinator-it").change(
        "createBillingRecord", "billingRecord { id number }", **charge(world, replacesId=void["id"])
    )
    made = answer.field["billingRecord"]

    events = await history(client("coordinator-mkt"), void)

    assert [event["event"] for event in events] == ["CREATED", "ISSUED", "VOIDED", "REPLACED"]
    assert [told(event) for event in events[2:]] == [
        {"text": "Twice."},
        {"replacement": {"number": made["number"]}},
    ]
    assert await names(client("coordinator-mkt"), made) == ["CREATED", "ISSUED"]


async def test_a_dispute_that_is_rejected_is_told_with_its_words(client: People, make: Make) -> None:
    record = await make.record()
    dispute = await make.dispute(record)
    await client("coordinator-it").change(
        "resolveDispute", "", id=dispute["id"], resolution="REJECTED", note="We looked it up.", idempotencyKey=key()
    )

    last = (await history(client("coordinator-mkt"), record))[-1]

    assert (last["event"], told(last)) == (
        "DISPUTE_REJECTED",
        {"dispute": {"id": dispute["id"], "status": "REJECTED"}, "text": "We looked it up."},
    )


async def test_a_payment_of_several_records_is_told_to_each_with_its_own_part(client: People, make: Make) -> None:
    one, two = await make.record("10.00"), await make.record("20.00")
    await client("coordinator-mkt").change("recordPayment", "", **pay((one, "1.00"), (two, "2.00"), amount="3.00"))

    events = [(await history(client("coordinator-it"), record))[-1] for record in (one, two)]

    assert [(event["event"], event["amount"]) for event in events] == [
        ("PAYMENT_RECORDED", "1.00"),
        ("PAYMENT_RECORDED", "2.00"),
    ]


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "7"), ("KWD", "7.000")])
async def test_amounts_have_the_places_of_their_currency(
    client: People, make: Make, currency: str, amount: str
) -> None:
    record = await make.record("7", currency=currency)

    issued = (await history(client("analyst"), record))[1]

    assert (issued["amount"], issued["currency"]) == (amount, currency)


async def test_of_a_record_that_one_does_not_see_there_is_no_history(client: People, make: Make) -> None:
    record = await make.record()
    await make.payment(record, "1.00")

    answer = await client("coordinator-hr").run(
        f"query($id: ID!) {{ billingRecord(id: $id) {{ history {{ {EVENT} }} }} "
        f"billingRecords {{ nodes {{ history {{ {EVENT} }} }} }} }}",
        id=record["id"],
    )

    assert answer.data == {"billingRecord": None, "billingRecords": {"nodes": []}}


async def test_whoever_moves_to_another_division_is_told_nothing_more(client: People, make: Make, world: World) -> None:
    record = await make.record()
    assert await names(client("coordinator-mkt"), record) == ["CREATED", "ISSUED"]
    hr = str(world.divisions["HR"])
    mkt = str(world.users["coordinator-mkt"])
    await client("admin").change("assignRole", "", id=mkt, version=1, role="COORDINATOR", divisionId=hr)

    answer = await client("coordinator-mkt").run(
        "query($id: ID!) { billingRecord(id: $id) { history { event } } }", id=record["id"]
    )

    assert answer.field is None


async def test_the_history_of_many_records_stays_with_each(client: People, make: Make) -> None:
    plain, paid, draft = await make.record(), await make.record(), await make.record(draft=True)
    await make.payment(paid, "1.00")

    answer = await client("analyst").run("{ billingRecords { nodes { id history { event } } } }")

    assert {node["id"]: [event["event"] for event in node["history"]] for node in answer.field["nodes"]} == {
        plain["id"]: ["CREATED", "ISSUED"],
        paid["id"]: ["CREATED", "ISSUED", "PAYMENT_RECORDED"],
        draft["id"]: ["CREATED"],
    }
