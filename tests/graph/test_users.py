"""Users: let in, given a role, shut out; nobody climbs, and the last superadmin stays."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert

from billing.db.tables import users
from billing.db.users import SYSTEM_USER_ID
from tests.support.client import Answer, Client
from tests.support.database import Database
from tests.support.make import key
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]

FIELDS = "user { id name displayName role active version division { code } }"
ME = "{ me { role division { code } } }"


async def add(client: Client, name: str, role: str, **also: Any) -> Answer:
    given = {"name": name, "displayName": name.title(), "role": role, "idempotencyKey": key(), **also}
    return await client.change("addUser", FIELDS, **given)


async def assign(client: Client, id: object, role: str, version: int = 1, **also: Any) -> Answer:
    return await client.change("assignRole", FIELDS, id=str(id), version=version, role=role, **also)


async def deactivate(client: Client, id: object, version: int = 1) -> Answer:
    return await client.change("deactivateUser", FIELDS, id=str(id), version=version)


async def test_whoever_is_added_comes_in_with_their_name(client: People, world: World) -> None:
    unknown = await client("newcomer").run(ME)

    added = await add(client("admin"), "newcomer", "COORDINATOR", divisionId=str(world.divisions["HR"]))

    assert (unknown.status, unknown.codes) == (401, ["UNAUTHENTICATED"])
    user = added.field["user"]
    assert (user["name"], user["role"], user["active"], user["version"]) == ("newcomer", "COORDINATOR", True, 1)
    assert (await client("newcomer").run(ME)).field == {"role": "COORDINATOR", "division": {"code": "HR"}}


async def test_a_role_holds_with_the_next_request(client: People, world: World) -> None:
    admin, analyst = client("admin"), client("analyst")

    lowered = await assign(admin, world.users["analyst"], "COORDINATOR", divisionId=str(world.divisions["MKT"]))

    assert lowered.field["user"]["version"] == 2
    assert (await analyst.run(ME)).field == {"role": "COORDINATOR", "division": {"code": "MKT"}}
    await assign(admin, world.users["analyst"], "BILLING_ADMIN", version=2)
    assert (await analyst.run(ME)).field == {"role": "BILLING_ADMIN", "division": None}


async def test_whoever_is_shut_out_stays_out(client: People, world: World, unchanged: Unchanged) -> None:
    answer = await deactivate(client("admin"), world.users["analyst"])

    assert answer.field["user"]["active"] is False
    out = await client("analyst").run(ME)
    assert (out.status, out.codes) == (401, ["UNAUTHENTICATED"])
    async with unchanged():
        again = await deactivate(client("admin"), world.users["analyst"], version=2)
    assert again.user_errors == [("INVALID_STATE", ["id"])]


async def test_several_faults_of_a_user_come_back_together(client: People, world: World, unchanged: Unchanged) -> None:
    admin = client("admin")

    async with unchanged():
        taken = await add(admin, "analyst", "COORDINATOR", displayName="")
        unknown = await add(admin, "", "ANALYST", divisionId=str(uuid4()))

    assert taken.user_errors == [
        ("ALREADY_EXISTS", ["name"]),
        ("BAD_INPUT", ["displayName"]),
        ("UNKNOWN_DIVISION", ["divisionId"]),
    ]
    assert unknown.user_errors == [
        ("BAD_INPUT", ["name"]),
        ("BAD_INPUT", ["displayName"]),
        ("UNKNOWN_DIVISION", ["divisionId"]),
    ]


async def test_a_coordinator_has_a_division(client: People, world: World, unchanged: Unchanged) -> None:
    async with unchanged():
        answer = await assign(client("admin"), world.users["analyst"], "COORDINATOR")

    assert answer.user_errors == [("UNKNOWN_DIVISION", ["divisionId"])]


@pytest.mark.parametrize("role", ["ADMIN", "SUPERADMIN"])
async def test_an_admin_makes_no_admins(client: People, world: World, unchanged: Unchanged, role: str) -> None:
    """B36: not even of itself."""
    admin = client("admin")

    async with unchanged():
        answers = [
            await add(admin, "newcomer", role),
            await assign(admin, world.users["analyst"], role),
            await assign(admin, world.users["admin"], role),
        ]

    assert [answer.codes for answer in answers] == [["FORBIDDEN"]] * 3


@pytest.mark.parametrize("whom", ["admin", "superadmin"])
async def test_an_admin_takes_no_admins_away(client: People, world: World, unchanged: Unchanged, whom: str) -> None:
    async with unchanged():
        answers = [
            await assign(client("admin"), world.users[whom], "ANALYST"),
            await deactivate(client("admin"), world.users[whom]),
        ]

    assert [answer.codes for answer in answers] == [["FORBIDDEN"]] * 2


@pytest.mark.parametrize("who", ["coordinator-it", "analyst", "billing-admin"])
async def test_users_are_kept_by_admins(client: People, world: World, unchanged: Unchanged, who: str) -> None:
    async with unchanged():
        answers = [
            await add(client(who), "newcomer", "ANALYST"),
            await assign(client(who), world.users[who], "SUPERADMIN"),
            await deactivate(client(who), world.users["analyst"]),
        ]

    assert [answer.codes for answer in answers] == [["FORBIDDEN"]] * 3


async def test_the_last_superadmin_stays(client: People, world: World, unchanged: Unchanged) -> None:
    superadmin, own = client("superadmin"), world.users["superadmin"]

    async with unchanged():
        answers = [await assign(superadmin, own, "ADMIN"), await deactivate(superadmin, own)]

    assert [answer.user_errors for answer in answers] == [[("LAST_SUPERADMIN", ["id"])]] * 2


async def test_with_another_superadmin_one_may_leave(client: People, world: World, unchanged: Unchanged) -> None:
    other = (await add(client("superadmin"), "second", "SUPERADMIN")).field["user"]
    assert (await deactivate(client("superadmin"), world.users["superadmin"])).user_errors == []

    async with unchanged():
        answer = await deactivate(client("second"), other["id"])

    assert answer.user_errors == [("LAST_SUPERADMIN", ["id"])]


async def test_an_inactive_superadmin_does_not_count(client: People, world: World, unchanged: Unchanged) -> None:
    other = (await add(client("superadmin"), "second", "SUPERADMIN")).field["user"]
    await deactivate(client("superadmin"), other["id"])

    async with unchanged():
        answer = await assign(client("superadmin"), world.users["superadmin"], "ADMIN")

    assert answer.user_errors == [("LAST_SUPERADMIN", ["id"])]


async def test_the_system_user_is_nobodys_to_change(
    client: People, world: World, database: Database, unchanged: Unchanged
) -> None:
    async with database.owner.begin() as connection:
        await connection.execute(
            insert(users).values(id=SYSTEM_USER_ID, name="system", display_name="System", role="ANALYST", active=False)
        )

    async with unchanged():
        system = await assign(client("superadmin"), SYSTEM_USER_ID, "SUPERADMIN")
        missing = await assign(client("superadmin"), uuid4(), "SUPERADMIN")

    assert system.user_errors == [("NOT_FOUND", ["id"])]
    assert system.body == missing.body
    assert (await client("system").run(ME)).status == 401
