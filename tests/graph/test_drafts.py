"""Drafts: without number and dates, changed in all their parts, deleted, issued."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.client import Answer, Client
from tests.support.forms import charge, line
from tests.support.make import RECORD, Make, key
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]

WITH_LINES = f"billingRecord {{ {RECORD} toDivision {{ code }} lineItems {{ position name amount }} }}"


async def update(client: Client, record: dict[str, Any], fields: str = WITH_LINES, **changes: Any) -> Answer:
    return await client.change("updateBillingRecord", fields, id=record["id"], version=record["version"], **changes)


async def test_a_draft_has_neither_number_nor_dates_and_owes_nothing(make: Make) -> None:
    draft = await make.record("100.00", draft=True)

    assert (draft["status"], draft["number"], draft["issueDate"], draft["dueDate"]) == ("DRAFT", None, None, None)
    assert (draft["total"], draft["outstanding"]) == ("100.00", "0.00")


async def test_a_draft_can_change_in_all_its_parts(client: People, make: Make, world: World) -> None:
    draft = await make.record("100.00", draft=True)

    answer = await update(
        client("coordinator-it"),
        draft,
        toDivisionId=str(world.divisions["HR"]),
        currency="KWD",
        periodStart="2026-02-01",
        periodEnd="2026-02-28",
        dueDate="2026-12-31",
        lines=[line("2.5", "3", name="First"), line("-0.0005", name="Second")],
    )

    changed = answer.field["billingRecord"]
    assert (changed["status"], changed["version"], changed["total"]) == ("DRAFT", 2, "7.500")
    assert (changed["currency"], changed["toDivision"]) == ("KWD", {"code": "HR"})
    assert (changed["periodStart"], changed["periodEnd"], changed["dueDate"]) == (
        "2026-02-01",
        "2026-02-28",
        "2026-12-31",
    )
    assert changed["lineItems"] == [
        {"position": 1, "name": "First", "amount": "7.500"},
        {"position": 2, "name": "Second", "amount": "0.000"},
    ]


async def test_what_is_not_given_stays_as_it_is(client: People, make: Make) -> None:
    draft = await make.record("100.00", draft=True, dueDate="2026-12-31", fromNote="Mine.")

    answer = await update(
        client("coordinator-it"), draft, f"billingRecord {{ {RECORD} fromNote }}", periodEnd="2026-01-15"
    )

    changed = answer.field["billingRecord"]
    assert changed == {**draft, "periodEnd": "2026-01-15", "version": 2, "fromNote": "Mine."}


@pytest.mark.parametrize(
    "change",
    [{"currency": "EUR"}, {"periodStart": "2026-01-02"}, {"toDivisionId": "HR"}],
    ids=lambda change: str(*change),
)
async def test_what_prices_hang_on_wants_the_lines_again(
    client: People, make: Make, world: World, unchanged: Unchanged, change: dict[str, str]
) -> None:
    draft = await make.record(draft=True)
    given = {name: str(world.divisions.get(value, value)) for name, value in change.items()}

    async with unchanged():
        answer = await update(client("coordinator-it"), draft, **given)

    assert answer.user_errors == [("BAD_INPUT", ["lines"])]


async def test_several_faults_of_a_change_come_back_together(
    client: People, make: Make, unchanged: Unchanged, world: World
) -> None:
    draft = await make.record(draft=True)

    async with unchanged():
        answer = await update(
            client("coordinator-it"),
            draft,
            fromNote="x" * 2001,
            dueDate="2100-01-01",
            toDivisionId=str(world.divisions["IT"]),
            periodEnd="2025-12-31",
            lines=[line(None)],
        )

    assert answer.user_errors == [
        ("BAD_INPUT", ["fromNote"]),
        ("BAD_DATES", ["dueDate"]),
        ("SAME_DIVISION", ["toDivisionId"]),
        ("BAD_DATES", ["periodEnd"]),
        ("NO_PRICE", ["lines", "0", "unitPrice"]),
    ]


async def test_a_deleted_draft_is_gone(client: People, make: Make) -> None:
    it = client("coordinator-it")
    draft = await make.record(draft=True)

    answer = await it.change("deleteDraftBillingRecord", "deletedId", id=draft["id"], idempotencyKey=key())

    assert answer.field == {"deletedId": draft["id"], "replayed": False, "userErrors": []}
    assert await make.read(draft) is None
    again = await it.change("deleteDraftBillingRecord", "deletedId", id=draft["id"], idempotencyKey=key())
    assert again.user_errors == [("NOT_FOUND", ["id"])]


@pytest.mark.parametrize(("due", "expected"), [(None, "2026-04-09"), ("2026-03-20", "2026-03-20")])
async def test_issue_gives_number_and_dates(
    client: People, make: Make, at: Callable[[Any], None], due: str | None, expected: str
) -> None:
    at(datetime(2026, 3, 10, tzinfo=UTC))
    draft = await make.record(draft=True, dueDate=due)

    answer = await client("coordinator-it").change(
        "issueBillingRecord", f"billingRecord {{ {RECORD} }}", id=draft["id"], idempotencyKey=key()
    )

    issued = answer.field["billingRecord"]
    assert (issued["status"], issued["number"], issued["version"]) == ("PENDING", "IT-2026-00001", 2)
    assert (issued["issueDate"], issued["dueDate"]) == ("2026-03-10", expected)
    assert issued["outstanding"] == issued["total"] == draft["total"]


@pytest.mark.parametrize("code", ["IT", "MKT"])
async def test_a_draft_of_an_inactive_division_is_not_issued(
    client: People, make: Make, world: World, unchanged: Unchanged, code: str
) -> None:
    draft = await make.record(draft=True)
    await client("admin").change("deactivateDivision", "", id=str(world.divisions[code]), version=1)

    async with unchanged():
        answer = await client("billing-admin").change(
            "issueBillingRecord", "billingRecord { id }", id=draft["id"], idempotencyKey=key()
        )

    assert answer.user_errors == [("UNKNOWN_DIVISION", ["id"])]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([line("0")], id="a-price-of-zero"),
        pytest.param([line("5", "0")], id="none-of-it"),
        pytest.param([line("5"), line("5", "-1")], id="taken-back"),
        pytest.param([line("0.004")], id="rounded-to-zero"),
    ],
)
async def test_a_total_of_zero_is_issued_as_paid(client: People, world: World, lines: list[dict[str, Any]]) -> None:
    answer = await client("coordinator-it").change(
        "createBillingRecord", f"billingRecord {{ {RECORD} }}", **charge(world, lines=lines)
    )

    record = answer.field["billingRecord"]
    assert (record["status"], record["total"], record["outstanding"]) == ("PAID", "0.00", "0.00")
    assert record["number"].endswith("-00001")


async def test_a_draft_of_zero_is_no_more_than_a_draft(make: Make) -> None:
    draft = await make.record("0.00", draft=True)

    assert draft["status"] == "DRAFT"


MUTATIONS: dict[str, dict[str, Any]] = {
    "issueBillingRecord": {"idempotencyKey": "k"},
    "deleteDraftBillingRecord": {"idempotencyKey": "k"},
    "updateBillingRecord": {"version": 1, "periodEnd": "2026-01-30"},
}


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_a_draft_is_the_charging_sides_to_change(
    client: People, make: Make, unchanged: Unchanged, mutation: str
) -> None:
    draft = await make.record(draft=True)

    async with unchanged():
        payer = await client("coordinator-mkt").change(mutation, "", id=draft["id"], **MUTATIONS[mutation])
        stranger = await client("coordinator-hr").change(mutation, "", id=draft["id"], **MUTATIONS[mutation])

    assert payer.codes == ["FORBIDDEN"]
    assert payer.errors[0]["path"] == [mutation]
    assert stranger.user_errors == [("NOT_FOUND", ["id"])]
