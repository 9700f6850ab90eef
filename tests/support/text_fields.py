"""Every text that a mutation takes: where it stands, how long it may be, and an input that is right but for it."""

from dataclasses import dataclass
from typing import Any

from tests.support.forms import charge, line, pay
from tests.support.make import Make, key
from tests.support.world import World


@dataclass(frozen=True)
class TextField:
    """Where in which mutation a text goes, how long it may be, and whether it may have several lines."""

    mutation: str
    path: tuple[str | int, ...]
    length_max: int
    multiline: bool = False

    def __str__(self) -> str:
        return ".".join(str(part) for part in (self.mutation, *self.path))

    def filled(self, input: dict[str, Any], text: str) -> dict[str, Any]:
        """The input with the text in its place."""
        place: Any = input
        for part in self.path[:-1]:
            place = place[part]
        place[self.path[-1]] = text
        return input


NOTE, NAME, LABEL = 2000, 200, 64
FIELDS = [
    TextField("createBillingRecord", ("fromNote",), NOTE, multiline=True),
    TextField("createBillingRecord", ("fromGlCode",), LABEL),
    *(TextField(f"{verb}BillingRecord", ("lines", 0, "name"), NAME) for verb in ("create", "update")),
    *(TextField(f"{verb}BillingRecord", ("lines", 0, "unit"), LABEL) for verb in ("create", "update")),
    *(
        TextField(f"{verb}BillingRecord", ("lines", 0, text), NOTE, multiline=True)
        for verb in ("create", "update")
        for text in ("description", "priceOverrideReason")
    ),
    *(TextField("updateBillingRecord", (f"{side}Note",), NOTE, multiline=True) for side in ("from", "to")),
    *(TextField("updateBillingRecord", (f"{side}GlCode",), LABEL) for side in ("from", "to")),
    TextField("voidBillingRecord", ("reason",), NOTE, multiline=True),
    TextField("recordPayment", ("reference",), LABEL),
    TextField("recordPayment", ("note",), NOTE, multiline=True),
    TextField("rejectPayment", ("reason",), NOTE, multiline=True),
    TextField("cancelPayment", ("reason",), NOTE, multiline=True),
    TextField("openDispute", ("reason",), NOTE, multiline=True),
    TextField("withdrawDispute", ("note",), NOTE, multiline=True),
    TextField("resolveDispute", ("note",), NOTE, multiline=True),
    TextField("createDivision", ("code",), 24),
    *(TextField(f"{verb}Division", ("name",), NAME) for verb in ("create", "update")),
    *(TextField(f"{verb}Division", ("costCentre",), LABEL) for verb in ("create", "update")),
    *(TextField(f"{verb}Division", ("glCode",), LABEL) for verb in ("create", "update")),
    TextField("createCatalogItem", ("sku",), LABEL),
    *(TextField(f"{verb}CatalogItem", ("name",), NAME) for verb in ("create", "update")),
    *(TextField(f"{verb}CatalogItem", ("description",), NOTE, multiline=True) for verb in ("create", "update")),
    *(TextField(f"{verb}CatalogItem", ("category",), NAME) for verb in ("create", "update")),
    *(TextField(f"{verb}CatalogItem", ("unit",), LABEL) for verb in ("create", "update")),
    TextField("addUser", ("name",), NAME),
    TextField("addUser", ("displayName",), NAME),
]
KEYS_AND_CURRENCIES = {"idempotencyKey", "currency"}
"""Texts with a syntax and a code of their own: BAD_KEY, BAD_CURRENCY."""


async def filled_in(mutation: str, make: Make, world: World) -> dict[str, Any]:
    """The input of the mutation, right in all its parts, over a record that it can be made on."""
    once: dict[str, Any] = {"idempotencyKey": key()}
    match mutation:
        case "createBillingRecord":
            return charge(world, lines=[line()])
        case "updateBillingRecord":
            return {"id": (await make.record(draft=True))["id"], "version": 1, "lines": [line()]}
        case "voidBillingRecord":
            return {"id": (await make.record())["id"], **once}
        case "recordPayment":
            return pay((await make.record(), "1.00"))
        case "rejectPayment" | "cancelPayment":
            return {"id": (await make.payment(await make.record()))["id"], **once}
        case "openDispute":
            return {"billingRecordId": (await make.record())["id"], **once}
        case "withdrawDispute":
            return {"id": (await make.dispute(await make.record()))["id"], **once}
        case "resolveDispute":
            return {"id": (await make.dispute(await make.record()))["id"], "resolution": "REJECTED", **once}
        case "createDivision":
            return {"code": "OPS", "name": "Operations", **once}
        case "createCatalogItem":
            provider = str(world.divisions["IT"])
            return {"sku": "S", "name": "n", "category": "c", "unit": "u", "providerDivisionId": provider, **once}
        case "addUser":
            return {"name": "new", "displayName": "New", "role": "ANALYST", **once}
        case "updateDivision":
            return {"id": str(world.divisions["HR"]), "version": 1}
        case _:
            assert mutation == "updateCatalogItem"
            return {"id": str(world.laptop), "version": 1}
