"""Who gets what, for each person and each thing: derived from the policy table and the rules of who sees what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from billing.permissions.grants import GRANTS, Permission, Role, Scope
from tests.access.rows import Guarded, Mutation, Query


class Outcome(Enum):
    """What a cell of the matrix answers."""

    ALLOWED = "shown, or changed"
    FORBIDDEN = "the top-level error FORBIDDEN at the field, which is null"
    FORBIDDEN_ITEM = "the userError FORBIDDEN of the only item, which changes nothing"
    HIDDEN = "as if it did not exist"
    REFUSED = "401, whatever is asked"


class Side(Enum):
    """On which side of a pair's records a division stands."""

    FROM = "charges"
    TO = "pays"


@dataclass(frozen=True)
class Person:
    """Someone at the door; `sides` says where their division stands in each pair."""

    name: str | None
    role: Role | None
    sides: Mapping[str, Side] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name or "anonymous"


PEOPLE = (
    Person("coordinator-it", Role.COORDINATOR, {"ours": Side.FROM}),
    Person("coordinator-mkt", Role.COORDINATOR, {"ours": Side.TO}),
    Person("coordinator-hr", Role.COORDINATOR, {"theirs": Side.FROM}),
    Person("coordinator-none", Role.COORDINATOR),
    Person("analyst", Role.ANALYST),
    Person("billing-admin", Role.BILLING_ADMIN),
    Person("admin", Role.ADMIN),
    Person("superadmin", Role.SUPERADMIN),
    Person(None, None),
)

THINGS = ("missing", "theirs", "ours")

_SIDES = {
    Scope.OWN_FROM: {Side.FROM},
    Scope.OWN_TO: {Side.TO},
    Scope.OWN_EITHER: {Side.FROM, Side.TO},
    Scope.OWN_PROVIDER: {Side.FROM},
}


def of_query(row: Query, person: Person, thing: str) -> Outcome:
    if person.role is None:
        return Outcome.REFUSED
    if _scope(row.permission, person.role) is Scope.NONE:
        return Outcome.FORBIDDEN
    return Outcome.ALLOWED if _holds(row.permission, person, thing) else Outcome.HIDDEN


def of_mutation(row: Mutation, person: Person, thing: str) -> Outcome:
    """The role first, then whether the thing is there for the person, then the side."""
    if person.role is None:
        return Outcome.REFUSED
    scope = _scope(row.permission, person.role)
    if scope is Scope.NONE:
        return Outcome.FORBIDDEN
    if row.above_admin and row.public and scope is Scope.BELOW_ADMIN:
        return Outcome.FORBIDDEN
    if thing == "missing":
        return Outcome.HIDDEN
    if scope is Scope.BELOW_ADMIN:
        return Outcome.FORBIDDEN if row.above_admin else Outcome.ALLOWED
    if not row.public and scope is not Scope.ALL and thing not in person.sides:
        return Outcome.HIDDEN
    rights = [_holds(right, person, thing) for right in (row.permission, row.also) if right is not None]
    if any(rights) if row.either else all(rights):
        return Outcome.ALLOWED
    return Outcome.FORBIDDEN_ITEM if row.item else Outcome.FORBIDDEN


def of_guarded(row: Guarded, person: Person, thing: str) -> Outcome:
    """First whether the way to the field is open, then the field."""
    if person.role is None:
        return Outcome.REFUSED
    if not _holds(row.through, person, thing):
        return Outcome.HIDDEN
    return Outcome.ALLOWED if _holds(row.permission, person, thing) else Outcome.FORBIDDEN


def _scope(permission: Permission, role: Role) -> Scope:
    return GRANTS[permission][role]


def _holds(permission: Permission, person: Person, thing: str) -> bool:
    """Whether the person has the right on the thing, which nobody has on what is missing."""
    assert person.role is not None
    scope = _scope(permission, person.role)
    if thing == "missing" or scope is Scope.NONE:
        return False
    return scope is Scope.ALL or person.sides.get(thing) in _SIDES.get(scope, set())
