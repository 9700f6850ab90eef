"""Replacements: a record that is made in the place of a void one, and says so."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.client import Answer, Client
from tests.support.forms import charge
from tests.support.make import Make, key
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]

LINKED = "id number status replaces { id number status } replacedBy { id }"


async def replace(client: Client, world: World, replaced: dict[str, Any], **also: Any) -> Answer:
    return await client.change(
        "createBillingRecord", f"billingRecord {{ {LINKED} }}", **charge(world, replacesId=replaced["id"], **also)
    )


async def test_a_void_record_is_replaced_and_both_say_so(client: People, make: Make, world: World) -> None:
    void = await make.void(await make.record())

    answer = await replace(client("coordinator-it"), world, void)

    made = answer.field["billingRecord"]
    assert answer.user_errors == []
    assert (made["status"], made["replacedBy"]) == ("PENDING", None)
    assert made["replaces"] == {"id": void["id"], "number": void["number"], "status": "VOID"}
    read = await client("coordinator-mkt").run(
        f"query($id: ID!) {{ billingRecord(id: $id) {{ {LINKED} }} }}", id=void["id"]
    )
    assert read.field == {
        "id": void["id"],
        "number": void["number"],
        "status": "VOID",
        "replaces": None,
        "replacedBy": {"id": made["id"]},
    }


async def test_nothing_of_the_void_record_changes(client: People, make: Make, world: World) -> None:
    void = await make.void(await make.record())

    await replace(client("coordinator-it"), world, void)

    assert await make.read(void) == void


async def test_a_replacement_that_is_void_is_replaced_in_its_turn(client: People, make: Make, world: World) -> None:
    first = await make.void(await make.record())
    second = (await replace(client("coordinator-it"), world, first)).field["billingRecord"]
    await make.void(second)

    third = (await replace(client("coordinator-it"), world, second)).field["billingRecord"]

    assert third["replaces"]["id"] == second["id"]


async def test_a_draft_replaces_too_and_stands_there_once_it_is_issued(
    client: People, make: Make, world: World
) -> None:
    void = await make.void(await make.record())

    draft = (await replace(client("coordinator-it"), world, void, draft=True)).field["billingRecord"]
    issued = await client("coordinator-it").change(
        "issueBillingRecord", f"billingRecord {{ {LINKED} }}", id=draft["id"], idempotencyKey=key()
    )

    assert (draft["status"], draft["number"], draft["replaces"]["id"]) == ("DRAFT", None, void["id"])
    assert issued.field["billingRecord"]["replaces"]["id"] == void["id"]


async def test_the_place_of_a_draft_that_is_deleted_is_free_again(client: People, make: Make, world: World) -> None:
    void, it = await make.void(await make.record()), client("coordinator-it")
    draft = (await replace(it, world, void, draft=True)).field["billingRecord"]
    await it.change("deleteDraftBillingRecord", "deletedId", id=draft["id"], idempotencyKey=key())

    assert (await replace(it, world, void)).user_errors == []


async def test_a_replacement_may_go_to_another_division(client: People, make: Make, world: World) -> None:
    """What was wrong with the void record may be who was charged; whoever charged it stays."""
    void = await make.void(await make.record())

    answer = await replace(
        client("coordinator-it"), world, void, toDivisionId=str(world.divisions["HR"]), currency="EUR"
    )

    assert answer.user_errors == []


@pytest.mark.parametrize("state", ["DRAFT", "PENDING", "DISPUTED", "PAID"])
async def test_only_a_void_record_is_replaced(
    client: People, make: Make, world: World, unchanged: Unchanged, state: str
) -> None:
    record = await make.record(draft=state == "DRAFT")
    match state:
        case "DISPUTED":
            await make.dispute(record)
        case "PAID":
            await make.payment(record, confirmed_by="coordinator-it")

    async with unchanged():
        answer = await replace(client("coordinator-it"), world, record)

    assert answer.user_errors == [("INVALID_STATE", ["replacesId"])]
    named = record["number"] or "this one"
    assert answer.field["userErrors"][0]["message"] == f"Only a void record can be replaced; {named} is {state}."


async def test_a_void_record_is_replaced_once(client: People, make: Make, world: World, unchanged: Unchanged) -> None:
    void = await make.void(await make.record())
    await replace(client("coordinator-it"), world, void)

    async with unchanged():
        answer = await replace(client("coordinator-it"), world, void)

    assert answer.user_errors == [("INVALID_STATE", ["replacesId"])]
    assert answer.field["userErrors"][0]["message"] == f"{void['number']} has been replaced already."


async def test_what_another_division_charged_is_not_replaced(
    client: People, make: Make, world: World, unchanged: Unchanged
) -> None:
    """Marketing sees what IT charged it, and would charge in IT's place."""
    void = await make.void(await make.record())
    sides = {"fromDivisionId": str(world.divisions["MKT"]), "toDivisionId": str(world.divisions["IT"])}

    async with unchanged():
        answer = await replace(client("coordinator-mkt"), world, void, **sides)

    assert answer.user_errors == [("DIFFERENT_PARTIES", ["replacesId"])]


async def test_a_record_that_one_does_not_see_is_not_there(
    client: People, make: Make, world: World, unchanged: Unchanged
) -> None:
    hidden = await make.void(await make.record(from_="HR"), by="coordinator-hr")
    division = {"id": str(world.divisions["IT"])}

    async with unchanged():
        foreign = await replace(client("coordinator-it"), world, hidden)
        missing = await replace(client("coordinator-it"), world, division)

    assert foreign.user_errors == missing.user_errors == [("NOT_FOUND", ["replacesId"])]
    assert foreign.field == missing.field


async def test_a_replacement_is_told_of_to_those_only_who_see_it(client: People, make: Make, world: World) -> None:
    """Marketing's charge was void and went to HR instead: Marketing is told nothing of HR's."""
    void = await make.void(await make.record())
    answer = await replace(client("coordinator-it"), world, void, toDivisionId=str(world.divisions["HR"]))
    made = answer.field["billingRecord"]
    document = f"""query($void: ID!, $made: ID!) {{
        void: billingRecord(id: $void) {{ {LINKED} history {{ event replacement {{ id }} }} }}
        made: billingRecord(id: $made) {{ {LINKED} }}
    }}"""

    seen = {
        who: (await client(who).run(document, void=void["id"], made=made["id"])).data
        for who in ("coordinator-it", "coordinator-mkt", "coordinator-hr")
    }

    assert seen["coordinator-it"]["void"]["replacedBy"] == {"id": made["id"]}
    assert {"event": "REPLACED", "replacement": {"id": made["id"]}} in seen["coordinator-it"]["void"]["history"]
    assert seen["coordinator-mkt"]["made"] is None
    assert seen["coordinator-mkt"]["void"]["replacedBy"] is None
    assert [event["event"] for event in seen["coordinator-mkt"]["void"]["history"]] == ["CREATED", "ISSUED", "VOIDED"]
    assert seen["coordinator-hr"]["void"] is None
    assert seen["coordinator-hr"]["made"] == {**made, "replaces": None}


async def test_other_faults_of_the_form_are_told_beside(
    client: People, make: Make, world: World, unchanged: Unchanged
) -> None:
    record = await make.record()

    async with unchanged():
        answer = await replace(client("coordinator-it"), world, record, periodEnd="2025-12-31", lines=[])

    assert answer.user_errors == [
        ("BAD_DATES", ["periodEnd"]),
        ("INVALID_STATE", ["replacesId"]),
        ("BAD_INPUT", ["lines"]),
    ]
