"""The policy: one table, a row per permission, a column per role."""

from enum import Enum, StrEnum


class Role(StrEnum):
    COORDINATOR = "COORDINATOR"
    ANALYST = "ANALYST"
    BILLING_ADMIN = "BILLING_ADMIN"
    ADMIN = "ADMIN"
    SUPERADMIN = "SUPERADMIN"


class Scope(Enum):
    """On which rows a permission holds, by the viewer's own division."""

    NONE = "–"
    OWN_FROM = "own division charges"
    OWN_TO = "own division pays"
    OWN_EITHER = "own division, either side"
    OWN_PROVIDER = "own division provides"
    BELOW_ADMIN = "below admin"
    ALL = "all"


class Permission(StrEnum):
    BILLING_READ = "BILLING_READ"
    RECORD_CREATE = "RECORD_CREATE"
    RECORD_ISSUE = "RECORD_ISSUE"
    RECORD_EDIT = "RECORD_EDIT"
    RECORD_ANNOTATE = "RECORD_ANNOTATE"
    RECORD_DELETE_DRAFT = "RECORD_DELETE_DRAFT"
    RECORD_VOID = "RECORD_VOID"
    RECORD_CREDIT = "RECORD_CREDIT"
    PAYMENT_RECORD = "PAYMENT_RECORD"
    PAYMENT_CANCEL = "PAYMENT_CANCEL"
    PAYMENT_CONFIRM = "PAYMENT_CONFIRM"
    PAYMENT_REJECT = "PAYMENT_REJECT"
    PAYMENT_REVERSE = "PAYMENT_REVERSE"
    DISPUTE_OPEN = "DISPUTE_OPEN"
    DISPUTE_WITHDRAW = "DISPUTE_WITHDRAW"
    DISPUTE_RESOLVE = "DISPUTE_RESOLVE"
    CATALOG_READ = "CATALOG_READ"
    CATALOG_WRITE = "CATALOG_WRITE"
    COST_PRICE_READ = "COST_PRICE_READ"
    DIVISION_WRITE = "DIVISION_WRITE"
    AUDIT_READ = "AUDIT_READ"
    USER_READ = "USER_READ"
    USER_WRITE = "USER_WRITE"
    INTEGRITY_READ = "INTEGRITY_READ"
    INTEGRITY_RUN = "INTEGRITY_RUN"
    INTROSPECT = "INTROSPECT"


_ROLES = (Role.COORDINATOR, Role.ANALYST, Role.BILLING_ADMIN, Role.ADMIN, Role.SUPERADMIN)
_NONE, _ALL = Scope.NONE, Scope.ALL

# fmt: off
_TABLE: dict[Permission, tuple[Scope, Scope, Scope, Scope, Scope]] = {
    #                               coordinator         analyst  bill. admin  admin  superadmin
    Permission.BILLING_READ:        (Scope.OWN_EITHER,   _ALL,  _ALL,  _ALL,  _ALL),
    Permission.RECORD_CREATE:       (Scope.OWN_FROM,     _NONE, _ALL,  _ALL,  _ALL),
    Permission.RECORD_ISSUE:        (Scope.OWN_FROM,     _NONE, _ALL,  _ALL,  _ALL),
    Permission.RECORD_EDIT:         (Scope.OWN_FROM,     _NONE, _ALL,  _ALL,  _ALL),
    Permission.RECORD_ANNOTATE:     (Scope.OWN_TO,       _NONE, _ALL,  _ALL,  _ALL),
    Permission.RECORD_DELETE_DRAFT: (Scope.OWN_FROM,     _NONE, _ALL,  _ALL,  _ALL),
    Permission.RECORD_VOID:         (Scope.OWN_FROM,     _NONE, _ALL,  _ALL,  _ALL),
    Permission.RECORD_CREDIT:       (Scope.OWN_FROM,     _NONE, _ALL,  _ALL,  _ALL),
    Permission.PAYMENT_RECORD:      (Scope.OWN_TO,       _NONE, _ALL,  _ALL,  _ALL),
    Permission.PAYMENT_CANCEL:      (Scope.OWN_TO,       _NONE, _ALL,  _ALL,  _ALL),
    Permission.PAYMENT_CONFIRM:     (Scope.OWN_FROM,     _NONE, _ALL,  _ALL,  _ALL),
    Permission.PAYMENT_REJECT:      (Scope.OWN_FROM,     _NONE, _ALL,  _ALL,  _ALL),
    Permission.PAYMENT_REVERSE:     (_NONE,              _NONE, _ALL,  _ALL,  _ALL),
    Permission.DISPUTE_OPEN:        (Scope.OWN_TO,       _NONE, _ALL,  _ALL,  _ALL),
    Permission.DISPUTE_WITHDRAW:    (Scope.OWN_TO,       _NONE, _ALL,  _ALL,  _ALL),
    Permission.DISPUTE_RESOLVE:     (Scope.OWN_FROM,     _NONE, _ALL,  _ALL,  _ALL),
    Permission.CATALOG_READ:        (_ALL,               _ALL,  _ALL,  _ALL,  _ALL),
    Permission.CATALOG_WRITE:       (_NONE,              _NONE, _NONE, _ALL,  _ALL),
    Permission.COST_PRICE_READ:     (Scope.OWN_PROVIDER, _ALL,  _ALL,  _ALL,  _ALL),
    Permission.DIVISION_WRITE:      (_NONE,              _NONE, _NONE, _ALL,  _ALL),
    Permission.AUDIT_READ:          (_NONE,              _ALL,  _ALL,  _ALL,  _ALL),
    Permission.USER_READ:           (_NONE,              _NONE, _NONE, _ALL,  _ALL),
    Permission.USER_WRITE:          (_NONE,              _NONE, _NONE, Scope.BELOW_ADMIN, _ALL),
    Permission.INTEGRITY_READ:      (_NONE,              _ALL,  _ALL,  _ALL,  _ALL),
    Permission.INTEGRITY_RUN:       (_NONE,              _NONE, _NONE, _ALL,  _ALL),
    Permission.INTROSPECT:          (_NONE,              _ALL,  _ALL,  _ALL,  _ALL),
}
# fmt: on

GRANTS: dict[Permission, dict[Role, Scope]] = {
    permission: dict(zip(_ROLES, scopes, strict=True)) for permission, scopes in _TABLE.items()
}

ROLES_BELOW_ADMIN = frozenset({Role.COORDINATOR, Role.ANALYST, Role.BILLING_ADMIN})
