"""Every text that a mutation takes: where it stands and how long it may be."""

from dataclasses import dataclass
from typing import Any


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
    TextField("createBillingRecords", ("records", 0, "fromNote"), NOTE, multiline=True),
    TextField("createBillingRecords", ("records", 0, "fromGlCode"), LABEL),
    TextField("createBillingRecords", ("records", 0, "lines", 0, "name"), NAME),
    TextField("createBillingRecords", ("records", 0, "lines", 0, "unit"), LABEL),
    *(
        TextField("createBillingRecords", ("records", 0, "lines", 0, text), NOTE, multiline=True)
        for text in ("description", "priceOverrideReason")
    ),
    *(TextField("updateBillingRecord", (f"{side}Note",), NOTE, multiline=True) for side in ("from", "to")),
    *(TextField("updateBillingRecord", (f"{side}GlCode",), LABEL) for side in ("from", "to")),
    TextField("voidBillingRecord", ("reason",), NOTE, multiline=True),
    TextField("recordPayment", ("reference",), LABEL),
    TextField("recordPayment", ("note",), NOTE, multiline=True),
    TextField("rejectPayment", ("reason",), NOTE, multiline=True),
    TextField("cancelPayment", ("reason",), NOTE, multiline=True),
    TextField("reversePayment", ("reason",), NOTE, multiline=True),
    TextField("issueCreditNote", ("reason",), NOTE, multiline=True),
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
