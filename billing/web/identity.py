"""Who is asking: the token of the Authorization header, and what the users table says of its subject."""

from uuid import UUID

from starlette.requests import Request

from billing.db import users
from billing.db.database import Database
from billing.domain.errors import Unauthenticated
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer
from billing.web.tokens import Tokens

_SCHEME = "bearer "


def bearer_token(request: Request) -> str:
    """The one token of the one Authorization header; nothing else carries identity."""
    headers = request.headers.getlist("authorization")
    if len(headers) != 1 or not headers[0].lower().startswith(_SCHEME):
        raise Unauthenticated
    return headers[0][len(_SCHEME) :].strip()


async def viewer_of(request: Request, tokens: Tokens, database: Database) -> Viewer:
    """The active user the token stands for, read anew for each request; Unauthenticated for anyone else."""
    name = tokens.subject(bearer_token(request))
    user = await database.read_one(users.active_by_name(name))
    if user is None:
        raise Unauthenticated
    division_id: UUID | None = user.division_id
    return Viewer(user.id, user.name, Role(user.role), division_id)
