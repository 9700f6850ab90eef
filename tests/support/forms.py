"""The inputs of the two big forms, filled in as they should be, so that a test changes the one thing it is about."""

from typing import Any

from tests.support.make import key
from tests.support.world import World


def charge(world: World, **changes: Any) -> dict[str, Any]:
    """What createBillingRecord takes: IT charges Marketing for one hour of support."""
    return {
        "fromDivisionId": str(world.divisions["IT"]),
        "toDivisionId": str(world.divisions["MKT"]),
        "currency": "USD",
        "periodStart": "2026-01-01",
        "periodEnd": "2026-01-31",
        "lines": [line()],
        "idempotencyKey": key(),
        **changes,
    }


def line(unit_price: str | None = "100.00", quantity: str = "1", **changes: Any) -> dict[str, Any]:
    """A free line."""
    return {"name": "Support", "unit": "hour", "quantity": quantity, "unitPrice": unit_price, **changes}


def pay(*parts: tuple[dict[str, Any], str], amount: str | None = None, **changes: Any) -> dict[str, Any]:
    """What recordPayment takes: so much of each record; the amount is that of the only part, or must be named."""
    return {
        "amount": parts[0][1] if amount is None else amount,
        "method": "INTERNAL_TRANSFER",
        "reference": key(),
        "allocations": [{"billingRecordId": record["id"], "amount": part} for record, part in parts],
        "idempotencyKey": key(),
        **changes,
    }
