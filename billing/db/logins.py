"""The logins that the service uses, and the address of the database for each."""

from dataclasses import dataclass

from sqlalchemy.engine import make_url

SERVICE = "billing_service"
"""Works for those who see all, and for the service itself."""

SCOPED = "billing_scoped"
"""Works for those who see one division; row-level security shows it no other."""


@dataclass(frozen=True)
class Addresses:
    """One database: as its owner, who migrates it (None where that is somebody else's work), and as both logins."""

    owner: str | None
    service: str
    scoped: str


def beside(owner: str) -> Addresses:
    """The addresses of the logins where they differ from the owner's in nothing but the name."""
    return Addresses(owner, _as(owner, SERVICE), _as(owner, SCOPED))


def _as(address: str, login: str) -> str:
    return make_url(address).set(username=login).render_as_string(hide_password=False)
