"""What can still change once a record is issued, and how issued records are numbered."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from billing.db.tables import number_counters
from billing.domain.errors import ErrorCode, refuse
from billing.services import new_billing_records
from tests.support.client import Answer, Client
from tests.support.database import Database
from tests.support.forms import charge
from tests.support.make import RECORD, Make, key
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]
At = Callable[[datetime], None]


async def update(client: Client, record: dict[str, Any], fields: str, **changes: Any) -> Answer:
    return await client.change("updateBillingRecord", fields, id=record["id"], version=record["version"], **changes)


async def test_numbers_have_no_gaps_per_division_and_year(make: Make, at: At) -> None:
    at(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC))
    old = [await make.record(), await make.record(from_="HR"), await make.record(draft=True), await make.record()]
    at(datetime(2027, 1, 1, tzinfo=UTC))
    new = [await make.record(), await make.record(from_="HR"), await make.record()]

    assert [record["number"] for record in old] == ["IT-2026-00001", "HR-2026-00001", None, "IT-2026-00002"]
    assert [record["number"] for record in new] == ["IT-2027-00001", "HR-2027-00001", "IT-2027-00002"]


async def test_a_draft_is_numbered_in_the_year_of_its_issue(client: People, make: Make, at: At) -> None:
    at(datetime(2026, 12, 31, tzinfo=UTC))
    draft = await make.record(draft=True)
    at(datetime(2027, 1, 1, tzinfo=UTC))

    answer = await client("coordinator-it").change(
        "issueBillingRecord", "billingRecord { number }", id=draft["id"], idempotencyKey=key()
    )

    assert answer.field["billingRecord"] == {"number": "IT-2027-00001"}


async def test_a_year_can_have_more_than_99999_records(database: Database, make: Make, world: World, at: At) -> None:
    at(datetime(2026, 6, 1, tzinfo=UTC))
    async with database.owner.begin() as connection:
        await connection.execute(
            insert(number_counters).values(division_id=world.divisions["IT"], year=2026, last_number=99_998)
        )

    numbers = [(await make.record())["number"] for _ in range(2)]

    assert numbers == ["IT-2026-99999", "IT-2026-100000"]


async def test_an_issue_refused_after_it_took_a_number_leaves_no_gap(
    client: People, make: Make, world: World, unchanged: Unchanged, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(datetime(2026, 6, 1, tzinfo=UTC))
    it = client("coordinator-it")
    draft = await make.record(draft=True)
    await make.record()

    def refused(*_: object) -> str:
        raise refuse(ErrorCode.INVALID_STATE, "Late.")

    async with unchanged():
        with monkeypatch.context() as patched:
            patched.setattr(new_billing_records, "record_number", refused)
            created = await it.change("createBillingRecord", "billingRecord { id }", **charge(world))
            issued = await it.change("issueBillingRecord", "", id=draft["id"], idempotencyKey=key())

    assert created.user_errors == issued.user_errors == [("INVALID_STATE", None)]
    assert (await make.record())["number"] == "IT-2026-00002"


async def test_the_due_date_can_move_after_issue(client: People, make: Make, at: At) -> None:
    it = client("coordinator-it")
    at(datetime(2026, 3, 1, tzinfo=UTC))
    record = await make.record(dueDate="2026-03-05")
    at(datetime(2026, 3, 10, tzinfo=UTC))
    assert (await make.read(record))["status"] == "OVERDUE"

    later = await update(it, record, f"billingRecord {{ {RECORD} }}", dueDate="2026-03-10")
    assert (later.field["billingRecord"]["dueDate"], later.field["billingRecord"]["status"]) == (
        "2026-03-10",
        "PENDING",
    )

    earlier = await update(it, later.field["billingRecord"], f"billingRecord {{ {RECORD} }}", dueDate="2026-03-01")
    assert (earlier.field["billingRecord"]["status"], earlier.field["billingRecord"]["version"]) == ("OVERDUE", 3)


async def test_each_side_writes_and_reads_its_own_note_and_account(client: People, make: Make) -> None:
    fields = "billingRecord { id version fromNote fromGlCode toNote toGlCode }"
    record = await make.record()

    charging = await update(client("coordinator-it"), record, fields, fromNote="Ours", fromGlCode="4711")
    paying = await update(
        client("coordinator-mkt"), charging.field["billingRecord"], fields, toNote="Theirs", toGlCode="0815"
    )
    both = await client("analyst").run(
        f"query($id: ID!) {{ {fields.replace('{', '(id: $id) {', 1)} }}", id=record["id"]
    )

    assert charging.field["billingRecord"] == {
        "id": record["id"],
        "version": 2,
        "fromNote": "Ours",
        "fromGlCode": "4711",
        "toNote": None,
        "toGlCode": None,
    }
    assert paying.field["billingRecord"] == {
        "id": record["id"],
        "version": 3,
        "fromNote": None,
        "fromGlCode": None,
        "toNote": "Theirs",
        "toGlCode": "0815",
    }
    assert both.field == {
        "id": record["id"],
        "version": 3,
        "fromNote": "Ours",
        "fromGlCode": "4711",
        "toNote": "Theirs",
        "toGlCode": "0815",
    }


async def test_an_empty_text_takes_a_note_away(client: People, make: Make) -> None:
    record = await make.record(fromNote="Ours", fromGlCode="4711")

    answer = await update(
        client("coordinator-it"), record, "billingRecord { fromNote fromGlCode }", fromNote="", fromGlCode=None
    )

    assert answer.field["billingRecord"] == {"fromNote": None, "fromGlCode": "4711"}


@pytest.mark.parametrize(
    ("who", "change"),
    [
        ("coordinator-mkt", {"fromNote": "x"}),
        ("coordinator-mkt", {"fromGlCode": "x"}),
        ("coordinator-mkt", {"dueDate": "2099-01-01"}),
        ("coordinator-mkt", {"toNote": "x", "fromNote": "x"}),
        ("coordinator-it", {"toNote": "x"}),
        ("coordinator-it", {"toGlCode": "x"}),
        ("analyst", {"toNote": "x"}),
    ],
)
async def test_a_side_does_not_write_what_is_the_others(
    client: People, make: Make, unchanged: Unchanged, who: str, change: dict[str, str]
) -> None:
    record = await make.record()

    async with unchanged():
        answer = await update(client(who), record, "billingRecord { id }", **change)

    assert answer.codes == ["FORBIDDEN"]
    assert answer.errors[0]["path"] == ["updateBillingRecord"]


async def test_of_two_changes_of_one_version_the_second_is_refused(client: People, make: Make) -> None:
    it, record = client("coordinator-it"), await make.record()
    assert (await update(it, record, "", fromNote="First.")).user_errors == []

    second = await update(it, record, "billingRecord { id }", fromNote="Second.")

    assert second.user_errors == [("CONFLICT", ["version"])]
    assert second.field["userErrors"][0]["message"].endswith(" the current version is 2.")
