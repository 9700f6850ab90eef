"""What an application on gql sees; prints it as JSON."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gql import Client, GraphQLRequest
from gql.transport.exceptions import TransportQueryError
from graphql import GraphQLError

from tests.clients.gql.connect import connect

URL, TOKEN, NUMBER = (os.environ[f"BILLING_{name}"] for name in ("URL", "TOKEN", "NUMBER"))
DOCUMENTS = Path(__file__).parents[1] / "documents"


def run(client: Client, name: str, **variables: Any) -> dict[str, Any]:
    document = (DOCUMENTS / f"{name}.graphql").read_text(encoding="utf-8")
    answer: dict[str, Any] = client.execute(GraphQLRequest(document, variable_values=variables))
    return answer


def codes(error: TransportQueryError) -> list[str]:
    return [each["extensions"]["code"] for each in error.errors or []]


def refusal(ask: Callable[[], object]) -> list[str]:
    """The codes of an operation that has no data."""
    try:
        ask()
    except TransportQueryError as error:
        return codes(error)
    raise AssertionError("It was not refused.")


def guarded(client: Client) -> dict[str, Any]:
    try:
        run(client, "author", number=NUMBER)
    except TransportQueryError as error:
        shown: Any = error.data
        return {"author": shown["billingRecord"]["createdBy"], "codes": codes(error)}
    raise AssertionError("Nothing was refused.")


def pages(client: Client) -> list[str]:
    numbers, page = [], {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        records = run(client, "records", first=2, after=page["endCursor"])["billingRecords"]
        numbers += [edge["node"]["number"] for edge in records["edges"]]
        page = records["pageInfo"]
    return numbers


def unfit(client: Client) -> str:
    """What is said of a document that does not fit the schema, before it is sent."""
    try:
        run(client, "removed")
    except GraphQLError as error:
        return error.message
    raise AssertionError("It was sent.")


def tell() -> dict[str, Any]:
    client, checked = connect(URL, TOKEN), connect(URL, TOKEN, checked=True)
    charge = json.loads(os.environ["BILLING_CHARGE"])
    line = {**charge["lines"][0], "quantity": "0.12345678901"}
    wrong = {**charge, "lines": [line], "idempotencyKey": "another"}
    return {
        "record": run(checked, "record", number=NUMBER)["billingRecord"],
        "charged": run(client, "charge", input=charge)["createBillingRecord"],
        "replayed": run(client, "charge", input=charge)["createBillingRecord"],
        "corrected": run(client, "charge", input=wrong)["createBillingRecord"],
        "guarded": guarded(client),
        "tooMany": refusal(lambda: run(client, "records", first=101)),
        "removed": refusal(lambda: run(client, "removed")),
        "stranger": refusal(lambda: run(connect(URL, "no.such.token"), "record", number=NUMBER)),
        "pages": pages(client),
        "unfit": unfit(checked),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(tell()))
