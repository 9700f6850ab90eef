"""The viewer: the person a request is made for, and what they may do."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol
from uuid import UUID

from billing.domain.errors import Forbidden
from billing.permissions.grants import GRANTS, Permission, Role, Scope

OTHER_SIDE = "Your role does not allow this for the side your division is on."


class BetweenDivisions(Protocol):
    """Anything that belongs to the division that charges and the one that pays."""

    @property
    def from_division_id(self) -> UUID: ...
    @property
    def to_division_id(self) -> UUID: ...


@dataclass(frozen=True)
class Viewer:
    """An active user as the `users` table tells; `division_id` is None where they belong to no division."""

    user_id: UUID
    name: str
    role: Role
    division_id: UUID | None

    @cached_property
    def ids(self) -> tuple[str, str]:
        """Of the division and the user, as the settings of a transaction have them."""
        return str(self.division_id or ""), str(self.user_id)

    @cached_property
    def sees_all(self) -> bool:
        return GRANTS[Permission.BILLING_READ][self.role] is Scope.ALL

    def scope(self, permission: Permission) -> Scope:
        return GRANTS[permission][self.role]

    def may(self, permission: Permission) -> bool:
        """Whether the role has the permission on any row at all."""
        return self.scope(permission) is not Scope.NONE

    def may_on(self, permission: Permission, row: BetweenDivisions) -> bool:
        scope, own = self.scope(permission), self.division_id
        if scope is Scope.ALL:
            return True
        if own is None:
            return False
        return (scope in (Scope.OWN_FROM, Scope.OWN_EITHER) and row.from_division_id == own) or (
            scope in (Scope.OWN_TO, Scope.OWN_EITHER) and row.to_division_id == own
        )

    def may_as_provider(self, permission: Permission, provider_division_id: UUID) -> bool:
        scope = self.scope(permission)
        return scope is Scope.ALL or (scope is Scope.OWN_PROVIDER and provider_division_id == self.division_id)

    def require(self, permission: Permission, row: BetweenDivisions) -> None:
        """Refuse with FORBIDDEN what the viewer sees but may not do from their side."""
        if not self.may_on(permission, row):
            raise Forbidden(OTHER_SIDE)
