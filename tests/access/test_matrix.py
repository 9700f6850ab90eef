"""The matrix: every root field and every guarded field, for everybody, on what is theirs, another's, and missing.

It is generated from the schema: a field without a row in `rows.py` fails, and so does a row without a field.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from sqlalchemy import func, select

from billing.db.tables import audit_events
from billing.permissions.grants import GRANTS, Role
from tests.access import outcomes
from tests.access.asking import Asking, Said
from tests.access.introspection import (
    FieldName,
    changed_objects,
    fields,
    guard,
    guarded_fields,
    mutation_document,
    root_fields,
)
from tests.access.outcomes import PEOPLE, THINGS, Outcome, Person
from tests.access.rows import ABOUT_ONESELF, GUARDED, MUTATIONS, OF_THE_WHOLE, QUERIES, Mutation
from tests.access.scene import Scene, Things, set_up
from tests.support.database import Database
from tests.support.unchanged import Contents, contents

Row = TypeVar("Row")
Record = Callable[[str, object], None]

_OF_THINGS = [name for name in root_fields() if name not in ABOUT_ONESELF and name not in OF_THE_WHOLE]
_QUERY_FIELDS = [name for name in _OF_THINGS if not name.startswith("Mutation.")]
_MUTATION_FIELDS = [name for name in _OF_THINGS if name.startswith("Mutation.")]

_AUDITED = {
    Outcome.ALLOWED: Counter({("CHANGE", ""): 1}),
    Outcome.FORBIDDEN: Counter({("REFUSAL", "FORBIDDEN"): 1}),
    Outcome.FORBIDDEN_ITEM: Counter({("REFUSAL", "FORBIDDEN"): 1}),
}
"""The rows that each outcome of a mutation leaves in the audit trail; the others leave none."""


@dataclass
class Matrix:
    """The cells of one field: how many were asked, what is wrong with them, which took more than what is missing."""

    statements: list[str]
    count: int = 0
    wrong: list[str] = field(default_factory=list)
    dearer: list[str] = field(default_factory=list)
    _nothing: tuple[Outcome, Any, int] | None = None

    async def ask(self, asking: Asking, person: Person, document: str, **variables: Any) -> Said:
        self.statements.clear()
        return await asking(person.name, document, **variables)

    def check(self, cell: str, things: Things, expected: Outcome, said: Said, complaint: str | None) -> None:
        """One cell. What is answered like the missing thing, which comes first, is so to the byte and the statement."""
        self.count += 1
        if complaint is not None:
            self.wrong.append(f"{cell}: expected {expected.name}, {expected.value}, but {complaint}: {said.text}")
        alike, sent = said.without(things), len(self.statements)
        if self._nothing is None or cell.endswith("missing"):
            self._nothing = expected, alike, sent
        outcome, nothing, fewest = self._nothing
        if expected is outcome and alike != nothing:
            self.wrong.append(f"{cell}: {alike} differs from what is missing: {nothing}")
        if expected is outcome and sent != fewest:
            self.dearer.append(f"{cell}: {sent} statements, {fewest} for what is missing")


@pytest.mark.parametrize("name", _QUERY_FIELDS)
async def test_a_query_shows_what_the_policy_says_and_nothing_else(
    name: FieldName,
    scene: Scene,
    asking: Asking,
    database: Database,
    statements: list[str],
    record_property: Record,
) -> None:
    rows, matrix = _rows(QUERIES, name), Matrix(statements)
    before, audited = await _state(database), await _audit_rows(database)

    for cell, row, person, thing in _cells(rows):
        things = _things(scene, thing)
        expected = outcomes.of_query(row, person, thing)
        said = await matrix.ask(asking, person, row.document, **row.variables(things))
        wanted = {str(row.wanted(things))} if expected is Outcome.ALLOWED else set()
        complaint = _error_complaint(said, expected, [name.split(".")[1]])
        if complaint is None and set(said.all("id")) != wanted:
            complaint = "shows other ids"
        if complaint is None and any(count != len(wanted) for count in said.all("totalCount")):
            complaint = "counts others"
        matrix.check(cell, things, expected, said, complaint)

    assert not matrix.wrong, "\n".join(matrix.wrong)
    assert not matrix.dearer, "\n".join(matrix.dearer)
    assert matrix.count == len(rows) * len(PEOPLE) * len(THINGS) > 0
    assert await _state(database) == before
    assert await _audit_rows(database) == audited
    record_property("cells of the access matrix", matrix.count)


@pytest.mark.parametrize("name", _MUTATION_FIELDS)
async def test_a_mutation_changes_what_the_policy_says_and_a_refusal_changes_nothing(
    name: FieldName,
    scene: Scene,
    asking: Asking,
    database: Database,
    statements: list[str],
    record_property: Record,
) -> None:
    rows, matrix, before = _rows(MUTATIONS, name), Matrix(statements), await _state(database)
    mutation, audited = name.split(".")[1], await _audit_rows(database)
    document, spent = mutation_document(mutation), False

    for cell, row, person, thing in _cells(rows):
        things = _things(scene, thing)
        expected = outcomes.of_mutation(row, person, thing)
        said = await matrix.ask(asking, person, document, input=row.input(things))
        complaint = _error_complaint(said, expected, [mutation]) or _payload_complaint(said, expected, mutation, row)
        matrix.check(cell, things, expected, said, complaint)
        after, left = await _state(database), await _audit_rows(database)
        if (after != before) is not (expected is Outcome.ALLOWED):
            matrix.wrong.append(f"{cell}: expected {expected.name}, but the tables say otherwise: {said.text}")
        if left - audited != _AUDITED.get(expected, Counter()):
            matrix.wrong.append(f"{cell}: expected {expected.name}, but left the audit rows {left - audited}")
        before, audited, spent = after, left, spent or after != before
        if spent and thing == THINGS[-1]:
            scene, spent = await _anew(database), False
            before, audited = await _state(database), await _audit_rows(database)

    assert not matrix.wrong, "\n".join(matrix.wrong)
    assert not matrix.dearer, "\n".join(matrix.dearer)
    assert matrix.count == len(rows) * len(PEOPLE) * len(THINGS) > 0
    record_property("cells of the access matrix", matrix.count)


@pytest.mark.parametrize("name", guarded_fields())
async def test_a_guarded_field_is_shown_refused_once_or_out_of_reach(
    name: FieldName, scene: Scene, asking: Asking, statements: list[str], record_property: Record
) -> None:
    rows, matrix = _rows(GUARDED, name), Matrix(statements)
    key = name.split(".")[1]

    for cell, row, person, thing in _cells(rows):
        things = _things(scene, thing)
        expected = outcomes.of_guarded(row, person, thing)
        said = await matrix.ask(asking, person, row.document, **row.variables(things))
        values = said.all(key)
        if expected is Outcome.FORBIDDEN:
            paths = [path for _, path in said.errors]
            fine = [code for code, _ in said.errors] == ["FORBIDDEN"] and paths[0] is not None and paths[0][-1] == key
            complaint = None if fine and values == [None] else "answers otherwise"
        else:
            complaint = _error_complaint(said, expected, [])
            if complaint is None and (values != [] if expected is not Outcome.ALLOWED else None in (values or [None])):
                complaint = "shows otherwise"
        matrix.check(cell, things, expected, said, complaint)

    assert not matrix.wrong, "\n".join(matrix.wrong)
    assert not matrix.dearer, "\n".join(matrix.dearer)
    assert matrix.count == len(rows) * len(PEOPLE) * len(THINGS) > 0
    record_property("cells of the access matrix", matrix.count)


@pytest.mark.parametrize("document", ["{ node(id: $id) { id } }", "{ nodes(ids: [$id]) { id } }"])
async def test_a_foreign_node_takes_the_statements_of_a_missing_one(
    document: str, scene: Scene, asking: Asking, statements: list[str]
) -> None:
    counts = []

    for things in (scene.missing, scene.theirs):
        statements.clear()
        await asking("coordinator-it", f"query($id: ID!) {document}", id=str(things.open))
        counts.append(len(statements))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("person", PEOPLE, ids=str)
async def test_everyone_is_told_who_they_are_and_which_rights_their_role_has(
    person: Person, scene: Scene, asking: Asking, record_property: Record
) -> None:
    said = await asking(person.name, "{ me { id name role permissions division { id } } }")

    record_property("cells of the access matrix", 1)
    if person.role is None or person.name is None:
        assert _error_complaint(said, Outcome.REFUSED, []) is None, said.text
        return
    own = {"coordinator-it": "IT", "coordinator-mkt": "MKT", "coordinator-hr": "HR"}.get(person.name)
    assert said.errors == []
    assert said.data == {
        "me": {
            "id": str(scene.world.users[person.name]),
            "name": person.name,
            "role": person.role.value,
            "permissions": [right.value for right, grants in GRANTS.items() if grants[person.role].name != "NONE"],
            "division": None if own is None else {"id": str(scene.world.divisions[own])},
        }
    }


def test_every_root_field_and_every_guarded_field_has_a_row_and_every_row_a_field() -> None:
    rows = {*QUERIES, *MUTATIONS, *GUARDED, *ABOUT_ONESELF, *OF_THE_WHOLE}
    schema = {*root_fields(), *guarded_fields()}

    assert sorted(schema - rows) == [], "these have no row in tests/access/rows.py: say who may do what"
    assert sorted(rows - schema) == [], "these rows are of no field any more"
    assert {name.split(".")[0] for name in root_fields()} == {"Query", "Mutation"}, "a root without tests of its own"


def test_every_mutation_states_the_right_that_its_rows_need() -> None:
    stated = {name: guard(name) for name in (*_MUTATION_FIELDS, *OF_THE_WHOLE)}

    assert [name for name, found in stated.items() if found is None] == []
    assert {name: found.permission_class.permission for name, found in stated.items() if found is not None} == {
        **{name: rows[0].permission for name, rows in MUTATIONS.items()},
        **OF_THE_WHOLE,
    }


def test_every_guarded_field_is_nullable() -> None:
    guarded = [name for name in [*root_fields(), *guarded_fields()] if guard(name) is not None]

    assert [name for name in guarded if str(fields()[name].type).endswith("!")] == []


def test_every_role_takes_part_in_the_matrix() -> None:
    assert {person.role for person in PEOPLE} == {*Role, None}


def _rows(table: dict[FieldName, list[Row]], name: FieldName) -> list[Row]:
    assert table.get(name), f"{name} has no row in tests/access/rows.py: say which right it needs, and on what"
    return table[name]


def _cells(rows: list[Row]) -> Iterator[tuple[str, Row, Person, str]]:
    for index, row in enumerate(rows):
        for person in PEOPLE:
            for thing in THINGS:
                yield f"row {index}, {person}, {thing}", row, person, thing


def _things(scene: Scene, thing: str) -> Things:
    things: Things = getattr(scene, thing)
    return things


async def _state(database: Database) -> Contents:
    async with database.owner.connect() as connection:
        return await contents(connection)


async def _audit_rows(database: Database) -> Counter[tuple[str, str]]:
    """How many rows of the audit trail there are, by kind and code."""
    e = audit_events.c
    async with database.owner.connect() as connection:
        counts = await connection.execute(select(e.kind, e.code, func.count()).group_by(e.kind, e.code))
        return Counter({(kind, code): count for kind, code, count in counts})


async def _anew(database: Database) -> Scene:
    async with database.owner.begin() as connection:
        return await set_up(connection)


def _error_complaint(said: Said, expected: Outcome, path: list[str]) -> str | None:
    """What is wrong with the status and the top-level errors, None where nothing is."""
    if expected is Outcome.REFUSED:
        fine = said.status == 401 and said.errors == [("UNAUTHENTICATED", None)] and "data" not in said.body
    elif expected is Outcome.FORBIDDEN:
        fine = said.status == 200 and said.errors == [("FORBIDDEN", path)] and said.data == {path[0]: None}
    else:
        fine = said.status == 200 and said.errors == []
    return None if fine else "answers otherwise"


def _payload_complaint(said: Said, expected: Outcome, mutation: str, row: Mutation) -> str | None:
    if expected not in (Outcome.ALLOWED, Outcome.HIDDEN, Outcome.FORBIDDEN_ITEM):
        return None
    payload = said.data[mutation]
    refused = [(error["code"], tuple(error["field"] or ())) for error in payload["userErrors"]]
    objects = {name: payload[name] for name in changed_objects(mutation) if name != "results"}
    objects |= _of_items(payload.get("results", []), "billingRecord", "payment")
    if row.item and (complaint := _item_complaint(payload["results"], refused, len(row.item))):
        return complaint
    if expected is Outcome.ALLOWED:
        empty = tuple(name for name, value in objects.items() if value is None)
        return "refuses it" if refused else None if empty == row.without else f"shows no {empty}"
    code, field = ("FORBIDDEN", row.item) if expected is Outcome.FORBIDDEN_ITEM else (row.code, row.field)
    if not refused or refused[0] != (code, field) or any(other != code for other, _ in refused):
        return f"does not say {code} of {field}"
    return "shows something" if any(value not in (None, []) for value in objects.values()) else None


def _of_items(results: list[dict[str, Any]], *names: str) -> dict[str, Any]:
    """What the items of a bulk change made or changed."""
    return {f"{name} of item {item['index']}": item[name] for item in results for name in names if name in item}


def _item_complaint(
    results: list[dict[str, Any]], refused: list[tuple[str, tuple[str, ...]]], depth: int
) -> str | None:
    """What is wrong with the result of the only item: it says the same as the whole, seen from itself."""
    own = [[(error["code"], tuple(error["field"] or ())) for error in item["userErrors"]] for item in results]
    return None if own == [[(code, field[depth:]) for code, field in refused]] else "the item says otherwise"
