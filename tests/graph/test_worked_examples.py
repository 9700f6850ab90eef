"""The worked examples of docs/rules.md happen as they are told there."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.support.client import Client
from tests.support.make import Make, key
from tests.support.pages import ROOT

RULES = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


async def test_paying_in_parts(client: Callable[[str], Client], make: Make) -> None:
    record = await make.record("1000.00")

    async def tell(step: str) -> None:
        query = "query ($id: ID!) { billingRecord(id: $id) { confirmedAmount pendingAmount outstanding status } }"
        now = (await client("coordinator-mkt").run(query, id=record["id"])).field
        confirmed, pending, outstanding = (
            f"{Decimal(now[name]):,}" for name in ("confirmedAmount", "pendingAmount", "outstanding")
        )
        assert f"| {step} | {confirmed} | {pending} | {outstanding} | `{now['status']}` |" in RULES, now

    async def decide(mutation: str, payment: dict[str, Any], **also: Any) -> None:
        answer = await client("coordinator-it").change(
            mutation, "payment { status }", id=payment["id"], idempotencyKey=key(), **also
        )
        assert answer.user_errors == []

    await tell("issued")
    first = await make.payment(record, "400.00")
    await tell("400.00 recorded")
    refused = await client("coordinator-mkt").change(
        "recordPayment",
        "payment { id }",
        amount="700.00",
        method="JOURNAL",
        reference=key(),
        allocations=[{"billingRecordId": record["id"], "amount": "700.00"}],
        idempotencyKey=key(),
    )
    assert refused.user_errors == [("OVERPAYMENT", ["allocations", "0", "amount"])]
    assert "At most 600.00 can still be paid" in refused.field["userErrors"][0]["message"]
    await tell("700.00 recorded: refused, at most 600.00 can still be paid")
    await decide("confirmPayment", first)
    await tell("400.00 confirmed")
    second = await make.payment(record, "600.00", reference="TRANSFER-2")
    await tell("600.00 recorded")
    await decide("rejectPayment", second, reason="The money did not arrive.")
    await tell("600.00 rejected: the money did not arrive")
    await decide("confirmPayment", await make.payment(record, "600.00", reference="TRANSFER-2"))
    await tell("600.00 recorded again, confirmed")


async def test_a_record_of_nothing_is_paid_when_it_is_issued(make: Make) -> None:
    assert "A record of 0.00 is paid the moment it is issued." in RULES

    assert (await make.record("0.00"))["status"] == "PAID"
