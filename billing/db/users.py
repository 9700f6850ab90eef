"""Statements over users: who someone is for a token, the list that admins see, changes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, FromClause, Select, Text, any_, func, literal, select
from sqlalchemy.dialects import postgresql

from billing.db.lists import ListDefinition, Order, compare, one_of
from billing.db.rows import Row
from billing.db.tables import divisions, users
from billing.db.transaction import Transaction
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer

SYSTEM_USER_ID = UUID("00000000-0000-7000-8000-000000000001")
"""Stands for the service itself where commands, imports and the demo write; no token is valid for it."""

SYSTEM = Viewer(SYSTEM_USER_ID, "system", Role.SUPERADMIN, None)
"""Whoever runs a command has the database at hand; what is written bears the system user's id."""


def columns(user: FromClause, viewer: Viewer) -> list[ColumnElement[Any]]:
    """A column per field that clients see; `kept_` ones stand behind a guard."""
    u = user.c
    return [
        literal("User", Text).label("kind"),
        u.id,
        u.name,
        u.display_name,
        u.role,
        u.division_id,
        u.active,
        u.version,
        u.created_at,
    ]


LIST = ListDefinition(
    table=users,
    columns=columns,
    fields={
        "id": compare("id"),
        "name": compare("name"),
        "role": compare("role"),
        "division_id": compare("division_id"),
        "active": compare("active"),
    },
    orders={"NAME": "name", "CREATED_AT": "created_at"},
    default_order=lambda filters: Order("NAME", "name"),
)


def by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Select[Any]:
    return select(*columns(users, viewer)).where(one_of(users.c.id, ids))


def active_by_names(names: Sequence[str]) -> Select[Any]:
    """The active users whom tokens name by their `sub`; the system user is never active."""
    return select(users.c.id, users.c.name, users.c.role, users.c.division_id).where(
        users.c.name == any_(literal(list(names), ARRAY(Text()))), users.c.active
    )


def named(names: Sequence[str]) -> Select[Any]:
    """Who has one of these names, active or not, with the code of the division."""
    return (
        select(users.c.name, users.c.role, users.c.active, users.c.division_id, divisions.c.code)
        .outerjoin(divisions, divisions.c.id == users.c.division_id)
        .where(users.c.name.in_(names))
    )


async def find_by_name(tx: Transaction, name: str) -> Row | None:
    return await tx.one(select(users).where(users.c.name == name))


async def lock_one(tx: Transaction, id: UUID) -> Row | None:
    return await tx.one(select(users).where(users.c.id == id).with_for_update())


async def lock_active_superadmins(tx: Transaction) -> list[UUID]:
    """All who could still administer; held, so that two cannot take the last two away at once."""
    rows = await tx.rows(
        select(users.c.id)
        .where(users.c.role == Role.SUPERADMIN.value, users.c.active)
        .order_by(users.c.id)
        .with_for_update()
    )
    return [row.id for row in rows]


async def add(tx: Transaction, **values: Any) -> None:
    await tx.add(users, {"created_at": tx.now, **values})


async def add_system_user_if_missing(tx: Transaction) -> None:
    """The user that stands behind what the service writes itself; never active, so that no token is valid for it."""
    namesake = await find_by_name(tx, "system")
    statement = postgresql.insert(users).values(
        id=SYSTEM_USER_ID,
        name="system" if namesake is None else str(SYSTEM_USER_ID),
        display_name="Internal Billing",
        role=Role.ANALYST.value,
        active=False,
        created_at=tx.now,
    )
    await tx.execute(statement.on_conflict_do_nothing(index_elements=[users.c.id]))


async def change(tx: Transaction, row: Row, **values: Any) -> None:
    await tx.change(users, row, **values)


async def count(tx: Transaction) -> int:
    return int(await tx.value(select(func.count()).select_from(users)))
