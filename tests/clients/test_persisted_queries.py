"""Automatic persisted queries: a client sends the document once, and from then on its hash."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest

from billing.settings import Settings
from tests.clients.conftest import Command, site
from tests.support.database import Database
from tests.support.recorder import Exchange

GETS = {"apollo", "urql"}
"""Those that send the hash of a query by GET."""


@dataclass(frozen=True)
class Story:
    """What the application saw, and what went over the network for it: its queries, and its mutations."""

    client: str
    told: dict[str, Any]
    number: str
    queries: list[Exchange]
    mutations: list[Exchange]


@pytest.fixture(scope="module", params=["apollo", "urql", "relay"])
async def story(request: pytest.FixtureRequest, database: Database, settings: Settings, command: Command) -> Story:
    async with site(database, settings) as running:
        told = await running.told(*command(request.param, "persisted"))
    parts: tuple[list[Exchange], list[Exchange]] = ([], [])
    for each in running.exchanges:
        parts["input" in each.request["variables"]].append(each)
    return Story(request.param, told, running.numbers[0], *parts)


def hash_of(exchange: Exchange) -> str:
    sent: str = exchange.request["extensions"]["persistedQuery"]["sha256Hash"]
    return sent


def said(exchange: Exchange) -> list[tuple[str, str]]:
    return [(error["message"], error["extensions"]["code"]) for error in exchange.answer.get("errors", [])]


def test_the_application_sees_the_answers_alone(story: Story) -> None:
    assert story.told == {"record": story.number, "recordAgain": story.number, "charged": False, "chargedAgain": True}


@pytest.mark.parametrize("kind", ["queries", "mutations"])
def test_an_unknown_hash_is_answered_with_the_document_and_known_from_then_on(story: Story, kind: str) -> None:
    exchanges: list[Exchange] = getattr(story, kind)

    assert [("query" in each.request, said(each)) for each in exchanges] == [
        (False, [("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")]),
        (True, []),
        (False, []),
    ]
    assert {hash_of(each) for each in exchanges} == {sha256(exchanges[1].request["query"].encode()).hexdigest()}


def test_hashes_of_queries_go_by_get_where_the_client_offers_it(story: Story) -> None:
    method = "GET" if story.client in GETS else "POST"

    assert [each.method for each in story.queries if "query" not in each.request] == [method, method]
    assert {each.method for each in story.mutations} == {"POST"}
