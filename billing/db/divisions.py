"""Statements over divisions; everyone reads them."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, Text, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from billing.db.columns import or_null
from billing.db.lists import ListDefinition, Order, compare, one_of, text_is
from billing.db.prepared import IDS, Prepared
from billing.db.rows import Row
from billing.db.tables import divisions
from billing.db.transaction import Transaction
from billing.permissions.viewer import Viewer


def columns(division: FromClause, viewer: Viewer) -> list[ColumnElement[Any]]:
    """A column per field that clients see."""
    d = division.c
    return [
        literal("Division", Text).label("kind"),
        d.id,
        d.code,
        d.name,
        d.parent_id,
        or_null(d.cost_centre).label("cost_centre"),
        or_null(d.gl_code).label("gl_code"),
        d.active,
        d.version,
        d.created_at,
    ]


LIST = ListDefinition(
    table=divisions,
    columns=columns,
    fields={
        "id": compare("id"),
        "code": compare("code"),
        "name": compare("name"),
        "parent_id": compare("parent_id"),
        "active": compare("active"),
    },
    orders={"CODE": "code", "NAME": "name", "CREATED_AT": "created_at"},
    default_order=lambda filters: (
        Order("NAME", "name") if any(part.field == "name" for part in filters) else Order("CODE", "code")
    ),
)


def find(viewer: Viewer, *, code: str) -> Select[Any]:
    """One division by its code."""
    return select(*columns(divisions, viewer)).where(text_is(divisions.c.code, code))


def by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Select[Any]:
    return select(*columns(divisions, viewer)).where(one_of(divisions.c.id, ids))


def of_parents(viewer: Viewer, parent_ids: Sequence[UUID]) -> Select[Any]:
    """The divisions directly below each parent, by code."""
    return (
        select(*columns(divisions, viewer)).where(one_of(divisions.c.parent_id, parent_ids)).order_by(divisions.c.code)
    )


_HOLD: Final = Prepared(
    select(divisions)
    .where(divisions.c.id == any_(IDS))
    .order_by(divisions.c.id)
    .with_for_update(key_share=True, read=True)
)


async def find_all(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, Row]:
    """The divisions that exist among the ids, held so that none is deactivated meanwhile."""
    return {row.id: row for row in await tx.rows(_HOLD.of(ids=ids))}


async def lock_one(tx: Transaction, id: UUID) -> Row | None:
    return await tx.one(select(divisions).where(divisions.c.id == id).with_for_update())


async def lock_tree(tx: Transaction) -> dict[UUID, UUID | None]:
    """Parent by division, all rows held: whoever moves a division must see the whole tree."""
    rows = await tx.rows(select(divisions.c.id, divisions.c.parent_id).order_by(divisions.c.id).with_for_update())
    return {row.id: row.parent_id for row in rows}


async def find_by_code_or_name(tx: Transaction, *, code: str | None = None, name: str | None = None) -> Row | None:
    wanted = divisions.c.code == code if code is not None else divisions.c.name == name
    return await tx.one(select(divisions).where(wanted))


async def find_by_names(tx: Transaction, names: Sequence[str]) -> dict[str, Row]:
    """The divisions that exist among the names, held so that none is deactivated meanwhile."""
    rows = await tx.rows(
        select(divisions)
        .where(divisions.c.name == any_(literal(list(names), ARRAY(Text))))
        .order_by(divisions.c.id)
        .with_for_update(key_share=True, read=True)
    )
    return {row.name: row for row in rows}


async def codes_in_use(tx: Transaction, codes: Sequence[str]) -> set[str]:
    rows = await tx.rows(select(divisions.c.code).where(divisions.c.code == any_(literal(list(codes), ARRAY(Text)))))
    return {row.code for row in rows}


async def add(tx: Transaction, **values: Any) -> None:
    await tx.add(divisions, {"created_at": tx.now, **values})


async def change(tx: Transaction, row: Row, **values: Any) -> None:
    await tx.change(divisions, row, **values)


async def active_children_of(tx: Transaction, id: UUID) -> list[UUID]:
    rows = await tx.rows(
        select(divisions.c.id).where(divisions.c.parent_id == id, divisions.c.active).order_by(divisions.c.id)
    )
    return [row.id for row in rows]


async def count(tx: Transaction) -> int:
    return int(await tx.value(select(func.count()).select_from(divisions)))
