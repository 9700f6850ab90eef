"""Roles cannot climb: what users may do to users, and when a change of it takes effect."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type, is_input_object_type

from tests.access.asking import Asking, Said
from tests.access.introspection import GRAPH, mutation_document
from tests.access.scene import Scene
from tests.support.database import Database
from tests.support.make import key
from tests.support.unchanged import contents

_BELOW_ADMIN = ("coordinator-it", "coordinator-none", "analyst", "billing-admin")


@pytest.mark.parametrize("person", _BELOW_ADMIN)
async def test_below_admin_nobody_lists_users(person: str, scene: Scene, asking: Asking) -> None:
    said = await asking(person, "{ users { nodes { id displayName } totalCount } }")

    assert said.data == {"users": None}
    assert said.errors == [("FORBIDDEN", ["users"])]


@pytest.mark.parametrize("person", ["admin", "superadmin"])
async def test_admins_list_users(person: str, scene: Scene, asking: Asking) -> None:
    said = await asking(person, "{ users(first: 100) { nodes { name role active division { code } } totalCount } }")

    assert said.errors == []
    assert said.data["users"]["totalCount"] == len(scene.world.users) == len(said.data["users"]["nodes"])


@pytest.mark.parametrize("role", ["ADMIN", "SUPERADMIN"])
@pytest.mark.parametrize("target", ["admin", "admin-2", "analyst", "coordinator-it"])
async def test_an_admin_raises_nobody_to_admin_least_of_all_themselves(
    role: str, target: str, scene: Scene, asking: Asking, database: Database
) -> None:
    await _refused(asking, database, "admin", "assignRole", id=str(scene.world.users[target]), version=1, role=role)


@pytest.mark.parametrize("role", ["ADMIN", "SUPERADMIN"])
async def test_an_admin_adds_nobody_at_their_own_level_or_above(
    role: str, scene: Scene, asking: Asking, database: Database
) -> None:
    form = {"name": "new", "displayName": "New", "role": role, "idempotencyKey": key()}

    await _refused(asking, database, "admin", "addUser", **form)


@pytest.mark.parametrize("target", ["admin", "admin-2", "superadmin"])
async def test_an_admin_neither_lowers_nor_shuts_out_admins_and_superadmins(
    target: str, scene: Scene, asking: Asking, database: Database
) -> None:
    id = str(scene.world.users[target])

    await _refused(asking, database, "admin", "assignRole", id=id, version=1, role="ANALYST")
    await _refused(asking, database, "admin", "deactivateUser", id=id, version=1)


@pytest.mark.parametrize("person", _BELOW_ADMIN)
async def test_below_admin_nobody_raises_themselves(
    person: str, scene: Scene, asking: Asking, database: Database
) -> None:
    id = str(scene.world.users[person])

    await _refused(asking, database, person, "assignRole", id=id, version=1, role="BILLING_ADMIN")


async def test_a_superadmin_makes_admins_and_superadmins(scene: Scene, asking: Asking) -> None:
    for target, role in (("analyst", "ADMIN"), ("admin", "SUPERADMIN")):
        said = await _change(
            asking, "superadmin", "assignRole", id=str(scene.world.users[target]), version=1, role=role
        )

        assert said.data["assignRole"]["userErrors"] == []
    assert (await asking("analyst", "{ me { role } }")).data == {"me": {"role": "ADMIN"}}
    assert (await asking("admin", "{ me { role } }")).data == {"me": {"role": "SUPERADMIN"}}


async def test_the_last_superadmin_stays(scene: Scene, asking: Asking, database: Database) -> None:
    id = str(scene.world.users["superadmin"])
    before = await _contents(database)

    lowered = await _change(asking, "superadmin", "assignRole", id=id, version=1, role="ADMIN")
    gone = await _change(asking, "superadmin", "deactivateUser", id=id, version=1)

    assert _codes(lowered, "assignRole") == _codes(gone, "deactivateUser") == [("LAST_SUPERADMIN", ["id"])]
    assert lowered.data["assignRole"]["user"] is gone.data["deactivateUser"]["user"] is None
    assert await _contents(database) == before


async def test_one_of_two_superadmins_may_go_and_then_the_other_stays(scene: Scene, asking: Asking) -> None:
    admin, superadmin = (str(scene.world.users[name]) for name in ("admin", "superadmin"))
    await _change(asking, "superadmin", "assignRole", id=admin, version=1, role="SUPERADMIN")

    first = await _change(asking, "superadmin", "deactivateUser", id=superadmin, version=1)
    second = await _change(asking, "admin", "deactivateUser", id=admin, version=2)

    assert _codes(first, "deactivateUser") == []
    assert _codes(second, "deactivateUser") == [("LAST_SUPERADMIN", ["id"])]


async def test_the_token_of_a_disabled_user_is_refused_like_that_of_nobody(scene: Scene, asking: Asking) -> None:
    assert (await asking("coordinator-it", "{ me { name } }")).status == 200

    out = await _change(asking, "admin", "deactivateUser", id=str(scene.world.users["coordinator-it"]), version=1)

    said = await asking("coordinator-it", "{ me { name } }")
    nobody = await asking("no such user", "{ me { name } }")
    assert _codes(out, "deactivateUser") == []
    assert (said.status, said.errors) == (401, [("UNAUTHENTICATED", None)])
    assert said.without(scene.missing) == nobody.without(scene.missing)


async def test_a_change_of_role_and_division_takes_effect_with_the_next_request(scene: Scene, asking: Asking) -> None:
    users, divisions = scene.world.users, scene.world.divisions
    record = "query($id: ID!) { billingRecord(id: $id) { id fromNote toNote } }"
    id = str(scene.ours.open)
    assert (await asking("coordinator-it", record, id=id)).data["billingRecord"]["fromNote"] == "from-note-of-IT"

    async def assign(version: int, role: str, division: str | None) -> Any:
        given = {} if division is None else {"divisionId": str(divisions[division])}
        said = await _change(
            asking, "admin", "assignRole", id=str(users["coordinator-it"]), version=version, role=role, **given
        )
        assert _codes(said, "assignRole") == []
        return (await asking("coordinator-it", record, id=id)).data["billingRecord"]

    assert await assign(1, "COORDINATOR", "HR") is None
    assert await assign(2, "COORDINATOR", "MKT") == {"id": id, "fromNote": None, "toNote": "to-note-of-IT"}
    assert await assign(3, "ANALYST", None) == {"id": id, "fromNote": "from-note-of-IT", "toNote": "to-note-of-IT"}
    refused = await _change(
        asking, "coordinator-it", "issueBillingRecord", id=str(scene.ours.draft), idempotencyKey="k"
    )
    assert refused.errors == [("FORBIDDEN", ["issueBillingRecord"])]


async def test_a_coordinator_is_given_no_role_without_a_division(scene: Scene, asking: Asking) -> None:
    said = await _change(
        asking, "admin", "assignRole", id=str(scene.world.users["analyst"]), version=1, role="COORDINATOR"
    )

    assert _codes(said, "assignRole") == [("UNKNOWN_DIVISION", ["divisionId"])]


async def test_a_repeated_change_shows_nothing_that_was_moved_out_of_sight(scene: Scene, asking: Asking) -> None:
    """The key remembers what was done, not who may see it: what the payload shows is read under today's rights."""
    form = {
        "amount": "10.00",
        "method": "INTERNAL_TRANSFER",
        "reference": "r-1",
        "allocations": [{"billingRecordId": str(scene.ours.open), "amount": "10.00"}],
        "idempotencyKey": "the-key",
    }
    made = await _change(asking, "coordinator-mkt", "recordPayment", **form)
    assert _codes(made, "recordPayment") == []
    moved = {"role": "COORDINATOR", "divisionId": str(scene.theirs.to_division)}
    await _change(asking, "admin", "assignRole", id=str(scene.world.users["coordinator-mkt"]), version=1, **moved)

    again = await _change(asking, "coordinator-mkt", "recordPayment", **form)

    assert again.errors == []
    assert again.data["recordPayment"] == {
        "payment": None,
        "billingRecords": [],
        "replayed": True,
        "userErrors": [],
    }


