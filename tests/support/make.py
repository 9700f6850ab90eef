"""Makes records and payments the way people do, over GraphQL; each returns what the service answered."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from tests.support.client import Client
from tests.support.world import World

RECORD = """id number status currency total creditedAmount confirmedAmount pendingAmount outstanding
            issueDate dueDate periodStart periodEnd version"""
CREDIT = "id number amount currency reason issueDate lines { position amount lineItem { id } }"
PAYMENT = "id status amount currency reference version"


def key() -> str:
    return uuid4().hex


class Make:
    """IT charges Marketing unless told otherwise; coordinators of the two sides do what is theirs to do."""

    def __init__(self, client: Callable[[str], Client], world: World) -> None:
        self._client = client
        self._world = world

    async def record(
        self, amount: str = "100.00", *, by: str = "billing-admin", from_: str = "IT", to: str = "MKT", **also: Any
    ) -> dict[str, Any]:
        """An issued record over one free line, or a draft with `draft=True`."""
        given = {
            "fromDivisionId": str(self._world.divisions[from_]),
            "toDivisionId": str(self._world.divisions[to]),
            "currency": "USD",
            "periodStart": "2026-01-01",
            "periodEnd": "2026-01-31",
            "lines": [{"name": "Support", "unit": "hour", "quantity": "1", "unitPrice": amount}],
            "idempotencyKey": key(),
            **also,
        }
        answer = await self._client(by).change("createBillingRecord", f"billingRecord {{ {RECORD} }}", **given)
        assert answer.user_errors == [], answer.body
        record: dict[str, Any] = answer.field["billingRecord"]
        return record

    async def payment(
        self,
        record: dict[str, Any],
        amount: str | None = None,
        *,
        by: str = "coordinator-mkt",
        confirmed_by: str | None = None,
        **also: Any,
    ) -> dict[str, Any]:
        """A pending payment of one record, of all that is outstanding by default; confirmed by someone when named."""
        paid = amount or record["outstanding"]
        given = {
            "amount": paid,
            "method": "INTERNAL_TRANSFER",
            "reference": key(),
            "allocations": [{"billingRecordId": record["id"], "amount": paid}],
            "idempotencyKey": key(),
            **also,
        }
        answer = await self._client(by).change("recordPayment", f"payment {{ {PAYMENT} }}", **given)
        assert answer.user_errors == [], answer.body
        payment: dict[str, Any] = answer.field["payment"]
        if confirmed_by is not None:
            confirmed = await self._client(confirmed_by).change(
                "confirmPayment", f"payment {{ {PAYMENT} }}", id=payment["id"], idempotencyKey=key()
            )
            assert confirmed.user_errors == [], confirmed.body
            payment = confirmed.field["payment"]
        return payment

    async def dispute(self, record: dict[str, Any], *, by: str = "coordinator-mkt") -> dict[str, Any]:
        answer = await self._client(by).change(
            "openDispute",
            "dispute { id status }",
            billingRecordId=record["id"],
            reason="We never ordered this.",
            idempotencyKey=key(),
        )
        assert answer.user_errors == [], answer.body
        dispute: dict[str, Any] = answer.field["dispute"]
        return dispute

    async def credit(
        self, record: dict[str, Any], amount: str | None = None, *, by: str = "coordinator-it", **also: Any
    ) -> dict[str, Any]:
        """A credit note over an amount, over lines when those are given, or over all that can be credited."""
        given = {"reason": "Not delivered.", "idempotencyKey": key(), **also}
        answer = await self._client(by).change(
            "issueCreditNote", f"creditNote {{ {CREDIT} }}", billingRecordId=record["id"], amount=amount, **given
        )
        assert answer.user_errors == [], answer.body
        note: dict[str, Any] = answer.field["creditNote"]
        return note

    async def void(self, record: dict[str, Any], *, by: str = "coordinator-it") -> dict[str, Any]:
        """The record, void."""
        answer = await self._client(by).change(
            "voidBillingRecord",
            f"billingRecord {{ {RECORD} }}",
            id=record["id"],
            reason="Twice.",
            idempotencyKey=key(),
        )
        assert answer.user_errors == [], answer.body
        void: dict[str, Any] = answer.field["billingRecord"]
        return void

    async def reversal(self, payment: dict[str, Any], *, by: str = "billing-admin") -> dict[str, Any]:
        """The confirmed payment, reversed."""
        answer = await self._client(by).change(
            "reversePayment", f"payment {{ {PAYMENT} }}", id=payment["id"], reason="Sent back.", idempotencyKey=key()
        )
        assert answer.user_errors == [], answer.body
        reversed_: dict[str, Any] = answer.field["payment"]
        return reversed_

    async def read(self, record: dict[str, Any], by: str = "billing-admin") -> dict[str, Any]:
        """The record as it is now."""
        answer = await self._client(by).run(
            f"query($id: ID!) {{ billingRecord(id: $id) {{ {RECORD} }} }}", id=record["id"]
        )
        found: dict[str, Any] = answer.field
        return found
