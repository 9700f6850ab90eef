"""The users of the database, and tokens for them."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from billing.cli.connecting import failure
from billing.db import users as statements
from billing.db.database import Database
from billing.db.tables import divisions, users
from billing.settings import InvalidSettingsError, Settings, development_secret
from billing.web.jwks import Jwks, source_of
from billing.web.tokens import Tokens, Verifier


@dataclass(frozen=True)
class Person:
    """A user with the code of the division."""

    name: str
    role: str
    division: str | None
    active: bool


async def list_people(database: Database) -> list[Person]:
    """All users but the system's own, those who administer last."""
    statement = (
        select(users.c.name, users.c.role, divisions.c.code, users.c.active)
        .outerjoin(divisions, divisions.c.id == users.c.division_id)
        .where(users.c.id != statements.SYSTEM_USER_ID)
        .order_by(users.c.name)
    )
    async with database.transaction() as tx:
        return [Person(row.name, row.role, row.code, row.active) for row in await tx.rows(statement)]


def tokens_of(settings: Settings) -> Verifier:
    """What verifies tokens under these settings: with the keys of their issuer, or with a secret of our own."""
    if settings.jwks is not None:
        keys = Jwks(source_of(settings.jwks), settings.jwt_algorithms)
        return Verifier(keys, settings.jwt_issuer, settings.jwt_audience)
    return own_tokens(settings)


def own_tokens(settings: Settings) -> Tokens:
    """What makes tokens; where they have an issuer, none of ours would be accepted."""
    if settings.jwks is not None:
        raise failure("JWKS is set: tokens come from the issuer whose keys stand there, and none of ours is accepted.")
    try:
        secret = development_secret(settings).get_secret_value()
    except InvalidSettingsError as error:
        raise failure(str(error)) from None
    return Tokens(secret, settings.jwt_issuer, settings.jwt_audience)


async def token_for(database: Database, settings: Settings, name: str) -> str | None:
    """A token for an active user, None where there is no such user."""
    async with database.transaction() as tx:
        user = await tx.one(statements.active_by_names([name]))
        now = tx.now
    if user is None:
        return None
    return own_tokens(settings).issue(name, now, timedelta(hours=settings.token_lifetime_hours))
