"""Statements made from a template are those that would be made for the moment."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Uuid, literal

import billing.db
from billing.db import audit_events, billing_records, catalog_items, credit_notes, disputes, divisions, payments, users
from billing.db.lists import Cursor, ListDefinition, Page, count_of, page_of
from billing.db.loaders import LOADERS, statement_of
from billing.db.statements import Sendable, sendable
from billing.domain.conditions import EVERYTHING, AllOf, AnyOf, Compare, Condition, Not
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer

OURS, THEIRS, OTHER = uuid4(), uuid4(), uuid4()
LISTS: dict[str, ListDefinition] = {
    "billing records": billing_records.LIST,
    "payments": payments.LIST,
    "disputes": disputes.LIST,
    "credit notes": credit_notes.LIST,
    "divisions": divisions.LIST,
    "catalog items": catalog_items.LIST,
    "users": users.LIST,
    "audit events": audit_events.LIST,
}
VALUES: dict[type, list[Any]] = {
    date: [date(2026, 1, 31), date.max],
    datetime: [datetime(2026, 1, 31, 12, tzinfo=UTC)],
    Decimal: [Decimal("12.50"), Decimal("-1")],
    str: ["A", "IT-2026-00042"],
}


def viewers() -> Iterator[Viewer]:
    for role in (Role.COORDINATOR, Role.ANALYST):
        yield Viewer(uuid4(), f"{role} of ours", role, OURS)
        yield Viewer(uuid4(), f"{role} of none", role, None)
    yield Viewer(uuid4(), "coordinator of theirs", Role.COORDINATOR, THEIRS)


def conditions(definition: ListDefinition) -> Iterator[Condition]:
    yield EVERYTHING
    ids = [name for name in definition.fields if name == "id" or name.endswith("_id")]
    for name in ids:
        yield Compare(name, "eq", OURS)
        yield Compare(name, "in", (OURS, THEIRS, OURS))
        yield Not(Compare(name, "eq", OTHER))
    for one in ids:
        for other in ids:
            yield AllOf((Compare(one, "eq", OURS), Compare(other, "eq", OURS)))
            yield AllOf((Compare(one, "eq", OURS), AnyOf((Compare(other, "eq", THEIRS), Compare(one, "eq", OTHER)))))
    for name in definition.orders.values():
        if name in definition.fields:
            for value in VALUES[_kind(definition, name)]:
                yield Compare(name, "gte", value)
                yield Compare(name, "lt", value)
    if definition.branch_field == "status":
        yield Compare("status", "in", ("PENDING",))
        if ids[1:]:
            yield AllOf((Compare("status", "eq", "PENDING"), Compare(ids[1], "eq", THEIRS)))


def pages(definition: ListDefinition, order: str) -> Iterator[Page]:
    yield Page(25)
    for value in VALUES[_kind(definition, definition.orders[order])]:
        yield Page(25, Cursor(order, value, OTHER))
        yield Page(3, Cursor(order, value, OURS), backwards=True)


def test_every_list_is_looked_at() -> None:
    modules = [import_module(f"billing.db.{each.name}") for each in iter_modules(billing.db.__path__)]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, ListDefinition)]

    assert {id(each) for each in found} == {id(each) for each in LISTS.values()}


@pytest.mark.parametrize("name", LISTS)
def test_a_page_and_a_count(name: str) -> None:
    """Of all that can be asked of a list, every seventh."""
    definition = LISTS[name]
    asked = [
        (viewer, condition, order, page)
        for viewer in viewers()
        for condition in conditions(definition)
        for order in definition.orders
        for page in pages(definition, order)
    ]
    assert len(asked) > 100

    for viewer, condition, order_name, page in asked[::7]:
        order = definition.order(order_name, len(order_name) % 2 == 0, condition)
        made = page_of(definition, viewer, condition, order, page)
        _assert_same(made, sendable(definition.page(viewer, condition, order, page)))
        _assert_same(count_of(definition, viewer, condition), sendable(definition.count(viewer, condition)))


@pytest.mark.parametrize("name", LOADERS)
def test_a_loader(name: str) -> None:
    loader = LOADERS[name]
    keys: list[Any] = [OURS, THEIRS]
    if len(loader.names) > 1:
        keys = [(OURS, "EUR", date(2026, 1, 31)), (THEIRS, "USD", None)]
    for viewer in viewers():
        _assert_same(statement_of(loader, viewer, keys, None), sendable(loader.statement(viewer, keys)))
        if loader.nests:
            by_one = sendable(loader.statement(viewer, literal(THEIRS, Uuid())))  # type: ignore[arg-type]
            _assert_same(statement_of(loader, viewer, [THEIRS], None), by_one)


def test_more_ids_than_there_are_marks() -> None:
    definition, viewer = billing_records.LIST, next(viewers())
    many = Compare("id", "in", tuple(uuid4() for _ in range(300)))
    _assert_same(count_of(definition, viewer, many), sendable(definition.count(viewer, many)))


def test_two_viewers_share_a_template_and_nothing_else() -> None:
    one = Viewer(uuid4(), "one", Role.COORDINATOR, OURS)
    other = replace(one, user_id=uuid4(), name="other", division_id=THEIRS)
    first, second = (statement_of(LOADERS["payments_by_id"], viewer, [OTHER], None) for viewer in (one, other))

    assert first.text is second.text
    assert {OURS, THEIRS} & set(_ids(first)) == {OURS}
    assert {OURS, THEIRS} & set(_ids(second)) == {THEIRS}


def _ids(made: Sendable) -> list[UUID]:
    return [value for value in made.arguments[0] if isinstance(value, UUID)]


def _assert_same(made: Sendable, expected: Sendable) -> None:
    assert made.text == expected.text
    assert [list(each) for each in made.arguments] == [list(each) for each in expected.arguments]


def _kind(definition: ListDefinition, column: str) -> type:
    kind: type = definition.table.c[column].type.python_type
    assert kind is not UUID
    return kind
