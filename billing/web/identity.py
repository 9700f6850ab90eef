"""Who is asking: the token of the Authorization header, and what the users table says of its subject."""

from billing.domain.errors import Unauthenticated
from billing.permissions.viewer import Viewer
from billing.web.executor import Executor
from billing.web.requests import Request
from billing.web.tokens import Verifier

_SCHEME = "bearer "


def bearer_token(request: Request) -> str:
    """The one token of the one Authorization header; nothing else carries identity."""
    headers = request.lines(b"authorization")
    if len(headers) != 1 or headers[0][: len(_SCHEME)].lower() != _SCHEME:
        raise Unauthenticated
    return headers[0][len(_SCHEME) :].strip()


async def viewer_of(request: Request, tokens: Verifier, executor: Executor) -> Viewer:
    """The active user the token stands for, as the users table says now; Unauthenticated for anyone else."""
    token, database = bearer_token(request), executor.database
    subject = tokens.known(token)
    viewer = None if subject is None else database.viewers.known(subject)
    if viewer is not None:
        return viewer
    with executor.guard.deadline():
        viewer = await database.viewer(await tokens.subject(token))
    if viewer is None:
        raise Unauthenticated
    return viewer
