"""What is overdue, the oldest first?"""

import os

from gql import Client, gql
from gql.transport.httpx import HTTPXTransport

OVERDUE = gql("""
    query Overdue {
      billingRecords(filter: { status: { eq: OVERDUE } }, first: 10) {
        totalCount
        nodes { number dueDate outstanding currency fromDivision { name } }
      }
    }
""")

transport = HTTPXTransport(
    url=os.environ["BILLING_URL"], headers={"Authorization": f"Bearer {os.environ['BILLING_TOKEN']}"}
)
with Client(transport=transport) as session:
    found = session.execute(OVERDUE)["billingRecords"]

print(f"{found['totalCount']} overdue")
for record in found["nodes"]:
    print(
        record["dueDate"], record["number"], record["outstanding"], record["currency"], record["fromDivision"]["name"]
    )
