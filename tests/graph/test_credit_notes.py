"""Credit notes: what the charging side takes off a record, as a whole or by its lines, by itself or after a dispute."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.client import Answer, Client
from tests.support.forms import charge, line, pay
from tests.support.make import CREDIT, RECORD, Make, key
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]
At = Callable[[datetime], None]

MONEY = ("status", "creditedAmount", "outstanding", "pendingAmount", "confirmedAmount")


def money(record: dict[str, Any]) -> tuple[str, ...]:
    """Status, credited, outstanding, pending, confirmed."""
    return tuple(record[name] for name in MONEY)


async def credit(client: Client, record: dict[str, Any], **also: Any) -> Answer:
    given = {"reason": "Not delivered.", "idempotencyKey": key(), **also}
    return await client.change(
        "issueCreditNote",
        f"creditNote {{ {CREDIT} }} billingRecord {{ {RECORD} }}",
        billingRecordId=record["id"],
        **given,
    )


async def uphold(client: Client, dispute: dict[str, Any], **also: Any) -> Answer:
    given = {"resolution": "UPHELD", "note": "So it is.", "idempotencyKey": key(), **also}
    return await client.change(
        "resolveDispute",
        f"""dispute {{ status resolution creditNote {{ number }} }} billingRecord {{ {RECORD} }}
            creditNote {{ {CREDIT} dispute {{ id }} }}""",
        id=dispute["id"],
        **given,
    )


async def of_three_lines(client: People, world: World) -> tuple[dict[str, Any], list[str]]:
    """A record of 50.00, 30.00 and 20.00, and the ids of its lines."""
    answer = await client("coordinator-it").change(
        "createBillingRecord",
        f"billingRecord {{ {RECORD} lineItems {{ id }} }}",
        **charge(world, lines=[line(amount) for amount in ("50.00", "30.00", "20.00")]),
    )
    record = answer.field["billingRecord"]
    return record, [item["id"] for item in record["lineItems"]]


def parts(*given: tuple[str, str]) -> list[dict[str, str]]:
    return [{"lineItemId": id, "amount": amount} for id, amount in given]


async def test_an_amount_is_taken_off_a_record(client: People, make: Make, at: At) -> None:
    at(datetime(2026, 5, 1, tzinfo=UTC))
    record = await make.record("100.00")

    answer = await credit(client("coordinator-it"), record, amount="30")

    note = answer.field["creditNote"]
    assert answer.user_errors == []
    assert {name: note[name] for name in ("number", "amount", "currency", "reason", "issueDate", "lines")} == {
        "number": "IT-2026-CN00001",
        "amount": "30.00",
        "currency": "USD",
        "reason": "Not delivered.",
        "issueDate": "2026-05-01",
        "lines": [],
    }
    assert money(answer.field["billingRecord"]) == ("PENDING", "30.00", "70.00", "0.00", "0.00")
    assert answer.field["billingRecord"]["version"] == record["version"] + 1


async def test_without_an_amount_all_that_can_be_credited_is(client: People, make: Make) -> None:
    record = await make.record("100.00")
    await make.payment(record, "25.00", confirmed_by="coordinator-it")
    await make.payment(record, "5.00")
    await make.credit(record, "10.00")

    answer = await credit(client("coordinator-it"), record)

    assert answer.field["creditNote"]["amount"] == "60.00"
    assert money(answer.field["billingRecord"]) == ("PENDING", "70.00", "5.00", "5.00", "25.00")


async def test_a_record_that_is_settled_by_credit_is_paid_and_says_what_was_credited(
    client: People, make: Make
) -> None:
    record = await make.record("100.00")

    answer = await credit(client("coordinator-it"), record)

    assert money(answer.field["billingRecord"]) == ("PAID", "100.00", "0.00", "0.00", "0.00")
    listed = await client("coordinator-mkt").run(
        "{ billingRecords(filter: {status: {eq: PAID}}) { nodes { number creditedAmount } } }"
    )
    assert listed.field["nodes"] == [{"number": record["number"], "creditedAmount": "100.00"}]


async def test_a_record_that_is_settled_by_money_and_credit_is_paid(make: Make) -> None:
    record = await make.record("100.00")
    await make.payment(record, "99.99", confirmed_by="coordinator-it")
    await make.credit(record, "0.01")

    assert money(await make.read(record)) == ("PAID", "0.01", "0.00", "0.00", "99.99")


async def test_what_was_credited_can_no_longer_be_paid(client: People, make: Make, unchanged: Unchanged) -> None:
    record = await make.record("100.00")
    await make.credit(record, "40.00")

    async with unchanged():
        answer = await client("coordinator-mkt").change("recordPayment", "", **pay((record, "60.01")))

    assert answer.user_errors == [("OVERPAYMENT", ["allocations", "0", "amount"])]
    assert answer.field["userErrors"][0]["message"] == f"At most 60.00 can still be paid on {record['number']}."
    await make.payment(record, "60.00", confirmed_by="coordinator-it")
    assert money(await make.read(record)) == ("PAID", "40.00", "0.00", "0.00", "60.00")


async def test_lines_are_credited_in_part_and_in_several_notes(client: People, world: World) -> None:
    record, (first, second, third) = await of_three_lines(client, world)
    it = client("coordinator-it")

    one = await credit(it, record, lines=parts((second, "30.00"), (first, "0.01")))
    two = await credit(it, record, lines=parts((first, "49.99"), (third, "1")))

    assert (one.user_errors, two.user_errors) == ([], [])
    assert one.field["creditNote"]["amount"] == "30.01"
    assert one.field["creditNote"]["lines"] == [
        {"position": 1, "amount": "30.00", "lineItem": {"id": second}},
        {"position": 2, "amount": "0.01", "lineItem": {"id": first}},
    ]
    assert two.field["creditNote"]["lines"] == [
        {"position": 1, "amount": "49.99", "lineItem": {"id": first}},
        {"position": 2, "amount": "1.00", "lineItem": {"id": third}},
    ]
    assert money(two.field["billingRecord"]) == ("PENDING", "81.00", "19.00", "0.00", "0.00")


async def test_no_line_is_credited_above_what_credit_notes_have_left_of_it(
    client: People, world: World, unchanged: Unchanged
) -> None:
    record, (first, second, third) = await of_three_lines(client, world)
    it = client("coordinator-it")
    await credit(it, record, lines=parts((first, "20.00")))

    async with unchanged():
        answer = await credit(it, record, lines=parts((first, "30.01"), (second, "1.00"), (third, "20.01")))

    assert answer.user_errors == [
        ("OVERCREDIT", ["lines", "0", "amount"]),
        ("OVERCREDIT", ["lines", "2", "amount"]),
    ]
    assert [error["message"] for error in answer.field["userErrors"]] == [
        "At most 30.00 of this line can be credited.",
        "At most 20.00 of this line can be credited.",
    ]


async def test_the_faults_of_all_lines_are_told_together(
    client: People, make: Make, world: World, unchanged: Unchanged
) -> None:
    record, (first, second, _) = await of_three_lines(client, world)
    _, (elsewhere, *_) = await of_three_lines(client, world)

    async with unchanged():
        answer = await credit(
            client("coordinator-it"),
            record,
            reason=" ",
            lines=parts((first, "1.00"), (first, "1.00"), (elsewhere, "1.00"), (record["id"], "1.00"), (second, "0")),
        )

    assert answer.user_errors == [
        ("REASON_REQUIRED", ["reason"]),
        ("BAD_INPUT", ["lines", "1", "lineItemId"]),
        ("NOT_FOUND", ["lines", "2", "lineItemId"]),
        ("NOT_FOUND", ["lines", "3", "lineItemId"]),
        ("BAD_AMOUNT", ["lines", "4", "amount"]),
    ]


async def test_lines_together_are_not_credited_above_what_is_outstanding_and_not_pending(
    client: People, make: Make, world: World, unchanged: Unchanged
) -> None:
    record, (first, second, third) = await of_three_lines(client, world)
    await make.payment(record, "10.00")

    async with unchanged():
        answer = await credit(
            client("coordinator-it"), record, lines=parts((first, "50.00"), (second, "30.00"), (third, "10.01"))
        )

    assert answer.user_errors == [("OVERCREDIT", ["lines"])]
    assert answer.field["userErrors"][0]["message"] == f"At most 90.00 can still be credited on {record['number']}."


@pytest.mark.parametrize("amount", ["-20.00", "0.00"])
async def test_a_line_that_charges_nothing_has_nothing_to_credit(
    client: People, world: World, unchanged: Unchanged, amount: str
) -> None:
    it = client("coordinator-it")
    made = await it.change(
        "createBillingRecord",
        f"billingRecord {{ {RECORD} lineItems {{ id }} }}",
        **charge(world, lines=[line("50.00"), line(amount)]),
    )
    record = made.field["billingRecord"]

    async with unchanged():
        answer = await credit(it, record, lines=parts((record["lineItems"][1]["id"], "0.01")))

    assert answer.user_errors == [("OVERCREDIT", ["lines", "0", "amount"])]


async def test_an_amount_and_lines_are_not_sent_together(client: People, world: World, unchanged: Unchanged) -> None:
    record, (first, *_) = await of_three_lines(client, world)

    async with unchanged():
        answer = await credit(client("coordinator-it"), record, amount="1.00", lines=parts((first, "1.00")))

    assert answer.user_errors == [("BAD_INPUT", ["amount"])]


@pytest.mark.parametrize("count", [0, 101])
async def test_lines_are_1_to_100(client: People, world: World, unchanged: Unchanged, count: int) -> None:
    record, (first, *_) = await of_three_lines(client, world)

    async with unchanged():
        answer = await credit(client("coordinator-it"), record, lines=parts(*[(first, "0.01")] * count))

    assert answer.user_errors == [("BAD_INPUT", ["lines"])]


async def test_no_more_is_credited_than_is_outstanding(client: People, make: Make, unchanged: Unchanged) -> None:
    record = await make.record("100.00")
    await make.payment(record, "30.00", confirmed_by="coordinator-it")
    await make.credit(record, "20.00")

    async with unchanged():
        answer = await credit(client("coordinator-it"), record, amount="50.01")

    assert answer.user_errors == [("OVERCREDIT", ["amount"])]
    assert answer.field["userErrors"][0]["message"] == f"At most 50.00 can still be credited on {record['number']}."
    assert (await make.credit(record, "50.00"))["amount"] == "50.00"


async def test_pending_money_is_reserved_until_it_is_decided(client: People, make: Make, unchanged: Unchanged) -> None:
    record = await make.record("100.00")
    payment = await make.payment(record, "60.00")

    async with unchanged():
        answer = await credit(client("coordinator-it"), record, amount="40.01")
    assert answer.user_errors == [("OVERCREDIT", ["amount"])]

    await client("coordinator-it").change(
        "rejectPayment", "", id=payment["id"], reason="It never came.", idempotencyKey=key()
    )
    assert money((await credit(client("coordinator-it"), record, amount="40.01")).field["billingRecord"]) == (
        "PENDING",
        "40.01",
        "59.99",
        "0.00",
        "0.00",
    )


@pytest.mark.parametrize("also", [{}, {"amount": "1.00"}], ids=["all", "an amount"])
async def test_where_all_is_pending_nothing_can_be_credited(
    client: People, make: Make, unchanged: Unchanged, also: dict[str, str]
) -> None:
    record = await make.record("100.00")
    await make.payment(record)

    async with unchanged():
        answer = await credit(client("coordinator-it"), record, **also)

    assert answer.user_errors == [("INVALID_STATE", ["billingRecordId"])]


@pytest.mark.parametrize(
    ("amount", "code"),
    [("0", "BAD_AMOUNT"), ("-1.00", "BAD_AMOUNT"), ("0.001", "BAD_AMOUNT"), ("1000000000000.01", "BAD_AMOUNT")],
)
async def test_what_is_credited_is_an_amount_above_nothing(
    client: People, make: Make, unchanged: Unchanged, amount: str, code: str
) -> None:
    record = await make.record()

    async with unchanged():
        answer = await credit(client("coordinator-it"), record, amount=amount)

    assert answer.user_errors == [(code, ["amount"])]


@pytest.mark.parametrize(
    ("currency", "total", "amount", "outstanding", "too_fine"),
    [("JPY", "1000", "1", "999", "0.5"), ("KWD", "1.000", "0.001", "0.999", "0.0001")],
)
async def test_a_credit_has_the_places_of_the_currency(
    client: People, make: Make, currency: str, total: str, amount: str, outstanding: str, too_fine: str
) -> None:
    record = await make.record(total, currency=currency)

    refused = await credit(client("coordinator-it"), record, amount=too_fine)
    made = await credit(client("coordinator-it"), record, amount=amount)

    assert refused.user_errors == [("BAD_AMOUNT", ["amount"])]
    assert (made.field["creditNote"]["amount"], made.field["billingRecord"]["outstanding"]) == (amount, outstanding)


@pytest.mark.parametrize("state", ["DRAFT", "DISPUTED", "PAID", "VOID"])
async def test_only_what_is_due_is_credited(client: People, make: Make, unchanged: Unchanged, state: str) -> None:
    record = await make.record(draft=state == "DRAFT")
    match state:
        case "DISPUTED":
            await make.dispute(record)
        case "PAID":
            await make.payment(record, confirmed_by="coordinator-it")
        case "VOID":
            await make.void(record)

    async with unchanged():
        answer = await credit(client("coordinator-it"), record, amount="1.00")

    assert answer.user_errors == [("INVALID_STATE", ["billingRecordId"])]
    named = record["number"] or "this one"
    assert answer.field["userErrors"][0]["message"] == (
        f"Only a PENDING or OVERDUE record can be credited; {named} is {state}."
    )


async def test_what_is_overdue_is_credited(client: People, make: Make, at: At) -> None:
    at(datetime(2026, 1, 10, tzinfo=UTC))
    record = await make.record(dueDate="2026-01-20")
    at(datetime(2026, 2, 1, tzinfo=UTC))

    answer = await credit(client("coordinator-it"), record, amount="1.00")

    assert money(answer.field["billingRecord"])[:3] == ("OVERDUE", "1.00", "99.00")
    assert answer.field["creditNote"]["issueDate"] == "2026-02-01"


async def test_the_charging_side_credits_and_nobody_else_of_a_division(
    client: People, make: Make, unchanged: Unchanged
) -> None:
    record = await make.record()

    async with unchanged():
        payer = await credit(client("coordinator-mkt"), record, amount="1.00")
        analyst = await credit(client("analyst"), record, amount="1.00")
        stranger = await credit(client("coordinator-hr"), record, amount="1.00")

    assert payer.codes == analyst.codes == ["FORBIDDEN"]
    assert stranger.user_errors == [("NOT_FOUND", ["billingRecordId"])]
    assert (await make.credit(record, "1.00", by="billing-admin"))["amount"] == "1.00"


async def test_numbers_are_a_series_of_their_own_for_each_division_and_year_without_gaps(
    client: People, make: Make, at: At
) -> None:
    at(datetime(2026, 12, 31, 12, tzinfo=UTC))
    record, of_hr = await make.record(), await make.record(from_="HR")
    first = await make.credit(record, "1.00")
    refused = await credit(client("coordinator-it"), record, amount="1000.00")
    hr = await make.credit(of_hr, "1.00", by="coordinator-hr")
    second = await make.credit(record, "1.00")
    at(datetime(2027, 1, 1, 12, tzinfo=UTC))
    next_year = await make.credit(record, "1.00")
    numbered = await make.record()

    assert refused.user_errors == [("OVERCREDIT", ["amount"])]
    assert [note["number"] for note in (first, second, next_year, hr)] == [
        "IT-2026-CN00001",
        "IT-2026-CN00002",
        "IT-2027-CN00001",
        "HR-2026-CN00001",
    ]
    assert (record["number"], numbered["number"]) == ("IT-2026-00001", "IT-2027-00001")


async def test_a_credited_record_is_not_void_and_the_refusal_names_the_notes(
    client: People, make: Make, unchanged: Unchanged
) -> None:
    record = await make.record()
    notes = [await make.credit(record, "1.00") for _ in range(2)]

    async with unchanged():
        answer = await client("coordinator-it").change(
            "voidBillingRecord", "", id=record["id"], reason="Twice.", idempotencyKey=key()
        )

    assert answer.user_errors == [("INVALID_STATE", ["id"])]
    named = ", ".join(sorted(note["id"] for note in notes))
    assert answer.field["userErrors"][0]["message"] == (
        f"There is money on this record, by payment or credit note: {named}."
    )


async def test_both_sides_see_a_note_from_every_end(client: People, make: Make) -> None:
    record = await make.record()
    note = await make.credit(record, "1.00")
    document = """query($id: ID!, $record: ID!) {
        node(id: $id) { id ... on CreditNote { billingRecord { id } fromDivision { code } toDivision { code }
            issuedBy { displayName } dispute { id } } }
        billingRecord(id: $record) { creditNotes { id } }
        creditNotes(filter: {billingRecordId: {eq: $record}}) { nodes { id } totalCount }
    }"""

    for who in ("coordinator-it", "coordinator-mkt", "analyst"):
        answer = await client(who).run(document, id=note["id"], record=record["id"])

        assert answer.data == {
            "node": {
                "id": note["id"],
                "billingRecord": {"id": record["id"]},
                "fromDivision": {"code": "IT"},
                "toDivision": {"code": "MKT"},
                "issuedBy": {"displayName": "Coordinator-It"},
                "dispute": None,
            },
            "billingRecord": {"creditNotes": [{"id": note["id"]}]},
            "creditNotes": {"nodes": [{"id": note["id"]}], "totalCount": 1},
        }


async def test_the_notes_of_a_record_come_newest_first_and_the_list_too(client: People, make: Make, at: At) -> None:
    at(datetime(2026, 1, 10, tzinfo=UTC))
    record = await make.record()
    notes = []
    for day in (11, 12, 13):
        at(datetime(2026, 1, day, tzinfo=UTC))
        notes.append((await make.credit(record, "1.00"))["id"])

    answer = await client("analyst").run(
        "query($id: ID!) { billingRecord(id: $id) { creditNotes { id } } creditNotes { nodes { id } } "
        'numbered: creditNotes(filter: {number: {startsWith: "IT-2026-CN0000"}, issueDate: {gt: "2026-01-11"}}, '
        "orderBy: {field: ISSUE_DATE}) { nodes { id } } }",
        id=record["id"],
    )

    newest_first = [{"id": id} for id in reversed(notes)]
    assert answer.data == {
        "billingRecord": {"creditNotes": newest_first},
        "creditNotes": {"nodes": newest_first},
        "numbered": {"nodes": [{"id": id} for id in notes[1:]]},
    }


async def test_a_dispute_is_upheld_with_all_that_is_outstanding_and_not_pending(client: People, make: Make) -> None:
    record = await make.record("100.00")
    await make.payment(record, "30.00", confirmed_by="coordinator-it")
    await make.payment(record, "5.00")
    dispute = await make.dispute(record)

    answer = await uphold(client("coordinator-it"), dispute)

    note = answer.field["creditNote"]
    assert answer.user_errors == []
    assert (note["amount"], note["reason"], note["lines"]) == ("65.00", "So it is.", [])
    assert note["dispute"] == {"id": dispute["id"]}
    assert answer.field["dispute"] == {
        "status": "UPHELD",
        "resolution": "So it is.",
        "creditNote": {"number": note["number"]},
    }
    assert money(answer.field["billingRecord"]) == ("PENDING", "65.00", "5.00", "5.00", "30.00")


async def test_a_dispute_is_upheld_with_an_amount_and_the_rest_is_due_again(client: People, make: Make) -> None:
    record = await make.record("100.00")

    answer = await uphold(client("coordinator-it"), await make.dispute(record), creditAmount="99.99")

    assert answer.field["creditNote"]["amount"] == "99.99"
    assert money(answer.field["billingRecord"]) == ("PENDING", "99.99", "0.01", "0.00", "0.00")


async def test_a_dispute_that_is_upheld_over_all_leaves_the_record_paid(client: People, make: Make) -> None:
    answer = await uphold(client("coordinator-it"), await make.dispute(await make.record("100.00")))

    assert money(answer.field["billingRecord"]) == ("PAID", "100.00", "0.00", "0.00", "0.00")


async def test_a_dispute_is_upheld_by_lines(client: People, make: Make, world: World) -> None:
    record, (first, second, _) = await of_three_lines(client, world)

    answer = await uphold(
        client("coordinator-it"), await make.dispute(record), creditLines=parts((second, "30.00"), (first, "1.00"))
    )

    assert answer.field["creditNote"]["amount"] == "31.00"
    assert [part["lineItem"]["id"] for part in answer.field["creditNote"]["lines"]] == [second, first]
    assert money(answer.field["billingRecord"])[:3] == ("PENDING", "31.00", "69.00")


async def test_what_is_wrong_with_an_upheld_credit_is_told_by_its_own_fields(
    client: People, make: Make, world: World, unchanged: Unchanged
) -> None:
    record, (first, *_) = await of_three_lines(client, world)
    dispute, it = await make.dispute(record), client("coordinator-it")

    async with unchanged():
        answers = [
            await uphold(it, dispute, creditAmount="100.01"),
            await uphold(it, dispute, creditAmount="0.001", note=" "),
            await uphold(it, dispute, creditAmount="1.00", creditLines=parts((first, "1.00"))),
            await uphold(it, dispute, creditLines=parts((first, "50.01"))),
            await uphold(it, dispute, creditLines=parts((record["id"], "1.00"))),
            await uphold(it, dispute, creditLines=[]),
        ]

    assert [answer.user_errors for answer in answers] == [
        [("OVERCREDIT", ["creditAmount"])],
        [("REASON_REQUIRED", ["note"]), ("BAD_AMOUNT", ["creditAmount"])],
        [("BAD_INPUT", ["creditAmount"])],
        [("OVERCREDIT", ["creditLines", "0", "amount"])],
        [("NOT_FOUND", ["creditLines", "0", "lineItemId"])],
        [("BAD_INPUT", ["creditLines"])],
    ]


async def test_where_all_is_pending_a_dispute_cannot_be_upheld_before_that_is_decided(
    client: People, make: Make, unchanged: Unchanged
) -> None:
    record = await make.record()
    payment = await make.payment(record)
    dispute = await make.dispute(record)

    async with unchanged():
        answer = await uphold(client("coordinator-it"), dispute)
    await client("coordinator-it").change("rejectPayment", "", id=payment["id"], reason="No.", idempotencyKey=key())
    again = await uphold(client("coordinator-it"), dispute)

    assert answer.user_errors == [("INVALID_STATE", ["id"])]
    assert money(again.field["billingRecord"])[:2] == ("PAID", "100.00")


@pytest.mark.parametrize("field", ["creditAmount", "creditLines"])
async def test_a_dispute_that_is_rejected_credits_nothing(
    client: People, make: Make, world: World, unchanged: Unchanged, field: str
) -> None:
    record, (first, *_) = await of_three_lines(client, world)
    dispute = await make.dispute(record)
    given: Any = {"creditAmount": "1.00", "creditLines": parts((first, "1.00"))}[field]

    async with unchanged():
        answer = await uphold(client("coordinator-it"), dispute, resolution="REJECTED", **{field: given})

    assert answer.user_errors == [("BAD_INPUT", [field])]


async def test_a_dispute_is_upheld_once_and_by_the_charging_side(
    client: People, make: Make, unchanged: Unchanged
) -> None:
    record = await make.record()
    dispute = await make.dispute(record)
    async with unchanged():
        payer = await uphold(client("coordinator-mkt"), dispute, creditAmount="1.00")
        stranger = await uphold(client("coordinator-hr"), dispute, creditAmount="1.00")
    assert payer.codes == ["FORBIDDEN"]
    assert stranger.user_errors == [("NOT_FOUND", ["id"])]

    await uphold(client("coordinator-it"), dispute, creditAmount="1.00")
    async with unchanged():
        again = await uphold(client("coordinator-it"), dispute, creditAmount="1.00")

    assert again.user_errors == [("INVALID_STATE", ["id"])]
    assert again.field["userErrors"][0]["message"] == "The dispute is UPHELD, no longer OPEN."


async def test_notes_of_disputes_and_others_share_a_series(client: People, make: Make, at: At) -> None:
    at(datetime(2026, 6, 1, tzinfo=UTC))
    record = await make.record()
    first = await make.credit(record, "1.00")
    upheld = await uphold(client("coordinator-it"), await make.dispute(record), creditAmount="1.00")
    last = await make.credit(record, "1.00")

    assert [first["number"], upheld.field["creditNote"]["number"], last["number"]] == [
        "IT-2026-CN00001",
        "IT-2026-CN00002",
        "IT-2026-CN00003",
    ]
