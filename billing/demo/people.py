"""The divisions of the demo as a tree, and the people who try it, named by their role."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from billing.demo.draws import Draws
from billing.permissions.grants import Role

DEMO_USERS: Final = (
    "coordinator-it",
    "coordinator-marketing",
    "coordinator-hr",
    "coordinator-facilities",
    "coordinator-finance",
    "analyst",
    "billing-admin",
    "admin",
    "superadmin",
)
"""Those who are offered to whoever tries the demo; every other division has a coordinator of its own too."""


@dataclass(frozen=True)
class Division:
    """A division as the demo knows it; `currency` is what it is charged in where the catalog has prices in it."""

    code: str
    name: str
    parent: str | None
    cost_centre: str
    heads: int
    currency: str = "USD"

    @property
    def coordinator(self) -> str:
        return f"coordinator-{self.code.lower()}"

    @property
    def revenue_account(self) -> str:
        return f"4{self.cost_centre}"

    @property
    def cost_account(self) -> str:
        return f"6{self.cost_centre}"


# Parents stand before their children.
DIVISIONS: Final = (
    Division("HEAD-OFFICE", "Head Office", None, "1000", 24),
    Division("IT", "IT", "HEAD-OFFICE", "1100", 62),
    Division("FINANCE", "Finance", "HEAD-OFFICE", "1200", 45),
    Division("HR", "HR", "HEAD-OFFICE", "1300", 28),
    Division("FACILITIES", "Facilities", "HEAD-OFFICE", "1400", 36),
    Division("LEGAL", "Legal", "HEAD-OFFICE", "1500", 18),
    Division("RD", "R&D", "HEAD-OFFICE", "2000", 214),
    Division("SALES", "Sales", "HEAD-OFFICE", "3000", 148),
    Division("MARKETING", "Marketing", "SALES", "3100", 71),
    Division("SALES-EUROPE", "Sales Europe", "SALES", "3200", 93, "EUR"),
    Division("SALES-JAPAN", "Sales Japan", "SALES", "3300", 32, "JPY"),
    Division("SALES-GULF", "Sales Gulf", "SALES", "3400", 21, "KWD"),
)

BY_CODE: Final = {division.code: division for division in DIVISIONS}

_OFFICERS: Final = {
    "analyst": Role.ANALYST,
    "billing-admin": Role.BILLING_ADMIN,
    "admin": Role.ADMIN,
    "superadmin": Role.SUPERADMIN,
}


@dataclass(frozen=True)
class People:
    """Who is there: the ids of divisions by code and of users by name."""

    divisions: dict[str, UUID]
    users: dict[str, UUID]


def people(draws: Draws, founded_at: datetime) -> People:
    return People(
        {division.code: draws.id_at(founded_at) for division in DIVISIONS},
        {name: draws.id_at(founded_at) for name in (*(each.coordinator for each in DIVISIONS), *_OFFICERS)},
    )


def division_rows(here: People, founded_at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": here.divisions[division.code],
            "code": division.code,
            "name": division.name,
            "parent_id": None if division.parent is None else here.divisions[division.parent],
            "cost_centre": f"CC-{division.cost_centre}",
            "gl_code": division.cost_account,
            "created_at": founded_at,
        }
        for division in DIVISIONS
    ]


def user_rows(here: People, founded_at: datetime) -> list[dict[str, Any]]:
    coordinators = {division.coordinator: division for division in DIVISIONS}
    rows = []
    for name, id in here.users.items():
        division = coordinators.get(name)
        rows.append(
            {
                "id": id,
                "name": name,
                "display_name": name.replace("-", " ").capitalize()
                if division is None
                else f"{division.name} coordinator",
                "role": (Role.COORDINATOR if division is not None else _OFFICERS[name]).value,
                "division_id": None if division is None else here.divisions[division.code],
                "created_at": founded_at,
            }
        )
    return rows
