"""Every record of a list, page after page, and their totals by currency."""

import os
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from gql import Client, gql
from gql.client import SyncClientSession
from gql.transport.httpx import HTTPXTransport

PAGE = gql("""
    query Page($after: String) {
      billingRecords(filter: { status: { in: [PENDING, OVERDUE] } }, first: 100, after: $after) {
        nodes { number outstanding currency }
        pageInfo { hasNextPage endCursor }
      }
    }
""")


def every_record(session: SyncClientSession) -> Iterator[dict[str, Any]]:
    after = None
    while True:
        PAGE.variable_values = {"after": after}
        page = session.execute(PAGE)["billingRecords"]
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


transport = HTTPXTransport(
    url=os.environ["BILLING_URL"], headers={"Authorization": f"Bearer {os.environ['BILLING_TOKEN']}"}
)
# Amounts are texts: Decimal reads them exactly, a float would not.
outstanding: defaultdict[str, Decimal] = defaultdict(Decimal)
count = 0
with Client(transport=transport) as session:
    for record in every_record(session):
        outstanding[record["currency"]] += Decimal(record["outstanding"])
        count += 1

print(f"{count} records")
for currency, amount in sorted(outstanding.items()):
    print(amount, currency)
