"""Whom one can be in the demo: its users, each with the division and a token."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from billing.db import users
from billing.db.database import Database
from billing.web.tokens import Tokens


@dataclass(frozen=True)
class DemoPeople:
    """Gives tokens of the demo's users to anybody who asks, and of nobody else."""

    names: tuple[str, ...]
    database: Database
    tokens: Tokens
    token_lifetime: timedelta

    async def find(self) -> list[dict[str, Any]] | None:
        """None where the database holds another organisation, which may have people of some of these names."""
        async with self.database.transaction() as tx:
            known = {row.name: row for row in await tx.rows(users.named(self.names))}
            now = tx.now
        if known.keys() != set(self.names):
            return None
        return [
            {
                "name": name,
                "role": known[name].role,
                "division": known[name].code,
                "divisionId": str(known[name].division_id) if known[name].division_id else None,
                "token": self.tokens.issue(name, now, self.token_lifetime),
            }
            for name in self.names
            if known[name].active
        ]
