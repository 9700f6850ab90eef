"""What every route does alike: who may come in, which methods, and what it says when things go wrong."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from billing.db import idempotency_keys
from billing.db.database import database_clock
from billing.domain.errors import ErrorCode
from billing.web.rest.openapi_refusals import STATUSES
from billing.web.rest.refusals import FAULT_STATUS, STATUS, of_errors, of_user_errors
from billing.web.rest.routes import ROUTES, Route
from tests.support.database import Database
from tests.support.make import Make, key
from tests.support.rest import RestAnswer, RestClient
from tests.support.world import World

Callers = Callable[[str], RestClient]

OF_DOCUMENTS = {
    ErrorCode.GRAPHQL_PARSE_FAILED,
    ErrorCode.GRAPHQL_VALIDATION_FAILED,
    ErrorCode.DOCUMENT_TOO_LARGE,
    ErrorCode.DOCUMENT_TOO_DEEP,
    ErrorCode.TOO_MANY_ALIASES,
    ErrorCode.TOO_MANY_DIRECTIVES,
    ErrorCode.TOO_MANY_OPERATIONS,
    ErrorCode.COST_TOO_HIGH,
    ErrorCode.PERSISTED_QUERY_NOT_FOUND,
    ErrorCode.DOCUMENT_NOT_TRUSTED,
}
"""What nobody meets who sends no document."""

EACH_ROUTE = pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")


async def ask(caller: RestClient, route: Route, record_id: str, **headers: str) -> RestAnswer:
    """A request of the route that nothing is wrong with, except that it may name what there is not."""
    bodies = {
        "CreateBillingRecord": {
            "toDivisionId": record_id,
            "currency": "USD",
            "periodStart": "2026-01-01",
            "periodEnd": "2026-01-31",
            "lines": [{"name": "Support", "unitPrice": "1.00", "quantity": "1"}],
        },
        "RecordPayment": {
            "amount": "1.00",
            "method": "card",
            "reference": key(),
            "allocations": [{"billingRecordId": record_id, "amount": "1.00"}],
        },
    }
    path = route.path.replace("{id}", record_id)
    given = {"Idempotency-Key": key(), **headers} if route.method == "POST" else headers
    return await caller.send(route.method, path, json=bodies.get(route.operation), headers=given)


def test_every_code_has_a_status() -> None:
    assert set(STATUS) == set(FAULT_STATUS) == set(ErrorCode) - OF_DOCUMENTS
    assert {*STATUS.values(), *FAULT_STATUS.values()} <= {*STATUSES, 405, 406, 408, 431}


def test_a_stored_operation_that_the_graph_does_not_take_is_a_mistake_of_ours() -> None:
    error = {"message": "Cannot query field 'x'.", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}

    with capture_logs() as logs:
        answer = of_errors([error], "c0ffee")

    assert (answer.status, answer.body["errors"][0]["code"]) == (500, "INTERNAL")
    assert "Cannot query" not in str(answer.body)
    assert [(line["correlation_id"], line["message"]) for line in logs] == [("c0ffee", error["message"])]


def test_a_user_error_is_about_the_field_that_rest_calls_so() -> None:
    errors: list[dict[str, Any]] = [
        {"code": "NOT_FOUND", "field": ["billingRecordId"], "message": "No."},
        {"code": "BAD_INPUT", "field": ["lines", "0", "name"], "message": "No."},
        {"code": "INVALID_STATE", "field": None, "message": "No."},
    ]

    answer = of_user_errors(errors, {"billingRecordId": "id"}, "c0ffee")

    assert answer.status == 404
    assert [error["field"] for error in answer.body["errors"]] == ["id", "lines.0.name", None]


def test_the_page_for_callers_names_codes_beside_their_status() -> None:
    page = Path("docs/rest.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\d{3}) \|.*\| (.*) \|$", page, re.MULTILINE))

    assert rows.keys() == {str(status) for status in {*STATUS.values(), *FAULT_STATUS.values()} - {406}}
    for status, codes in rows.items():
        for code in re.findall(r"`([A-Z_]+)`", codes):
            assert int(status) in (STATUS[ErrorCode(code)], FAULT_STATUS[ErrorCode(code)])


def test_each_route_documents_the_statuses_of_its_kind() -> None:
    for route in ROUTES:
        assert {400, 401, 429, 500, 503} <= set(route.statuses)
        assert ({403, 409, 413, 415} <= set(route.statuses)) == (route.method == "POST")


@EACH_ROUTE
async def test_without_a_valid_token_it_is_401(rest: Callers, world: World, route: Route) -> None:
    somebody = rest("coordinator-it")

    for authorization in ("", "Bearer", "Bearer x.y.z", "Basic YTpi", somebody.authorization[:-2], "Bearer nobody"):
        answer = await ask(somebody, route, str(world.laptop), Authorization=authorization)
        assert answer.refused == (401, [("UNAUTHENTICATED", None)])
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert (await ask(rest("unknown"), route, str(world.laptop))).status == 401


async def test_another_method_is_405(rest: Callers) -> None:
    for path, allowed in (
        ("/billing", "GET, HEAD, POST"),
        ("/billing/payments", "GET, HEAD, POST"),
        ("/billing/x/confirm-payment", "POST"),
        ("/openapi.json", "GET, HEAD"),
        ("/docs", "GET, HEAD"),
    ):
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - set(allowed.split(", ")):
            answer = await rest("admin").send(method, path, headers={"X-HTTP-Method-Override": "GET"})
            assert answer.refused == (405, [("METHOD_NOT_ALLOWED", None)]), (method, path)
            assert answer.headers["Allow"] == allowed


async def test_a_path_that_there_is_not_is_404(rest: Callers) -> None:
    for path in (
        "",
        "/",
        "/billing/",
        "/billing/1",
        "/billing/1/2/confirm-payment",
        "/payments",
        "/%0A",
        "/billing%0Ax",
    ):
        answer = await rest("admin").send("GET", path, follow_redirects=True)
        assert answer.refused == (404, [("NOT_FOUND", None)]), path


async def test_head_is_answered_like_get(rest: Callers, make: Make) -> None:
    await make.record("10.00")

    answer = await rest("analyst").send("HEAD", "/billing")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"


@EACH_ROUTE
async def test_nothing_of_it_is_kept_on_the_way(rest: Callers, world: World, route: Route) -> None:
    assert (await ask(rest("analyst"), route, str(world.laptop))).headers["Cache-Control"] == "no-store"


@EACH_ROUTE
async def test_a_database_that_is_away_is_503(rest: Callers, database: Database, world: World, route: Route) -> None:
    def away(now: datetime) -> datetime:
        raise ConnectionResetError

    database.clock = away
    try:
        answer = await ask(rest("billing-admin"), route, str(world.laptop))
    finally:
        database.clock = database_clock

    assert answer.refused == (503, [("SERVICE_UNAVAILABLE", None)])
    assert int(answer.headers["Retry-After"]) >= 1


@EACH_ROUTE
async def test_a_mistake_of_ours_is_500_and_says_nothing_of_it(
    rest: Callers, database: Database, world: World, route: Route
) -> None:
    def broken(now: datetime) -> datetime:
        raise KeyError("the inside")

    database.clock = broken
    try:
        with capture_logs() as logs:
            answer = await ask(rest("billing-admin"), route, str(world.laptop))
    finally:
        database.clock = database_clock

    assert answer.refused == (500, [("INTERNAL", None)])
    assert "inside" not in str(answer.body)
    assert [line["correlation_id"] for line in logs] == [answer.body["correlationId"]]


async def test_a_key_whose_request_is_still_running_is_409_and_to_be_tried_again(
    rest: Callers, database: Database, world: World
) -> None:
    chosen = key()

    async with database.transaction() as tx:
        await tx.connection.say(
            idempotency_keys.claim(
                user_id=world.users["coordinator-it"],
                operation="confirm_billing_record_payment",
                key=chosen,
                input_hash=b"\0" * 32,
            )
        )
        answer = await rest("coordinator-it").post(f"/billing/{world.laptop}/confirm-payment", key=chosen)

    assert answer.refused == (409, [("IN_PROGRESS", "Idempotency-Key")])
    assert int(answer.headers["Retry-After"]) >= 1


async def test_the_same_payment_sent_8_times_at_once_is_recorded_once(rest: Callers, make: Make) -> None:
    record, chosen = await make.record("100.00"), key()
    body = {
        "amount": "10.00",
        "method": "card",
        "reference": "R-1",
        "allocations": [{"billingRecordId": record["id"], "amount": "10.00"}],
    }

    answers = await asyncio.gather(
        *(rest("coordinator-mkt").post("/billing/payments", body, key=chosen) for _ in range(8))
    )

    assert {answer.status for answer in answers} == {201}
    assert len({answer.data["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 7
    assert (await make.read(record))["pendingAmount"] == "10.00"
