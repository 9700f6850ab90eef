"""A row for every root field and every guarded field: how it is asked for, and which right it needs on what.

Who gets what is not said here: `outcomes.py` derives it for each person and each thing from the policy table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from billing.permissions.grants import Permission
from tests.access.introspection import FieldName
from tests.access.scene import Things
from tests.support.make import key

Values = Callable[[Things], dict[str, Any]]


@dataclass(frozen=True)
class Query:
    """A way to ask for one thing. Where it is shown its id stands in the data, and it alone is counted."""

    document: str
    variables: Values
    wanted: Callable[[Things], UUID]
    permission: Permission = Permission.BILLING_READ


@dataclass(frozen=True)
class Mutation:
    """A way to change one thing; `field` and `code` say what the userError of a thing that is not there names.

    `public`: everyone knows of the thing, so that what may not be changed is FORBIDDEN, never NOT_FOUND.
    `above_admin`: concerns a user or a role that only superadmins manage; `either` side will do, or neither.
    `item`: where the only item of a bulk change stands; the refusal of a side is then a userError of that item.
    `without`: what of the payload this change leaves empty.
    """

    permission: Permission
    input: Values
    field: tuple[str, ...] = ("id",)
    code: str = "NOT_FOUND"
    public: bool = False
    above_admin: bool = False
    also: Permission | None = None
    either: bool = False
    item: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guarded:
    """A way to reach a guarded field: through something that needs `through`, and then `permission` itself."""

    permission: Permission
    through: Permission
    document: str
    variables: Values


def _id(name: str) -> Values:
    return lambda things: {"id": str(getattr(things, name))}


def _thing(name: str) -> Callable[[Things], UUID]:
    def id(things: Things) -> UUID:
        return getattr(things, name)  # type: ignore[no-any-return]

    return id


def _number(things: Things) -> dict[str, Any]:
    return {"text": things.number}


def _credit_number(things: Things) -> dict[str, Any]:
    return {"text": things.credit_number}


def _sku(things: Things) -> dict[str, Any]:
    return {"text": things.sku}


def _one(field: str, argument: str, thing: str, values: Values, permission: Permission) -> Query:
    kind = "ID!" if argument == "id" else "String!"
    name = "id" if argument == "id" else "text"
    return Query(
        f"query(${name}: {kind}) {{ {field}({argument}: ${name}) {{ id }} }}", values, _thing(thing), permission
    )


def _listed(field: str, filter: str, thing: str, values: Values, permission: Permission) -> Query:
    """A filter that fits the thing alone."""
    variable = "$id: ID!" if "$id" in filter else "$text: String!"
    page = "nodes { id } edges { node { id } } totalCount"
    return Query(f"query({variable}) {{ {field}(filter: {filter}) {{ {page} }} }}", values, _thing(thing), permission)


_billing_one = partial(_one, permission=Permission.BILLING_READ)
_catalog_one = partial(_one, permission=Permission.CATALOG_READ)
_billing = partial(_listed, permission=Permission.BILLING_READ)
_catalog = partial(_listed, permission=Permission.CATALOG_READ)
_users = partial(_listed, permission=Permission.USER_READ)
_audit = partial(_listed, permission=Permission.AUDIT_READ)

_BY_ID = "{id: {eq: $id}}"
_NODES = {
    "open": Permission.BILLING_READ,
    "draft": Permission.BILLING_READ,
    "payment": Permission.BILLING_READ,
    "from_division": Permission.CATALOG_READ,
    "item": Permission.CATALOG_READ,
    "dispute": Permission.BILLING_READ,
    "credit_note": Permission.BILLING_READ,
}

QUERIES: dict[FieldName, list[Query]] = {
    "Query.billingRecord": [
        _billing_one("billingRecord", "id", "open", _id("open")),
        _billing_one("billingRecord", "id", "draft", _id("draft")),
        _billing_one("billingRecord", "number", "open", _number),
    ],
    "Query.billingRecords": [
        _billing("billingRecords", _BY_ID, "open", _id("open")),
        _billing("billingRecords", _BY_ID, "draft", _id("draft")),
        _billing("billingRecords", "{number: {eq: $text}}", "open", _number),
        _billing("billingRecords", "{number: {startsWith: $text}}", "open", _number),
    ],
    "Query.payment": [_billing_one("payment", "id", "payment", _id("payment"))],
    "Query.payments": [_billing("payments", _BY_ID, "payment", _id("payment"))],
    "Query.disputes": [
        _billing("disputes", _BY_ID, "dispute", _id("dispute")),
        _billing("disputes", "{billingRecordId: {eq: $id}}", "dispute", _id("disputed")),
    ],
    "Query.division": [
        _catalog_one("division", "id", "from_division", _id("from_division")),
        _catalog_one("division", "code", "from_division", lambda things: {"text": things.code}),
    ],
    "Query.divisions": [_catalog("divisions", _BY_ID, "from_division", _id("from_division"))],
    "Query.catalogItem": [
        _catalog_one("catalogItem", "id", "item", _id("item")),
        _catalog_one("catalogItem", "sku", "item", _sku),
    ],
    "Query.catalogItems": [
        _catalog("catalogItems", _BY_ID, "item", _id("item")),
        _catalog("catalogItems", "{sku: {startsWith: $text}}", "item", _sku),
    ],
    "Query.users": [_users("users", _BY_ID, "user", _id("user"))],
    "Query.node": [
        Query("query($id: ID!) { node(id: $id) { id } }", _id(thing), _thing(thing), permission)
        for thing, permission in _NODES.items()
    ],
    "Query.nodes": [
        Query("query($id: ID!) { nodes(ids: [$id, $id]) { id } }", _id(thing), _thing(thing), permission)
        for thing, permission in list(_NODES.items())[-3:]
    ],
    "Query.creditNotes": [
        _billing("creditNotes", _BY_ID, "credit_note", _id("credit_note")),
        _billing("creditNotes", "{billingRecordId: {eq: $id}}", "credit_note", _id("credited")),
        _billing("creditNotes", "{number: {startsWith: $text}}", "credit_note", _credit_number),
    ],
    "Query.auditEvents": [
        _audit("auditEvents", _BY_ID, "audit_event", _id("audit_event")),
        _audit("auditEvents", "{objectId: {eq: $id}}", "audit_event", _id("open")),
    ],
}

ABOUT_ONESELF: set[FieldName] = {"Query.me"}
"""Root fields that ask for no thing: everyone who is someone may."""

OF_THE_WHOLE: dict[FieldName, Permission] = {
    "Query.integrityCheck": Permission.INTEGRITY_READ,
    "Mutation.runIntegrityCheck": Permission.INTEGRITY_RUN,
}
"""Root fields that are about all data at once, no thing of anybody's: the role alone decides."""


