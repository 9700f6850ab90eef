"""The integrity check is about all data: the role alone decides who reads what it found and who starts one."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from asyncpg import InsufficientPrivilegeError
from sqlalchemy import insert

from billing.app import create_app
from billing.db import integrity_checks, tables
from billing.db.loaders import LOADERS
from billing.domain.identifiers import new_id
from billing.permissions.grants import GRANTS, Role, Scope
from billing.permissions.viewer import Viewer
from billing.settings import Settings
from tests.access.asking import Asking
from tests.access.introspection import FieldName, mutation_document
from tests.access.outcomes import PEOPLE, Person
from tests.access.rows import OF_THE_WHOLE
from tests.access.scene import Scene
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.database import Database
from tests.support.make import key
from tests.support.unchanged import contents

_CHECKED = "integrityCheck { id status startedAt finishedAt startedBy { id } results { invariant offendingIds } }"


@pytest.mark.parametrize("person", PEOPLE, ids=str)
@pytest.mark.parametrize("name", OF_THE_WHOLE)
async def test_what_is_about_all_data_is_a_matter_of_the_role(
    name: FieldName,
    person: Person,
    scene: Scene,
    database: Database,
    settings: Settings,
    record_property: Callable[[str, object], None],
) -> None:
    field, is_change = name.split(".")[1], name.startswith("Mutation.")
    async with database.owner.connect() as connection:
        before = await contents(connection)

    app = create_app(settings, database, TOKENS)
    async with http_to(app) as http:
        if is_change:
            said = await Asking(http, TOKENS)(person.name, mutation_document(field), input={"idempotencyKey": key()})
        else:
            said = await Asking(http, TOKENS)(person.name, f"{{ {_CHECKED} }}")
    await app.state.checker.until_idle()

    allowed = person.role is not None and GRANTS[OF_THE_WHOLE[name]][person.role] is Scope.ALL
    if person.role is None:
        assert (said.status, said.errors) == (401, [("UNAUTHENTICATED", None)])
    elif not allowed:
        assert (said.status, said.errors, said.data) == (200, [("FORBIDDEN", [field])], {field: None})
    else:
        assert (said.status, said.errors, said.all("userErrors")) == (200, [], [[]] if is_change else [])
    async with database.owner.connect() as connection:
        assert (await contents(connection) != before) is (allowed and is_change)
    record_property("cells of the access matrix", 1)


@pytest.mark.parametrize("loader", ["integrity_checks_by_id", "integrity_check_results_by_check_id"])
async def test_a_loader_shows_what_was_found_to_those_who_see_all_and_the_database_refuses_it_to_others(
    loader: str, scene: Scene, database: Database
) -> None:
    id, user, now = new_id(), scene.world.users["admin"], datetime.now(UTC)
    async with database.owner.begin() as connection:
        check = {"id": id, "status": "FAILED", "started_at": now, "finished_at": now, "started_by": user}
        await connection.execute(insert(tables.integrity_checks).values(**check))
        await connection.execute(
            insert(tables.integrity_check_results).values(
                integrity_check_id=id,
                position=1,
                invariant="records_add_up",
                description="They do.",
                rows_checked=2,
                fault_count=1,
                offending_ids=[str(scene.ours.open)],
            )
        )
    viewers = [Viewer(user, "someone", role, scene.theirs.from_division) for role in (Role.ANALYST, Role.COORDINATOR)]
    analyst, coordinator = map(database.snapshot, viewers)

    shown = await analyst.rows(LOADERS[loader].statement(analyst.viewer, [id]))
    with pytest.raises(InsufficientPrivilegeError):
        await coordinator.rows(LOADERS[loader].statement(coordinator.viewer, [id]))

    async with database.transaction() as tx:
        statements = [
            statement
            for viewer in viewers
            for statement in (LOADERS[loader].statement(viewer, [id]), integrity_checks.latest(viewer))
        ]
        past_the_database = [len(await tx.rows(statement)) for statement in statements]
    await analyst.close()
    await coordinator.close()
    assert len(shown) == 1
    assert past_the_database == [1, 1, 0, 0]
