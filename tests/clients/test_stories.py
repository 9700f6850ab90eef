"""Apollo Client, urql, Relay and gql at the service, each as its application sees it."""

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLInterfaceType

from billing.app import SCHEMA
from billing.settings import Settings
from tests.clients.conftest import FOLDER, Command, site
from tests.support.database import Database
from tests.support.recorder import Exchange


@dataclass(frozen=True)
class Story:
    """What the application saw, what went over the network, and the numbers of the records, the newest first."""

    client: str
    told: dict[str, Any]
    exchanges: list[Exchange]
    numbers: list[str]


@pytest.fixture(scope="module", params=["apollo", "urql", "relay", "gql"])
async def story(request: pytest.FixtureRequest, database: Database, settings: Settings, command: Command) -> Story:
    async with site(database, settings) as running:
        told = await running.told(*command(request.param, "story"))
    return Story(request.param, told, running.exchanges, running.numbers)


def test_a_query_gives_a_record_and_the_cache_keeps_it(story: Story) -> None:
    record = story.told["record"]

    assert (record["number"], record["total"], record["toDivision"]["code"]) == (story.numbers[0], "100.00", "MKT")
    assert record.get("kept", record["number"]) == record["number"]


def test_a_charge_that_is_sent_again_with_its_key_charges_nobody_twice(story: Story) -> None:
    charged, again = story.told["charged"], story.told["replayed"]

    assert (charged["billingRecord"]["total"], charged["replayed"], charged["userErrors"]) == ("137.04", False, [])
    assert (again["billingRecord"], again["replayed"]) == (charged["billingRecord"], True)


def test_what_is_wrong_with_an_input_is_data(story: Story) -> None:
    corrected = story.told["corrected"]

    assert corrected["billingRecord"] is None
    assert [(error["field"], error["code"]) for error in corrected["userErrors"]] == [
        (["lines", "0", "quantity"], "BAD_AMOUNT")
    ]


def test_a_field_that_one_may_not_see_is_null_beside_the_data_and_its_error(story: Story) -> None:
    guarded = story.told["guarded"]

    assert (guarded["author"]["displayName"], guarded["author"]["name"]) == ("Billing-Admin", None)
    assert guarded["codes"] == ["FORBIDDEN"]


@pytest.mark.parametrize(
    ("step", "code"),
    [("tooMany", "BAD_INPUT"), ("removed", "GRAPHQL_VALIDATION_FAILED"), ("stranger", "UNAUTHENTICATED")],
)
def test_the_application_reads_the_code_of_an_operation_that_has_no_data(story: Story, step: str, code: str) -> None:
    assert story.told[step] == [code]


def test_cursors_lead_from_page_to_page(story: Story) -> None:
    pages = [
        each.request["variables"] for each in story.exchanges if each.request.get("variables", {}).get("first") == 2
    ]

    assert story.told["pages"] == [story.told["charged"]["billingRecord"]["number"], *story.numbers]
    assert [page.get("after") is None for page in pages] == [True, False, False]


def test_every_answer_has_the_media_type_that_was_asked_for_first(story: Story) -> None:
    wanted = "application/json" if story.client == "gql" else "application/graphql-response+json"

    assert {each.content_type for each in story.exchanges} == {f"{wanted}; charset=utf-8"}


@pytest.mark.parametrize("story", ["urql"], indirect=True)
def test_urql_names_streams_beside_json_and_asks_by_get(story: Story) -> None:
    accepted = {each.headers["accept"] for each in story.exchanges}

    assert [("text/event-stream" in each, "multipart/mixed" in each) for each in accepted] == [(True, True)]
    assert {(each.method, "mutation" in each.request.get("query", "")) for each in story.exchanges} == {
        ("GET", False),
        ("POST", True),
    }


@pytest.mark.parametrize("story", ["gql"], indirect=True)
def test_gql_fetches_the_schema_and_sends_no_document_that_does_not_fit_it(story: Story) -> None:
    sent = [each.request.get("query", "") for each in story.exchanges]

    assert "__schema" in sent[0]
    assert story.told["unfit"] == "Cannot query field 'shoeSize' on type 'Me'."
    assert sum("shoeSize" in query for query in sent) == 1


def test_apollo_knows_what_a_node_may_be() -> None:
    written = re.search(r"Node: (\[.+?\])", (FOLDER / "apollo" / "connect.mjs").read_text(encoding="utf-8"))
    node = SCHEMA._schema.type_map["Node"]

    assert written is not None
    assert isinstance(node, GraphQLInterfaceType)
    assert json.loads(written[1]) == sorted(kind.name for kind in SCHEMA._schema.get_possible_types(node))