def _charge(things: Things) -> dict[str, Any]:
    return {
        "fromDivisionId": str(things.from_division),
        "toDivisionId": str(things.to_division),
        "currency": "USD",
        "periodStart": "2026-02-01",
        "periodEnd": "2026-02-28",
        "lines": [{"name": "Support", "unit": "hour", "quantity": "1", "unitPrice": "10.00"}],
        "idempotencyKey": key(),
    }


def _pay(things: Things) -> dict[str, Any]:
    return {
        "amount": "10.00",
        "method": "INTERNAL_TRANSFER",
        "reference": key(),
        "allocations": [{"billingRecordId": str(things.open), "amount": "10.00"}],
        "idempotencyKey": key(),
    }


def _keyed(thing: str, /, **also: Any) -> Values:
    """The id of a thing with a new key."""
    return lambda things: {"id": str(getattr(things, thing)), "idempotencyKey": key(), **also}


def _of_record(thing: str, /, **also: Any) -> Values:
    return lambda things: {"billingRecordId": str(getattr(things, thing)), "idempotencyKey": key(), **also}


def _versioned(thing: str, /, **also: Any) -> Values:
    return lambda things: {"id": str(getattr(things, thing)), "version": 1, **also}


def _charges(things: Things) -> dict[str, Any]:
    charge = _charge(things)
    return {"records": [charge], "onError": "REJECT_ALL", "idempotencyKey": charge.pop("idempotencyKey")}


def _confirmations(things: Things) -> dict[str, Any]:
    return {"ids": [str(things.payment)], "onError": "REJECT_ALL", "idempotencyKey": key()}


def _line_credit(things: Things) -> dict[str, Any]:
    return {
        "billingRecordId": str(things.open),
        "reason": "One seat too many.",
        "lines": [{"lineItemId": str(things.line), "amount": "20.00"}],
        "idempotencyKey": key(),
    }


