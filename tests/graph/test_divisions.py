"""Divisions: a tree of unique codes and names, from which one is taken without leaving debts behind."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.support.client import Answer, Client
from tests.support.make import Make, key
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]

FIELDS = "division { id code name costCentre glCode active version parent { code } children { code } }"


async def create(client: Client, code: str, **also: Any) -> Answer:
    given = {"code": code, "name": f"The {code}", "idempotencyKey": key(), **also}
    return await client.change("createDivision", FIELDS, **given)


async def update(client: Client, id: str, version: int = 1, **changes: Any) -> Answer:
    return await client.change("updateDivision", FIELDS, id=id, version=version, **changes)


async def test_a_division_is_created_below_another(client: People, world: World) -> None:
    answer = await create(
        client("admin"), "IT-OPS", parentId=str(world.divisions["IT"]), costCentre="CC-1", glCode="4711"
    )

    division = answer.field["division"]
    assert (division["code"], division["name"], division["parent"]) == ("IT-OPS", "The IT-OPS", {"code": "IT"})
    assert (division["costCentre"], division["glCode"], division["active"]) == ("CC-1", "4711", True)


async def test_codes_and_names_stand_once(client: People, world: World, unchanged: Unchanged) -> None:
    admin = client("admin")

    async with unchanged():
        created = await create(admin, "IT", name="Marketing", parentId=str(uuid4()), glCode="x" * 65)
        renamed = await update(admin, str(world.divisions["HR"]), name="Marketing")

    assert created.user_errors == [
        ("ALREADY_EXISTS", ["code"]),
        ("ALREADY_EXISTS", ["name"]),
        ("UNKNOWN_DIVISION", ["parentId"]),
        ("BAD_INPUT", ["glCode"]),
    ]
    assert renamed.user_errors == [("ALREADY_EXISTS", ["name"])]


async def test_a_division_may_keep_its_own_name(client: People, world: World) -> None:
    answer = await update(client("admin"), str(world.divisions["HR"]), name="Human Resources", costCentre="")

    assert (answer.field["division"]["name"], answer.field["division"]["costCentre"]) == ("Human Resources", None)


async def test_a_division_moves_in_the_tree(client: People, world: World) -> None:
    admin, hr = client("admin"), str(world.divisions["HR"])

    below = await update(admin, hr, parentId=str(world.divisions["IT"]))
    above = await update(admin, hr, version=2, toRoot=True)

    assert below.field["division"]["parent"] == {"code": "IT"}
    assert above.field["division"]["parent"] is None


async def test_a_division_does_not_come_below_itself(client: People, world: World, unchanged: Unchanged) -> None:
    admin, it = client("admin"), str(world.divisions["IT"])
    child = (await create(admin, "OPS", parentId=it)).field["division"]["id"]
    grandchild = (await create(admin, "NIGHT", parentId=child)).field["division"]["id"]

    async with unchanged():
        answers = [await update(admin, it, parentId=below) for below in (it, child, grandchild)]

    assert [answer.user_errors for answer in answers] == [[("BAD_INPUT", ["parentId"])]] * 3


async def test_a_division_moves_to_one_place(client: People, world: World, unchanged: Unchanged) -> None:
    async with unchanged():
        answer = await update(
            client("admin"), str(world.divisions["HR"]), parentId=str(world.divisions["IT"]), toRoot=True
        )

    assert answer.user_errors == [("BAD_INPUT", ["toRoot"])]


async def test_a_division_with_active_divisions_below_stays_active(
    client: People, world: World, unchanged: Unchanged
) -> None:
    admin, it = client("admin"), str(world.divisions["IT"])
    children = sorted([(await create(admin, code, parentId=it)).field["division"]["id"] for code in ("OPS", "DEV")])

    async with unchanged():
        refused = await admin.change("deactivateDivision", FIELDS, id=it, version=1)
    for child in children:
        assert (await admin.change("deactivateDivision", "", id=child, version=1)).user_errors == []
    accepted = await admin.change("deactivateDivision", FIELDS, id=it, version=1)

    assert refused.user_errors == [("INVALID_STATE", ["id"])]
    assert refused.field["userErrors"][0]["message"] == f"Divisions below it are active: {', '.join(children)}."
    assert accepted.field["division"]["active"] is False


async def test_a_division_is_deactivated_once(client: People, world: World, unchanged: Unchanged) -> None:
    admin, hr = client("admin"), str(world.divisions["HR"])
    await admin.change("deactivateDivision", "", id=hr, version=1)

    async with unchanged():
        again = await admin.change("deactivateDivision", FIELDS, id=hr, version=2)
        below = await create(admin, "OPS", parentId=hr)
        moved = await update(admin, str(world.divisions["IT"]), parentId=hr)

    assert again.user_errors == [("INVALID_STATE", ["id"])]
    assert below.user_errors == moved.user_errors == [("UNKNOWN_DIVISION", ["parentId"])]


async def test_what_an_inactive_division_owes_goes_on_to_be_paid(client: People, make: Make, world: World) -> None:
    record = await make.record()
    for code in ("IT", "MKT"):
        await client("admin").change("deactivateDivision", "", id=str(world.divisions[code]), version=1)

    await make.payment(record, confirmed_by="coordinator-it")

    assert (await make.read(record))["status"] == "PAID"


@pytest.mark.parametrize("id", [str(uuid4()), "IT"], ids=["missing", "malformed"])
async def test_an_unknown_division_is_not_found(client: People, unchanged: Unchanged, id: str) -> None:
    async with unchanged():
        changed = await update(client("admin"), id, name="x")
        deactivated = await client("admin").change("deactivateDivision", FIELDS, id=id, version=1)

    assert changed.user_errors == deactivated.user_errors == [("NOT_FOUND", ["id"])]


@pytest.mark.parametrize("who", ["coordinator-it", "analyst", "billing-admin"])
async def test_divisions_are_kept_by_admins(client: People, world: World, unchanged: Unchanged, who: str) -> None:
    async with unchanged():
        answers = [await create(client(who), "OPS"), await update(client(who), str(world.divisions["IT"]), name="x")]

    assert [answer.codes for answer in answers] == [["FORBIDDEN"]] * 2
