"""Where questions are asked: one scene, put back after every change, and the people in it."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db.tables import metadata
from billing.engine.documents import Operation
from billing.permissions.viewer import Viewer
from billing.schema.context import Context, Limits
from billing.services.integrity_checks import Checker
from tests.access.introspection import GRAPH
from tests.access.rows import MUTATIONS
from tests.access.scene import Scene
from tests.engine.differ.documents import PEOPLE, Question
from tests.engine.executors import Asked, Run, answer
from tests.support.database import Database

_SECONDS_MAX: Final = 60
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NAME: Final = re.compile(r"<(ours|theirs|missing)\.(\w+)>")
_LIMITS: Final = Limits(page_size_default=25, page_size_max=100, payment_terms_days=30)


class _Context(Context):
    """Knows whether the operation was answered anew."""

    anew = False

    def begin_again(self) -> None:
        self.anew = True
        super().begin_again()


@dataclass
class Site:
    """`kept` is a connection of the tables' owner, on which the rows of the scene are kept.

    `anew` is whether the last question was answered anew, by graphql-core.
    """

    database: Database
    scene: Scene
    kept: AsyncConnection
    viewers: Mapping[str, Viewer]
    asked: Asked = field(default_factory=lambda: Asked(GRAPH))
    restoring: str = ""
    counting: str = ""
    anew: bool = False

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What hypothesis shows: the site says nothing of a difference."""
        printer.text("site")

    def operation(self, question: Question) -> tuple[Operation, dict[str, Any]]:
        """Its document and variables with the ids of this scene. Raises DocumentRefused."""
        document = _NAME.sub(self._id, question.document)
        variables = json.loads(_NAME.sub(self._id, json.dumps(question.variables)))
        for name, change in question.changes.items():
            made = MUTATIONS[f"Mutation.{change.mutation}"][change.which]
            variables[name] = made.input(getattr(self.scene, change.things))
        return self.asked.find(document), variables

    def _id(self, named: re.Match[str]) -> str:
        return str(getattr(getattr(self.scene, named[1]), named[2]))

    async def answer(self, run: Run, question: Question, operation: Operation, variables: Mapping[str, Any]) -> str:
        """All that was answered, to the byte; what a change made anew has other ids each time."""
        viewer = self.viewers[question.person]
        context = _Context(self.database, viewer, _LIMITS, Checker(self.database, 1), "differ")
        try:
            async with asyncio.timeout(_SECONDS_MAX):
                said = answer(await run(operation, variables, context)).text()
        finally:
            self.anew = context.anew
            await context.close()
        if not question.changes:
            return said
        return f"{self._without_new_things(said)}\n{await self.counts()}\n{context.in_progress}"

    def _without_new_things(self, said: str) -> str:
        ours = {name for it in (self.scene.ours, self.scene.theirs, self.scene.missing) for name in it.names().values()}
        new: dict[str, str] = {}

        def name(found: re.Match[str]) -> str:
            return found[0] if found[0] in ours else new.setdefault(found[0], f"new {len(new) + 1}")

        today = datetime.now(UTC).date().isoformat()
        return re.sub(rf'"{today}T[0-9:.]+Z"', '"now"', _UUID.sub(name, said))

    async def counts(self) -> dict[str, int]:
        """How many rows each table has that has any: a change is made once, or not at all."""
        rows = (await self.kept.execute(text(self.counting))).all()
        await self.kept.commit()
        return {table: count for table, count in sorted(rows) if count}

    async def restore(self) -> None:
        """The scene as it was set up."""
        await self._run(self.restoring)

    async def keep(self) -> None:
        """Keeps the rows of every table, to be put back."""
        columns = await self._columns()
        tables = list(metadata.tables)
        for table in tables:
            await self._run(f"CREATE TEMP TABLE kept_{table} AS SELECT {columns[table]} FROM {table}")
        self.restoring = "; ".join(
            [
                "BEGIN",
                "SET LOCAL session_replication_role = replica",
                *(f"DELETE FROM {table}" for table in tables),
                *(
                    f"INSERT INTO {table} ({columns[table]}) OVERRIDING SYSTEM VALUE "
                    f"SELECT {columns[table]} FROM kept_{table}"
                    for table in tables
                ),
                "COMMIT",
            ]
        )
        self.counting = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables)

    async def _columns(self) -> dict[str, str]:
        """The columns of each table that can be written."""
        found = await self.kept.execute(
            text(
                "SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) AS names "
                "FROM information_schema.columns WHERE table_schema = 'public' AND is_generated = 'NEVER' "
                "GROUP BY table_name"
            )
        )
        columns = {row.table_name: row.names for row in found}
        await self.kept.commit()
        return columns

    async def _run(self, statements: str) -> None:
        raw = await self.kept.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.execute(statements)


async def open_site(database: Database, scene: Scene, kept: AsyncConnection) -> Site:
    site = Site(database, scene, kept, await _viewers(database, PEOPLE))
    await site.keep()
    return site


async def _viewers(database: Database, names: Sequence[str]) -> dict[str, Viewer]:
    viewers = {}
    for name in names:
        viewer = await database.viewer(name)
        assert viewer is not None, name
        viewers[name] = viewer
    return viewers
