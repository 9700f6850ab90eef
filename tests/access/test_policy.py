"""The policy table says what the design says: DESIGN §3 written out once more, right by right and role by role."""

import pytest

from billing.permissions.grants import GRANTS, ROLES_BELOW_ADMIN, Permission, Role, Scope

ROLES = (Role.COORDINATOR, Role.ANALYST, Role.BILLING_ADMIN, Role.ADMIN, Role.SUPERADMIN)

# fmt: off
DESIGN = {
    #                                           coordinator      analyst  billing admin  admin    superadmin
    "see records, payments, reports":          ("either side",   "all",   "all",         "all",   "all"),
    "create a record":                         ("from side",     "–",     "any",         "any",   "any"),
    "issue a record":                          ("from side",     "–",     "any",         "any",   "any"),
    "edit a record":                           ("from side",     "–",     "any",         "any",   "any"),
    "write the notes of the paying side":      ("to side",       "–",     "any",         "any",   "any"),
    "delete a draft":                          ("from side",     "–",     "any",         "any",   "any"),
    "void a record":                           ("from side",     "–",     "any",         "any",   "any"),
    "credit a record":                         ("from side",     "–",     "any",         "any",   "any"),
    "record a payment":                        ("to side",       "–",     "any",         "any",   "any"),
    "cancel a payment":                        ("to side",       "–",     "any",         "any",   "any"),
    "confirm a payment":                       ("from side",     "–",     "any",         "any",   "any"),
    "reject a payment":                        ("from side",     "–",     "any",         "any",   "any"),
    "reverse a confirmed payment":             ("–",             "–",     "any",         "any",   "any"),
    "open a dispute":                          ("to side",       "–",     "any",         "any",   "any"),
    "withdraw a dispute":                      ("to side",       "–",     "any",         "any",   "any"),
    "resolve a dispute":                       ("from side",     "–",     "any",         "any",   "any"),
    "analytics and exports over all":          ("–",             "yes",   "yes",         "yes",   "yes"),
    "read catalog, prices, divisions":         ("read",          "read",  "read",        "read",  "read"),
    "write catalog and prices":                ("–",             "–",     "–",           "write", "write"),
    "write divisions":                         ("–",             "–",     "–",           "write", "write"),
    "read the cost price of a catalog item":   ("provider own",  "read",  "read",        "read",  "read"),
    "read the audit trail":                    ("–",             "read",  "read",        "read",  "read"),
    "read the integrity check":                ("–",             "read",  "read",        "read",  "read"),
    "introspection in production":             ("–",             "yes",   "yes",         "yes",   "yes"),
    "start an integrity check":                ("–",             "–",     "–",           "yes",   "yes"),
    "read users and roles":                    ("–",             "–",     "–",           "read",  "read"),
    "write users and roles":                   ("–",             "–",     "–",           "below", "write"),
}
# fmt: on

RIGHTS: dict[Permission, str] = {
    Permission.BILLING_READ: "see records, payments, reports",
    Permission.RECORD_CREATE: "create a record",
    Permission.RECORD_ISSUE: "issue a record",
    Permission.RECORD_EDIT: "edit a record",
    Permission.RECORD_ANNOTATE: "write the notes of the paying side",
    Permission.RECORD_DELETE_DRAFT: "delete a draft",
    Permission.RECORD_VOID: "void a record",
    Permission.RECORD_CREDIT: "credit a record",
    Permission.PAYMENT_RECORD: "record a payment",
    Permission.PAYMENT_CANCEL: "cancel a payment",
    Permission.PAYMENT_CONFIRM: "confirm a payment",
    Permission.PAYMENT_REJECT: "reject a payment",
    Permission.PAYMENT_REVERSE: "reverse a confirmed payment",
    Permission.DISPUTE_OPEN: "open a dispute",
    Permission.DISPUTE_WITHDRAW: "withdraw a dispute",
    Permission.DISPUTE_RESOLVE: "resolve a dispute",
    Permission.CATALOG_READ: "read catalog, prices, divisions",
    Permission.CATALOG_WRITE: "write catalog and prices",
    Permission.DIVISION_WRITE: "write divisions",
    Permission.COST_PRICE_READ: "read the cost price of a catalog item",
    Permission.AUDIT_READ: "read the audit trail",
    Permission.USER_READ: "read users and roles",
    Permission.USER_WRITE: "write users and roles",
    Permission.INTEGRITY_READ: "read the integrity check",
    Permission.INTEGRITY_RUN: "start an integrity check",
    Permission.INTROSPECT: "introspection in production",
}
"""Which right of the design each permission is; rights without a permission are not built yet."""

_SCOPES = {
    "–": Scope.NONE,
    "from side": Scope.OWN_FROM,
    "to side": Scope.OWN_TO,
    "either side": Scope.OWN_EITHER,
    "provider own": Scope.OWN_PROVIDER,
    "below": Scope.BELOW_ADMIN,
    "all": Scope.ALL,
    "any": Scope.ALL,
    "yes": Scope.ALL,
    "read": Scope.ALL,
    "write": Scope.ALL,
}


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_each_role_has_each_right_on_the_rows_the_design_names(permission: Permission, role: Role) -> None:
    assert permission in RIGHTS, f"{permission} is no right of the design: add its row to DESIGN and RIGHTS"
    word = DESIGN[RIGHTS[permission]][ROLES.index(role)]

    assert GRANTS[permission][role] is _SCOPES[word], f"{RIGHTS[permission]}: the design says {word}"


def test_the_policy_table_has_every_right_and_every_role_and_no_right_twice() -> None:
    assert set(GRANTS) == set(Permission)
    assert all(set(grants) == set(Role) == set(ROLES) for grants in GRANTS.values())
    assert len(set(RIGHTS.values())) == len(RIGHTS)


def test_admins_manage_those_below_them_and_no_others() -> None:
    assert set(ROLES_BELOW_ADMIN) == {Role.COORDINATOR, Role.ANALYST, Role.BILLING_ADMIN}
