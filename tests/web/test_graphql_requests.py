"""Requests to the GraphQL endpoint that name no operation that could run."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.client import Client
from tests.support.refusals import GRAPHQL, JSON

TWO = "query A { me { name } } query B { me { role } }"


@pytest.mark.parametrize("document", [TWO, "query A { me { name } }", "{ me { name } }"])
async def test_an_operation_name_that_is_not_in_the_document_is_refused_with_it(
    client: Callable[[str], Client], document: str
) -> None:
    for kind, status in ((JSON, 200), (GRAPHQL, 400)):
        answer = await client("analyst").accepting(kind).post(_body(query=document, operationName="C"))

        assert (answer.status, answer.codes) == (status, ["GRAPHQL_VALIDATION_FAILED"])
        assert "operationName" in answer.errors[0]["message"]


async def test_one_of_several_operations_has_to_be_named(client: Callable[[str], Client]) -> None:
    assert (await client("analyst").post(_body(query=TWO))).codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert (await client("analyst").post(_body(query=TWO, operationName="B"))).field == {"role": "ANALYST"}


async def test_null_says_as_little_as_nothing(client: Callable[[str], Client]) -> None:
    said_nothing = {"operationName": None, "variables": None, "extensions": None, "documentId": None}
    person = client("analyst")

    assert (await person.post(_body(query="{ me { name } }", **said_nothing))).field == {"name": "analyst"}
    assert (await person.get(query="{ me { name } }", variables=None, extensions=None)).field == {"name": "analyst"}


def _body(**parameters: Any) -> bytes:
    return json.dumps(parameters).encode()
