"""Charge another division, so that a lost answer does no harm: the same key again charges nobody twice."""

import os
import sys
import time
from typing import Any
from uuid import uuid4

from gql import Client, gql
from gql.client import SyncClientSession
from gql.transport.exceptions import TransportConnectionFailed, TransportServerError
from gql.transport.httpx import HTTPXTransport

WHOM = gql('query Whom { division(code: "MARKETING") { id } catalogItem(sku: "SERVICE-DESK") { id } }')
CHARGE = gql("""
    mutation Charge($input: CreateBillingRecordInput!) {
      createBillingRecord(input: $input) {
        replayed
        billingRecord { number total currency dueDate }
        userErrors { field message code }
      }
    }
""")


def charge(session: SyncClientSession, input: dict[str, Any]) -> dict[str, Any]:
    """Sends the charge until it is answered; five times at most. What was lost is only the answer, never the money."""
    CHARGE.variable_values = {"input": input}
    for pause in (0.5, 1, 2, 4):
        try:
            answer: dict[str, Any] = session.execute(CHARGE)["createBillingRecord"]
        except (TransportConnectionFailed, TransportServerError):
            time.sleep(pause)
        else:
            return answer
    last: dict[str, Any] = session.execute(CHARGE)["createBillingRecord"]
    return last


transport = HTTPXTransport(
    url=os.environ["BILLING_URL"], headers={"Authorization": f"Bearer {os.environ['BILLING_TOKEN']}"}
)
with Client(transport=transport) as session:
    known = session.execute(WHOM)
    input = {
        "toDivisionId": known["division"]["id"],
        "currency": "USD",
        "periodStart": "2026-10-01",
        "periodEnd": "2026-10-31",
        "lines": [{"catalogItemId": known["catalogItem"]["id"], "quantity": "12"}],
        # Made once, and kept with the charge until the answer is there.
        "idempotencyKey": str(uuid4()),
    }
    first, again = charge(session, input), charge(session, input)

if first["userErrors"]:
    sys.exit("; ".join(error["message"] for error in first["userErrors"]))
record = first["billingRecord"]
print(f"{record['number']}: {record['total']} {record['currency']}, due {record['dueDate']}")
print(f"sent again: {again['billingRecord']['number']}, replayed: {again['replayed']}")
