"""Changes of many things at once: all or none, or those that can be; a result per item in order, one key for all."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from billing.db.tables import audit_events, idempotency_keys
from tests.support.client import Answer, Client
from tests.support.database import Database
from tests.support.forms import charge, line
from tests.support.make import RECORD, Make, key
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]
At = Callable[[datetime], None]

MODES = ["REJECT_ALL", "SKIP_FAILED"]
ITEM = "index userErrors { field message code }"


def charges(world: World, *amounts: str, **also: Any) -> list[dict[str, Any]]:
    """One charge for each amount."""
    forms = [charge(world, lines=[line(amount)], **also) for amount in amounts]
    return [{name: value for name, value in form.items() if name != "idempotencyKey"} for form in forms]


async def create(client: Client, records: list[dict[str, Any]], on_error: str = "REJECT_ALL", **also: Any) -> Answer:
    given = {"records": records, "onError": on_error, "idempotencyKey": key(), **also}
    return await client.change("createBillingRecords", f"results {{ {ITEM} billingRecord {{ {RECORD} }} }}", **given)


async def confirm(client: Client, ids: list[str], on_error: str = "REJECT_ALL", **also: Any) -> Answer:
    given = {"ids": ids, "onError": on_error, "idempotencyKey": key(), **also}
    fields = f"results {{ {ITEM} payment {{ id status }} }} billingRecords {{ {RECORD} }}"
    return await client.change("confirmPayments", fields, **given)


def made(answer: Answer, what: str = "billingRecord") -> list[Any]:
    """What each item made or changed, in order; None where it was refused."""
    results = answer.field["results"]
    assert [result["index"] for result in results] == list(range(len(results)))
    return [result[what] for result in results]


def item_errors(answer: Answer) -> list[list[tuple[str, list[str] | None]]]:
    """Code and field of each fault of each item."""
    return [[(error["code"], error["field"]) for error in item["userErrors"]] for item in answer.field["results"]]


async def payments(make: Make, count: int) -> list[dict[str, Any]]:
    return [await make.payment(await make.record("10.00")) for _ in range(count)]


async def test_records_are_made_in_the_order_they_were_sent(client: People, world: World, at: At) -> None:
    at(datetime(2026, 4, 1, tzinfo=UTC))
    sent = charges(world, "3.00", "1.00", "2.00")
    sent[1]["draft"] = True

    answer = await create(client("coordinator-it"), sent)

    assert (answer.user_errors, answer.field["replayed"], item_errors(answer)) == ([], False, [[], [], []])
    assert [(record["number"], record["status"], record["total"]) for record in made(answer)] == [
        ("IT-2026-00001", "PENDING", "3.00"),
        (None, "DRAFT", "1.00"),
        ("IT-2026-00002", "PENDING", "2.00"),
    ]


async def test_payments_are_confirmed_in_the_order_they_were_sent(client: People, make: Make) -> None:
    first, second, third = await payments(make, 3)

    answer = await confirm(client("coordinator-it"), [third["id"], first["id"], second["id"]])

    assert (answer.user_errors, item_errors(answer)) == ([], [[], [], []])
    assert made(answer, "payment") == [
        {"id": payment["id"], "status": "CONFIRMED"} for payment in (third, first, second)
    ]
    assert [record["status"] for record in answer.field["billingRecords"]] == ["PAID"] * 3


async def test_several_payments_of_one_record_are_confirmed_at_once(client: People, make: Make) -> None:
    record = await make.record("100.00")
    parts = [await make.payment(record, amount) for amount in ("10.00", "20.00", "30.00")]

    answer = await confirm(client("coordinator-it"), [part["id"] for part in parts])

    (touched,) = answer.field["billingRecords"]
    assert (touched["id"], touched["confirmedAmount"], touched["pendingAmount"]) == (record["id"], "60.00", "0.00")


async def test_each_record_of_many_has_its_own_parties_prices_and_currency(client: People, world: World) -> None:
    it, hr = str(world.divisions["IT"]), str(world.divisions["HR"])
    laptop = [{"catalogItemId": str(world.laptop), "quantity": "2"}]
    sent = [
        *charges(world, "500", currency="JPY"),
        *charges(world, "1.00", fromDivisionId=hr, toDivisionId=it),
        *charges(world, "1.00", toDivisionId=hr),
    ]
    sent[2]["lines"] = laptop

    answer = await create(client("billing-admin"), sent)

    assert [(record["currency"], record["total"]) for record in made(answer)] == [
        ("JPY", "500"),
        ("USD", "1.00"),
        ("USD", "99.80"),
    ]
    assert [record["number"][:3] for record in made(answer)] == ["IT-", "HR-", "IT-"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("count", [0, 101])
async def test_a_bulk_has_1_to_100_items(
    client: People, world: World, unchanged: Unchanged, count: int, mode: str
) -> None:
    """B59."""
    async with unchanged():
        created = await create(client("billing-admin"), charges(world, "1.00") * count, mode)
        confirmed = await confirm(client("billing-admin"), [str(uuid4()) for _ in range(count)], mode)

    assert created.user_errors == [("BAD_INPUT", ["records"])]
    assert confirmed.user_errors == [("BAD_INPUT", ["ids"])]
    assert created.field["results"] == confirmed.field["results"] == []


async def test_a_hundred_records_are_made_and_a_hundred_payments_confirmed(
    client: People, make: Make, world: World
) -> None:
    answer = await create(client("billing-admin"), charges(world, "1.00") * 100)
    ids = [(await make.payment(record))["id"] for record in made(answer)]

    confirmed = await confirm(client("billing-admin"), ids)

    assert len({record["number"] for record in made(answer)}) == 100
    assert [payment["status"] for payment in made(confirmed, "payment")] == ["CONFIRMED"] * 100


@pytest.mark.parametrize("mode", MODES)
async def test_the_same_payment_twice_is_a_fault_of_the_form(
    client: People, make: Make, unchanged: Unchanged, mode: str
) -> None:
    """B59."""
    first, second = await payments(make, 2)

    async with unchanged():
        answer = await confirm(client("coordinator-it"), [first["id"], second["id"], first["id"]], mode)

    assert answer.user_errors == [("BAD_INPUT", ["ids", "2"])]
    assert answer.field["results"] == []


async def test_the_same_charge_twice_is_two_charges(client: People, world: World) -> None:
    """Nothing says of a charge which one it is."""
    (one,) = charges(world, "1.00")

    first, second = made(await create(client("coordinator-it"), [one, one]))

    assert first["id"] != second["id"]


async def test_a_void_record_is_replaced_by_one_of_many_at_most(
    client: People, make: Make, world: World, unchanged: Unchanged
) -> None:
    void = await make.void(await make.record())
    twice = charges(world, "1.00", "2.00", replacesId=void["id"])

    async with unchanged():
        refused = await create(client("coordinator-it"), twice, "SKIP_FAILED")
    allowed = await create(client("coordinator-it"), [*twice[:1], *charges(world, "3.00")])

    assert item_errors(refused) == [[("BAD_INPUT", ["replacesId"])]] * 2
    assert (allowed.user_errors, len(made(allowed))) == ([], 2)


async def test_one_bad_record_of_50_refuses_all(client: People, make: Make, world: World, unchanged: Unchanged) -> None:
    """B59: and no number is spent."""
    sent = charges(world, *["1.00"] * 50)
    sent[17] |= {"currency": "XXX", "periodEnd": "2025-12-31"}
    before = await make.record()

    async with unchanged():
        answer = await create(client("coordinator-it"), sent, "REJECT_ALL")

    assert answer.user_errors == [
        ("BAD_DATES", ["records", "17", "periodEnd"]),
        ("BAD_CURRENCY", ["records", "17", "currency"]),
    ]
    faults = [("BAD_DATES", ["periodEnd"]), ("BAD_CURRENCY", ["currency"])]
    assert item_errors(answer) == [faults if index == 17 else [] for index in range(50)]
    assert made(answer) == [None] * 50
    series, last = before["number"].rsplit("-", 1)
    assert (await make.record())["number"] == f"{series}-{int(last) + 1:05}"


async def test_one_bad_record_of_50_is_skipped_and_numbers_have_no_gap(client: People, world: World, at: At) -> None:
    """B59."""
    at(datetime(2026, 4, 1, tzinfo=UTC))
    sent = charges(world, *["1.00"] * 50)
    sent[17] |= {"currency": "XXX"}

    answer = await create(client("coordinator-it"), sent, "SKIP_FAILED")

    assert answer.user_errors == []
    assert item_errors(answer) == [[("BAD_CURRENCY", ["currency"])] if index == 17 else [] for index in range(50)]
    assert made(answer)[17] is None
    numbers = [record["number"] for record in made(answer) if record is not None]
    assert numbers == [f"IT-2026-{number:05}" for number in range(1, 50)]


@pytest.mark.parametrize("mode", MODES)
async def test_one_bad_payment_of_50(client: People, make: Make, database: Database, mode: str) -> None:
    """B59: one that was cancelled meanwhile."""
    pending = await payments(make, 50)
    await client("coordinator-mkt").change("cancelPayment", "", id=pending[17]["id"], idempotencyKey=key())

    answer = await confirm(client("coordinator-it"), [payment["id"] for payment in pending], mode)

    rejected = mode == "REJECT_ALL"
    assert answer.user_errors == ([("INVALID_STATE", ["ids", "17"])] if rejected else [])
    assert item_errors(answer) == [[("INVALID_STATE", None)] if index == 17 else [] for index in range(50)]
    assert [payment is None for payment in made(answer, "payment")] == [rejected or index == 17 for index in range(50)]
    async with database.owner.connect() as connection:
        confirmed = await connection.scalar(text("SELECT count(*) FROM payment_records WHERE status = 'CONFIRMED'"))
    assert confirmed == (0 if rejected else 49)


async def test_where_every_item_is_bad_skipping_changes_nothing_either(
    client: People, make: Make, world: World, unchanged: Unchanged
) -> None:
    sent = charges(world, "1.00", "2.00", currency="XXX")

    async with unchanged():
        created = await create(client("coordinator-it"), sent, "SKIP_FAILED")
        confirmed = await confirm(client("coordinator-it"), [str(uuid4()), str(uuid4())], "SKIP_FAILED")

    assert created.user_errors == [("BAD_CURRENCY", ["records", str(index), "currency"]) for index in range(2)]
    assert confirmed.user_errors == [("NOT_FOUND", ["ids", str(index)]) for index in range(2)]
    assert (made(created), made(confirmed, "payment")) == ([None, None], [None, None])


@pytest.mark.parametrize("mode", MODES)
async def test_the_lists_of_an_item_have_bounds_of_their_own(
    client: People, world: World, unchanged: Unchanged, mode: str
) -> None:
    sent = charges(world, "1.00", "1.00")
    sent[0]["lines"], sent[1]["lines"] = [], sent[1]["lines"] * 101

    async with unchanged():
        answer = await create(client("coordinator-it"), sent, mode)

    assert answer.user_errors == [("BAD_INPUT", ["records", str(index), "lines"]) for index in range(2)]


async def test_a_charge_for_another_division_is_a_refusal_of_that_item(
    client: People, world: World, database: Database, unchanged: Unchanged
) -> None:
    sent = [*charges(world, "1.00"), *charges(world, "2.00", fromDivisionId=str(world.divisions["HR"]))]

    async with unchanged():
        rejected = await create(client("coordinator-it"), sent, "REJECT_ALL")
    skipped = await create(client("coordinator-it"), sent, "SKIP_FAILED")

    assert rejected.user_errors == [("FORBIDDEN", ["records", "1"])]
    assert item_errors(rejected) == item_errors(skipped) == [[], [("FORBIDDEN", None)]]
    assert skipped.user_errors == []
    assert [record and record["total"] for record in made(skipped)] == ["1.00", None]
    assert await audited(database) == [
        ("REFUSAL", "create_billing_records", "FORBIDDEN"),
        ("CHANGE", "create_billing_records", ""),
        ("REFUSAL", "create_billing_records", "FORBIDDEN"),
    ]


async def test_ones_own_payment_is_a_refusal_of_that_item(
    client: People, make: Make, database: Database, unchanged: Unchanged
) -> None:
    others, own = await make.payment(await make.record()), await make.payment(await make.record(), by="billing-admin")
    ids = [own["id"], others["id"]]
    before = await audited(database)

    async with unchanged():
        rejected = await confirm(client("billing-admin"), ids, "REJECT_ALL")
    skipped = await confirm(client("billing-admin"), ids, "SKIP_FAILED")

    assert rejected.user_errors == [("FOUR_EYES", ["ids", "0"])]
    assert item_errors(rejected) == item_errors(skipped) == [[("FOUR_EYES", None)], []]
    assert made(skipped, "payment") == [None, {"id": others["id"], "status": "CONFIRMED"}]
    assert (await audited(database))[len(before) :] == [
        ("REFUSAL", "confirm_payments", "FOUR_EYES"),
        ("CHANGE", "confirm_payments", ""),
        ("REFUSAL", "confirm_payments", "FOUR_EYES"),
    ]


async def test_payments_of_others_are_not_there_and_those_of_the_own_side_forbidden(
    client: People, make: Make, unchanged: Unchanged
) -> None:
    hidden = await make.payment(await make.record(from_="HR"), by="billing-admin")
    of_marketing = await make.payment(await make.record(from_="MKT", to="IT"), by="billing-admin")

    async with unchanged():
        answer = await confirm(
            client("coordinator-it"), [hidden["id"], str(uuid4()), of_marketing["id"]], "SKIP_FAILED"
        )

    assert item_errors(answer) == [[("NOT_FOUND", None)], [("NOT_FOUND", None)], [("FORBIDDEN", None)]]
    assert answer.field["results"][0]["userErrors"] == answer.field["results"][1]["userErrors"]


@pytest.mark.parametrize("mutation", ["createBillingRecords", "confirmPayments"])
async def test_whose_role_allows_none_of_it_is_refused_as_a_whole(
    client: People, make: Make, world: World, unchanged: Unchanged, mutation: str
) -> None:
    async with unchanged():
        answer = await (
            create(client("analyst"), charges(world, "1.00"))
            if mutation == "createBillingRecords"
            else confirm(client("analyst"), [str(uuid4())])
        )

    assert answer.codes == ["FORBIDDEN"]
    assert answer.body["data"] == {mutation: None}


@pytest.mark.parametrize("mode", MODES)
async def test_the_same_send_again_answers_the_same_results(
    client: People, world: World, unchanged: Unchanged, mode: str
) -> None:
    sent, once = charges(world, "1.00", "2.00", "3.00"), key()
    if mode == "SKIP_FAILED":
        sent[1]["currency"] = "XXX"
    first = await create(client("coordinator-it"), sent, mode, idempotencyKey=once)

    async with unchanged():
        second = await create(client("coordinator-it"), sent, mode, idempotencyKey=once)

    assert second.field == {**first.field, "replayed": True}
    assert len([record for record in made(second) if record]) == (2 if mode == "SKIP_FAILED" else 3)


async def test_payments_confirmed_again_are_answered_as_they_are_now(
    client: People, make: Make, unchanged: Unchanged
) -> None:
    first, second = await payments(make, 2)
    ids, once = [second["id"], str(uuid4()), first["id"]], key()
    await confirm(client("coordinator-it"), ids, "SKIP_FAILED", idempotencyKey=once)
    await make.reversal(first)

    async with unchanged():
        again = await confirm(client("coordinator-it"), ids, "SKIP_FAILED", idempotencyKey=once)

    assert again.field["replayed"] is True
    assert item_errors(again) == [[], [("NOT_FOUND", None)], []]
    assert made(again, "payment") == [
        {"id": second["id"], "status": "CONFIRMED"},
        None,
        {"id": first["id"], "status": "REVERSED"},
    ]


async def test_a_bulk_that_was_refused_is_not_remembered(client: People, world: World, database: Database) -> None:
    sent, once = charges(world, "1.00", "2.00"), key()
    sent[1]["currency"] = "XXX"
    refused = await create(client("coordinator-it"), sent, idempotencyKey=once)
    async with database.owner.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(idempotency_keys)) == 0
    sent[1]["currency"] = "USD"

    corrected = await create(client("coordinator-it"), sent, idempotencyKey=once)

    assert refused.user_errors == [("BAD_CURRENCY", ["records", "1", "currency"])]
    assert (corrected.user_errors, corrected.field["replayed"]) == ([], False)


@pytest.mark.parametrize("change", ["order", "mode", "one less"])
async def test_the_same_key_with_other_items_is_refused(
    client: People, world: World, unchanged: Unchanged, change: str
) -> None:
    sent, once = charges(world, "1.00", "2.00"), key()
    await create(client("coordinator-it"), sent, idempotencyKey=once)
    other = {"order": sent[::-1], "one less": sent[:1]}.get(change, sent)

    async with unchanged():
        answer = await create(
            client("coordinator-it"), other, "SKIP_FAILED" if change == "mode" else "REJECT_ALL", idempotencyKey=once
        )

    assert answer.user_errors == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]


async def audited(database: Database) -> list[tuple[str, str, str]]:
    """Kind, operation and code of each row of the audit trail, in the order in which they were written."""
    e = audit_events.c
    async with database.owner.connect() as connection:
        rows = await connection.execute(select(e.kind, e.operation, e.code).order_by(e.xact_id, e.id))
        return [tuple(row) for row in rows]
