"""What an operation may be and cost at the door: each limit is a setting, and has a code of its own."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from billing.app import SCHEMA, create_app
from billing.engine.measures import undeclared_lists
from billing.settings import Settings
from tests.conftest import TOKENS
from tests.support.asgi import http_to
from tests.support.client import Client
from tests.support.database import Database
from tests.support.make import Make, key
from tests.support.refusals import GRAPHQL, JSON
from tests.support.world import World

Door = Callable[..., AbstractAsyncContextManager[Callable[[str], Client]]]
ME = "{ me { name } }"
DIRECTIVES = "{ me @skip(if: false) { name @skip(if: false) } }"
RECORDS = "{{ billingRecords(first: {}) {{ nodes {{ id }} }} }}"


@pytest.fixture
def door(database: Database, settings: Settings, world: World) -> Door:
    """The service with other settings: `async with door(cost_max=1) as client`."""

    @asynccontextmanager
    async def opened(**changes: Any) -> AsyncIterator[Callable[[str], Client]]:
        async with http_to(create_app(settings.model_copy(update=changes), database, TOKENS)) as http:
            yield lambda name: Client(http, TOKENS, name)

    return opened


async def assert_refused(client: Client, document: str, code: str, **variables: Any) -> None:
    """As a document is refused, in both media types: no data, one error."""
    for kind, status in ((JSON, 200), (GRAPHQL, 400)):
        answer = await client.accepting(kind).run(document, **variables)
        assert (answer.status, answer.codes) == (status, [code])
        assert "data" not in answer.body


def test_every_list_declares_its_size() -> None:
    assert list(undeclared_lists(SCHEMA._schema)) == []


@pytest.mark.parametrize(
    ("setting", "most", "fits", "exceeds", "code"),
    [
        ("document_characters_max", 100, ME + " " * 85, ME + " " * 86, "DOCUMENT_TOO_LARGE"),
        ("document_tokens_max", 10, ME, "{ me { name role } b: me { name } }", "DOCUMENT_TOO_LARGE"),
        ("depth_max", 2, ME, "{ billingRecord(id: 1) { fromDivision { code } } }", "DOCUMENT_TOO_DEEP"),
        ("aliases_max", 1, "{ a: me { name } }", "{ a: me { name } b: me { name } }", "TOO_MANY_ALIASES"),
        ("directives_max", 1, "{ me @skip(if: false) { name } }", DIRECTIVES, "TOO_MANY_DIRECTIVES"),
        ("operations_max", 1, "query A { me { name } }", f"query A {ME} query B {ME}", "TOO_MANY_OPERATIONS"),
        ("cost_max", 10, RECORDS.format(10), RECORDS.format(11), "COST_TOO_HIGH"),
    ],
)  # fmt: skip
async def test_a_limit_is_a_setting(door: Door, setting: str, most: int, fits: str, exceeds: str, code: str) -> None:
    async with door(**{setting: most}) as client:
        assert (await client("analyst").run(fits)).data
        await assert_refused(client("analyst"), exceeds, code)


async def test_the_cost_is_in_the_answer_and_follows_the_variables(client: Callable[[str], Client]) -> None:
    document = "query($n: Int) { billingRecords(first: $n) { nodes { id fromDivision { name } lineItems { id } } } }"

    for size in (1, 40):
        answer = await client("analyst").run(document, n=size)
        assert answer.body["extensions"] == {"cost": size * (1 + 1 + 20)}
    assert (await client("analyst").run(ME)).body["extensions"] == {"cost": 1}
    assert (await client("analyst").run("{ __typename }")).body["extensions"] == {"cost": 1}


async def test_a_page_size_above_the_most_is_bad_input_and_not_a_cost(client: Callable[[str], Client]) -> None:
    answer = await client("analyst").run("{ billingRecords(first: 2147483647) { nodes { id } } }")

    assert answer.codes == ["BAD_INPUT"]


async def test_errors_are_counted_out(door: Door) -> None:
    async with door(errors_max=3) as client:
        assert len((await client("analyst").run("{ a b c d e f }")).errors) == 3
        answer = await client("analyst").run("query($a: Int!, $b: Int!, $c: Int!, $d: Int!) { " + _used("abcd") + " }")
        assert len(answer.errors) == 3


def _used(names: str) -> str:
    return " ".join(f"{it}: billingRecords(first: ${it}) {{ totalCount }}" for it in names)


async def test_the_share_of_a_user_is_counted_by_cost(door: Door) -> None:
    """Each alias counts; another user is not concerned; REST is counted with GraphQL."""
    page = "billingRecords(first: 50) { nodes { id } }"
    async with door(rate_cost_per_second=0.001, rate_cost_burst=250) as client:
        ada, ben = client("analyst"), client("coordinator-it")
        assert (await ada.run(f"{{ a: {page} b: {page} c: {page} }}")).body["extensions"] == {"cost": 150}
        refused = await ada.run(f"{{ a: {page} b: {page} c: {page} }}")
        assert (refused.status, refused.codes, "data" in refused.body) == (429, ["RATE_LIMITED"], False)
        assert int(refused.headers["retry-after"]) == 50_000
        assert (await ada.run(f"{{ a: {page} b: {page} }}")).data
        assert (await ada.accepting(GRAPHQL).run(ME)).status == 429
        assert (await ben.run(ME)).data


async def test_documents_that_cannot_be_run_use_up_the_share(door: Door) -> None:
    async with door(rate_cost_per_second=0.001, rate_cost_burst=250) as client:
        codes = [(await client("analyst").run("{ nothing }")).codes for _ in range(3)]

    assert codes == [["GRAPHQL_VALIDATION_FAILED"], ["GRAPHQL_VALIDATION_FAILED"], ["RATE_LIMITED"]]


async def test_a_refused_mutation_has_written_nothing(door: Door, make: Make) -> None:
    record = await make.record()
    async with door(rate_cost_per_second=0.001, rate_cost_burst=4) as client:
        answers = [
            await client("coordinator-mkt").change("recordPayment", "payment { id }", **transfer(record)) for _ in "ab"
        ]
        payments = await client("analyst").run("{ payments { totalCount } }")

    assert [answer.status for answer in answers] == [200, 429]
    assert payments.field == {"totalCount": 1}


def transfer(record: Any) -> dict[str, Any]:
    return {
        "amount": "1.00",
        "method": "CARD",
        "reference": key(),
        "allocations": [{"billingRecordId": record["id"], "amount": "1.00"}],
        "idempotencyKey": key(),
    }


@pytest.mark.parametrize("environment", ["development", "production"])
async def test_introspection_in_production_is_a_right(door: Door, environment: str) -> None:
    asked = ["{ __schema { queryType { name } } }", "{ a: __schema { queryType { name } } }",
             '{ ...F } fragment F on Query { __type(name: "Query") { name } }']  # fmt: skip
    async with door(environment=environment) as client:
        for document in asked:
            for name in ("analyst", "billing-admin", "admin", "superadmin"):
                assert (await client(name).run(document)).data
            if environment == "development":
                assert (await client("coordinator-it").run(document)).data
            else:
                await assert_refused(client("coordinator-it"), document, "FORBIDDEN")
        assert (await client("coordinator-it").run("{ __typename me { __typename } }")).data


async def test_a_body_is_counted_while_it_comes(door: Door) -> None:
    """With and without a Content-Length; nothing of it is read further than the limit."""
    sent = 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(10_000):
            sent += 1024
            yield b" " * 1024

    async with door(body_bytes_max=2_048) as client:
        fits = json.dumps({"query": ME}).encode().ljust(2_048)
        assert (await client("analyst").post(fits)).data
        for body in (fits + b" ", parts()):
            answer = await client("analyst").post(body)
            assert (answer.status, answer.codes) == (413, ["BODY_TOO_LARGE"])
    assert sent <= 4_096
