"""The operations that GraphiQL opens with: each answers a question, and every one of them works."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate

from tests.support.client import Answer, Client
from tests.support.make import Make
from tests.support.world import World

ROOT = Path(__file__).parents[2]
EXAMPLES = {file.stem: file for file in sorted((ROOT / "graphiql/src/examples").glob("*.graphql"))}
WIDTH_MAX = 58
"""Columns of the editor on a screen of 1440 points."""

People = Callable[[str], Client]


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))


def filled(text: str, world: World) -> str:
    """As the page fills it, with the divisions of the tests."""
    codes = {"IT": "IT", "MARKETING": "MKT"}
    for code, here in codes.items():
        text = text.replace(f"{{{{division {code}}}}}", str(world.divisions[here]))
    return text.replace("{{this year}}", "2026").replace("{{last year}}", "2025")


def document_of(name: str) -> DocumentNode:
    return parse(EXAMPLES[name].read_text(encoding="utf-8"))


def variables_of(name: str, world: World) -> dict[str, Any]:
    file = EXAMPLES[name].with_suffix(".json")
    given: dict[str, Any] = json.loads(filled(file.read_text(encoding="utf-8"), world)) if file.exists() else {}
    return given


async def run(person: Client, name: str, operation: str, variables: dict[str, Any]) -> Answer:
    document = EXAMPLES[name].read_text(encoding="utf-8")
    return await person.post(
        json.dumps({"query": document, "variables": variables, "operationName": operation}).encode()
    )


def test_there_are_enough_of_them() -> None:
    assert len(EXAMPLES) >= 6


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_begins_with_its_question_and_fits_the_editor(name: str) -> None:
    lines = EXAMPLES[name].read_text(encoding="utf-8").splitlines()

    assert lines[0].startswith("# ")
    assert "?" in lines[0]
    assert [line for line in lines if len(line) > WIDTH_MAX] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_is_valid_and_named(name: str, schema: GraphQLSchema) -> None:
    document = document_of(name)
    operations = [part for part in document.definitions if isinstance(part, OperationDefinitionNode)]

    assert validate(schema, document) == []
    assert operations
    assert all(operation.name for operation in operations)


@pytest.mark.parametrize("name", EXAMPLES)
async def test_its_queries_run(name: str, client: People, make: Make, world: World) -> None:
    """For the analyst they are written for."""
    record = await make.record()
    await make.payment(record)
    await make.dispute(await make.record())

    for part in document_of(name).definitions:
        assert isinstance(part, OperationDefinitionNode)
        assert part.name is not None
        if part.operation.value == "query":
            answer = await run(client("analyst"), name, part.name.value, variables_of(name, world))
            assert list(answer.data.values()) != []


async def test_the_payment_can_be_recorded_as_the_example_says(client: People, make: Make, world: World) -> None:
    marketing, example = client("coordinator-mkt"), "8-record-payment"
    variables = variables_of(example, world)
    await make.record("100.00")

    owed = await run(marketing, example, "MarketingOwes", variables)
    (record,) = owed.data["billingRecords"]["nodes"]
    variables["payment"]["allocations"][0]["billingRecordId"] = record["id"]
    paid = await run(marketing, example, "RecordPayment", variables)
    again = await run(marketing, example, "RecordPayment", variables)

    assert paid.data["recordPayment"]["userErrors"] == []
    assert paid.data["recordPayment"]["payment"]["status"] == "PENDING"
    assert paid.data["recordPayment"]["billingRecords"] == [
        {"number": record["number"], "outstanding": "100.00", "pendingAmount": "1.00"}
    ]
    assert again.data["recordPayment"]["replayed"] is True
