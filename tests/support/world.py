"""The small organisation most tests happen in: three divisions, a user for every role, one service to charge."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db.tables import divisions, metadata, service_catalog, service_catalog_prices, users
from billing.domain.identifiers import new_id

_DIVISIONS = {"IT": "Information Technology", "MKT": "Marketing", "HR": "Human Resources"}
_USERS: dict[str, tuple[str, str | None]] = {
    "coordinator-it": ("COORDINATOR", "IT"),
    "coordinator-it-2": ("COORDINATOR", "IT"),
    "coordinator-mkt": ("COORDINATOR", "MKT"),
    "coordinator-hr": ("COORDINATOR", "HR"),
    "coordinator-none": ("COORDINATOR", None),
    "analyst": ("ANALYST", None),
    "billing-admin": ("BILLING_ADMIN", None),
    "billing-admin-2": ("BILLING_ADMIN", None),
    "admin": ("ADMIN", None),
    "superadmin": ("SUPERADMIN", None),
}


@dataclass
class World:
    """Ids by code, account name and SKU."""

    divisions: dict[str, UUID] = field(default_factory=dict)
    users: dict[str, UUID] = field(default_factory=dict)
    laptop: UUID = field(default_factory=new_id)


async def fill(connection: AsyncConnection) -> World:
    """Empties every table and makes the world anew."""
    await connection.execute(text("SET LOCAL session_replication_role = replica"))
    for table in metadata.tables:
        await connection.execute(text(f"DELETE FROM {table}"))
    await connection.execute(text("SET LOCAL session_replication_role = origin"))
    return await populate(connection)


async def populate(connection: AsyncConnection) -> World:
    """Makes the world in tables that are empty, of whatever revision."""
    world = World({code: new_id() for code in _DIVISIONS}, {name: new_id() for name in _USERS})
    await connection.execute(
        insert(divisions),
        [
            {
                "id": world.divisions[code],
                "code": code,
                "name": name,
                "cost_centre": f"CC-{code}",
                "gl_code": f"GL-{code}",
            }
            for code, name in _DIVISIONS.items()
        ],
    )
    await connection.execute(
        insert(users),
        [
            {
                "id": world.users[name],
                "name": name,
                "display_name": name.title(),
                "role": role,
                "division_id": None if code is None else world.divisions[code],
            }
            for name, (role, code) in _USERS.items()
        ],
    )
    await connection.execute(
        insert(service_catalog).values(
            id=world.laptop,
            sku="LAPTOP",
            name="Laptop",
            category="Devices",
            unit="month",
            provider_division_id=world.divisions["IT"],
        )
    )
    await connection.execute(
        insert(service_catalog_prices).values(
            id=new_id(),
            catalog_item_id=world.laptop,
            currency="USD",
            valid_from=date(2020, 1, 1),
            unit_price=Decimal("49.90"),
            cost_price=Decimal("41.20"),
            created_by=world.users["admin"],
        )
    )
    return world
