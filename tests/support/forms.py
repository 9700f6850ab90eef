"""The inputs of mutations, filled in as they should be, so that a test changes the one thing it is about."""

from typing import Any

from tests.support.make import Make, key
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


async def filled_in(mutation: str, make: Make, world: World) -> dict[str, Any]:
    """The input of any mutation, right in all its parts, for a superadmin, over a record that it can be made on."""
    once, because = {"idempotencyKey": key()}, {"reason": "Because."}
    laptop, provider = str(world.laptop), str(world.divisions["IT"])
    match mutation:
        case "createBillingRecord":
            return charge(world, lines=[line()])
        case "updateBillingRecord":
            return {"id": (await make.record(draft=True))["id"], "version": 1, "lines": [line()]}
        case "createBillingRecords":
            one = charge(world, lines=[line()])
            return {"records": [one], "onError": "REJECT_ALL", "idempotencyKey": one.pop("idempotencyKey")}
        case "issueBillingRecord" | "deleteDraftBillingRecord":
            return {"id": (await make.record(draft=True))["id"], **once}
        case "voidBillingRecord":
            return {"id": (await make.record())["id"], **because, **once}
        case "recordPayment":
            return pay((await make.record(), "1.00"))
        case "confirmPayment":
            return {"id": (await make.payment(await make.record()))["id"], **once}
        case "confirmPayments":
            return {"ids": [(await make.payment(await make.record()))["id"]], "onError": "REJECT_ALL", **once}
        case "reversePayment":
            paid = await make.payment(await make.record(), confirmed_by="coordinator-it")
            return {"id": paid["id"], **because, **once}
        case "issueCreditNote":
            return {"billingRecordId": (await make.record())["id"], "amount": "1.00", **because, **once}
        case "rejectPayment" | "cancelPayment":
            return {"id": (await make.payment(await make.record()))["id"], **because, **once}
        case "confirmBillingRecordPayment":
            record = await make.record()
            await make.payment(record)
            return {"billingRecordId": record["id"], **once}
        case "openDispute":
            return {"billingRecordId": (await make.record())["id"], **because, **once}
        case "withdrawDispute":
            return {"id": (await make.dispute(await make.record()))["id"], **once}
        case "resolveDispute":
            dispute = await make.dispute(await make.record())
            return {"id": dispute["id"], "resolution": "REJECTED", "note": "Because.", **once}
        case "createDivision":
            return {"code": "OPS", "name": "Operations", **once}
        case "updateDivision" | "deactivateDivision":
            return {"id": str(world.divisions["HR"]), "version": 1}
        case "createCatalogItem":
            return {"sku": "S", "name": "n", "category": "c", "unit": "u", "providerDivisionId": provider, **once}
        case "updateCatalogItem" | "retireCatalogItem":
            return {"id": laptop, "version": 1}
        case "setCatalogPrice":
            dated = {"currency": "USD", "validFrom": "2026-01-01", "unitPrice": "1"}
            return {"catalogItemId": laptop, **dated, **once}
        case "addUser":
            return {"name": "new", "displayName": "New", "role": "ANALYST", **once}
        case "assignRole":
            return {"id": str(world.users["analyst"]), "version": 1, "role": "BILLING_ADMIN"}
        case _:
            assert mutation == "deactivateUser", f"fill in the input of {mutation} here"
            return {"id": str(world.users["analyst"]), "version": 1}