def _user_form(things: Things, role: str = "COORDINATOR") -> dict[str, Any]:
    return {
        "name": key(),
        "displayName": "Someone",
        "role": role,
        "divisionId": str(things.from_division),
        "idempotencyKey": key(),
    }


_RECORD = ("billingRecordId",)
_ALLOCATION = ("allocations", "0", "billingRecordId")

MUTATIONS: dict[FieldName, list[Mutation]] = {
    "Mutation.createBillingRecord": [
        Mutation(Permission.RECORD_CREATE, _charge, ("fromDivisionId",), "UNKNOWN_DIVISION", public=True),
        Mutation(
            Permission.RECORD_CREATE,
            lambda things: {**_charge(things), "draft": True},
            ("fromDivisionId",),
            "UNKNOWN_DIVISION",
            public=True,
        ),
        Mutation(
            Permission.RECORD_CREATE,
            lambda things: {**_charge(things), "replacesId": str(things.void)},
            ("fromDivisionId",),
            "UNKNOWN_DIVISION",
            public=True,
        ),
    ],
    "Mutation.createBillingRecords": [
        Mutation(
            Permission.RECORD_CREATE,
            _charges,
            ("records", "0", "fromDivisionId"),
            "UNKNOWN_DIVISION",
            public=True,
            item=("records", "0"),
        )
    ],
    "Mutation.issueBillingRecord": [Mutation(Permission.RECORD_ISSUE, _keyed("draft"))],
    "Mutation.updateBillingRecord": [
        Mutation(Permission.RECORD_EDIT, _versioned("open", dueDate="2099-03-01")),
        Mutation(Permission.RECORD_EDIT, _versioned("draft", periodEnd="2026-01-30")),
        Mutation(Permission.RECORD_ANNOTATE, _versioned("open", toNote="seen")),
        Mutation(
            Permission.RECORD_EDIT, _versioned("open", fromNote="seen", toNote="seen"), also=Permission.RECORD_ANNOTATE
        ),
        Mutation(Permission.RECORD_EDIT, _versioned("open"), also=Permission.RECORD_ANNOTATE, either=True),
    ],
    "Mutation.deleteDraftBillingRecord": [Mutation(Permission.RECORD_DELETE_DRAFT, _keyed("draft"))],
    "Mutation.voidBillingRecord": [Mutation(Permission.RECORD_VOID, _keyed("open", reason="Wrong."))],
    "Mutation.recordPayment": [Mutation(Permission.PAYMENT_RECORD, _pay, _ALLOCATION)],
    "Mutation.confirmPayment": [Mutation(Permission.PAYMENT_CONFIRM, _keyed("payment"))],
    "Mutation.confirmPayments": [Mutation(Permission.PAYMENT_CONFIRM, _confirmations, ("ids", "0"), item=("ids", "0"))],
    "Mutation.reversePayment": [Mutation(Permission.PAYMENT_REVERSE, _keyed("confirmed", reason="It was taken back."))],
    "Mutation.issueCreditNote": [
        Mutation(Permission.RECORD_CREDIT, _of_record("open", reason="Not used."), _RECORD),
        Mutation(Permission.RECORD_CREDIT, _of_record("open", reason="Half.", amount="50.00"), _RECORD),
        Mutation(Permission.RECORD_CREDIT, _line_credit, _RECORD),
    ],
    "Mutation.confirmBillingRecordPayment": [Mutation(Permission.PAYMENT_CONFIRM, _of_record("awaiting"), _RECORD)],
    "Mutation.rejectPayment": [Mutation(Permission.PAYMENT_REJECT, _keyed("payment", reason="It never came."))],
    "Mutation.cancelPayment": [Mutation(Permission.PAYMENT_CANCEL, _keyed("payment"))],
    "Mutation.openDispute": [Mutation(Permission.DISPUTE_OPEN, _of_record("open", reason="Not ordered."), _RECORD)],
    "Mutation.withdrawDispute": [Mutation(Permission.DISPUTE_WITHDRAW, _keyed("dispute"))],
    "Mutation.resolveDispute": [
        Mutation(
            Permission.DISPUTE_RESOLVE,
            _keyed("dispute", resolution="REJECTED", note="It was ordered."),
            without=("creditNote",),
        ),
        Mutation(Permission.DISPUTE_RESOLVE, _keyed("dispute", resolution="UPHELD", note="It was not ordered.")),
    ],
    "Mutation.createDivision": [
        Mutation(
            Permission.DIVISION_WRITE,
            lambda things: {
                "code": f"NEW-{things.code}",
                "name": f"New below {things.code}",
                "parentId": str(things.from_division),
                "idempotencyKey": key(),
            },
            ("parentId",),
            "UNKNOWN_DIVISION",
        )
    ],
    "Mutation.updateDivision": [Mutation(Permission.DIVISION_WRITE, _versioned("from_division", glCode="4711"))],
    "Mutation.deactivateDivision": [Mutation(Permission.DIVISION_WRITE, _versioned("to_division"))],
    "Mutation.createCatalogItem": [
        Mutation(
            Permission.CATALOG_WRITE,
            lambda things: {
                "sku": f"NEW-{things.code}",
                "name": "New",
                "category": "Desks",
                "unit": "month",
                "providerDivisionId": str(things.from_division),
                "idempotencyKey": key(),
            },
            ("providerDivisionId",),
            "UNKNOWN_DIVISION",
        )
    ],
    "Mutation.updateCatalogItem": [Mutation(Permission.CATALOG_WRITE, _versioned("item", name="Better seat"))],
    "Mutation.retireCatalogItem": [Mutation(Permission.CATALOG_WRITE, _versioned("item"))],
    "Mutation.setCatalogPrice": [
        Mutation(
            Permission.CATALOG_WRITE,
            lambda things: {
                "catalogItemId": str(things.item),
                "currency": "USD",
                "validFrom": "2026-05-01",
                "unitPrice": "21.00",
                "costPrice": "12.00",
                "idempotencyKey": key(),
            },
            ("catalogItemId",),
        )
    ],
    "Mutation.addUser": [
        Mutation(Permission.USER_WRITE, _user_form, ("divisionId",), "UNKNOWN_DIVISION"),
        *(
            Mutation(
                Permission.USER_WRITE,
                partial(_user_form, role=role),
                ("divisionId",),
                "UNKNOWN_DIVISION",
                public=True,
                above_admin=True,
            )
            for role in ("ADMIN", "SUPERADMIN")
        ),
    ],
    "Mutation.assignRole": [
        Mutation(Permission.USER_WRITE, _versioned("user", role="ANALYST")),
        Mutation(Permission.USER_WRITE, _versioned("user", role="ADMIN"), above_admin=True),
        Mutation(Permission.USER_WRITE, _versioned("user", role="SUPERADMIN"), above_admin=True),
    ],
    "Mutation.deactivateUser": [Mutation(Permission.USER_WRITE, _versioned("user"))],
}