def test_no_input_but_those_of_users_carries_what_the_service_decides() -> None:
    """No owner, status or total can be sent; who may be given a role is decided where roles are given."""
    forbidden = ("role", "status", "total", "owner", "outstanding", "createdby", "recordedby", "userid", "amountpaid")
    of_users = {"AddUserInput", "AssignRoleInput", "DeactivateUserInput"}

    climbing = [
        f"{kind.name}.{name}"
        for kind in _mutation_inputs()
        for name in kind.fields
        if any(name.lower() == word or name.lower().endswith(word) for word in forbidden)
        if kind.name not in of_users
    ]

    assert climbing == []
    assert {kind.name for kind in _mutation_inputs()} >= of_users
    assert len(_mutation_inputs()) > 20


def _mutation_inputs() -> list[GraphQLInputObjectType]:
    """The inputs of mutations and what stands inside them; filters are no inputs of mutations."""
    assert GRAPH.mutation_type is not None
    found: dict[str, GraphQLInputObjectType] = {}
    open = [get_named_type(field.args["input"].type) for field in GRAPH.mutation_type.fields.values()]
    while open:
        kind = open.pop()
        if is_input_object_type(kind) and kind.name not in found:
            found[kind.name] = kind
            open.extend(get_named_type(field.type) for field in kind.fields.values())
    return list(found.values())


async def _change(asking: Asking, person: str, mutation: str, /, **input: Any) -> Said:
    return await asking(person, mutation_document(mutation), input=input)


async def _refused(asking: Asking, database: Database, person: str, mutation: str, /, **input: Any) -> None:
    before = await _contents(database)

    said = await _change(asking, person, mutation, **input)

    assert said.errors == [("FORBIDDEN", [mutation])]
    assert said.data == {mutation: None}
    assert await _contents(database) == before


async def _contents(database: Database) -> Any:
    async with database.owner.connect() as connection:
        return await contents(connection)


def _codes(said: Said, mutation: str) -> list[tuple[str, list[str] | None]]:
    return [(error["code"], error["field"]) for error in said.data[mutation]["userErrors"]]
