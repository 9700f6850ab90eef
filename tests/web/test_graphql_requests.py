"""Requests to the GraphQL endpoint that name no operation that could run."""

import json
from collections.abc import Callable

import pytest

from tests.support.client import Client

TWO = "query A { me { name } } query B { me { role } }"


@pytest.mark.parametrize("document", [TWO, "query A { me { name } }", "{ me { name } }"])
async def test_an_operation_name_that_is_not_in_the_document_is_a_bad_request(
    client: Callable[[str], Client], document: str
) -> None:
    answer = await client("analyst").post(json.dumps({"query": document, "operationName": "C"}).encode())

    assert answer.status == 400
    assert answer.codes == ["BAD_INPUT"]
    assert "operationName" in answer.errors[0]["message"]