def _creator(selection: str) -> Guarded:
    """A field of the user who created a record; every user can be met on some record."""
    document = f"query($id: ID!) {{ billingRecord(id: $id) {{ createdBy {{ {selection} }} }} }}"
    return Guarded(Permission.USER_READ, Permission.BILLING_READ, document, _id("open"))


def _recorder(selection: str) -> Guarded:
    """The same of the user who recorded a payment."""
    document = f"query($id: ID!) {{ payment(id: $id) {{ recordedBy {{ {selection} }} }} }}"
    return Guarded(Permission.USER_READ, Permission.BILLING_READ, document, _id("payment"))


def _cost_price(document: str) -> Guarded:
    return Guarded(Permission.COST_PRICE_READ, Permission.CATALOG_READ, document, _id("item"))


GUARDED: dict[FieldName, list[Guarded]] = {
    "CatalogPrice.costPrice": [
        _cost_price("query($id: ID!) { catalogItem(id: $id) { prices { costPrice } } }"),
        _cost_price('query($id: ID!) { catalogItem(id: $id) { price(currency: "USD") { costPrice } } }'),
        _cost_price("query($id: ID!) { node(id: $id) { ... on CatalogItem { prices { costPrice } } } }"),
        _cost_price("query($id: ID!) { catalogItems(filter: {id: {eq: $id}}) { nodes { prices { costPrice } } } }"),
    ],
    "User.name": [_creator("name"), _recorder("name")],
    "User.role": [_creator("role")],
    "User.division": [_creator("division { code }")],
    "User.active": [_creator("active")],
    "User.version": [_creator("version")],
    "User.createdAt": [_creator("createdAt")],
}
