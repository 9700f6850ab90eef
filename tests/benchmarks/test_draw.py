"""Who asks for what in the benchmarks: the same under the same seed, and nothing that the caller may not see."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from graphql import parse, validate

from benchmarks.draw import FRESH, Sample
from benchmarks.operations import OPERATIONS, SCALARS, page_of
from benchmarks.posts import endless, with_fresh_key
from billing.app import SCHEMA

_DIVISIONS = [UUID(int=place) for place in range(3)]


def _record(place: int) -> dict[str, Any]:
    sides = {"from_division_id": _DIVISIONS[place % 3], "to_division_id": _DIVISIONS[(place + 1) % 3]}
    return {"id": UUID(int=1000 + place), "issue_date": date(2026, 1, 1) + timedelta(days=place), **sides}


def _sample(seed: int) -> Sample:
    records = [_record(place) for place in range(30)]
    people = {division: [f"{division.int}-a", f"{division.int}-b"] for division in _DIVISIONS}
    return Sample(records, records[:5], people, "analyst", seed)


def test_the_same_seed_draws_the_same_calls_and_another_seed_others() -> None:
    operation = OPERATIONS["dashboard"]

    assert _sample(1).calls(operation) == _sample(1).calls(operation)
    assert _sample(1).calls(operation) != _sample(2).calls(operation)


def test_a_page_is_asked_for_by_a_coordinator_of_its_division() -> None:
    calls = _sample(1).calls(OPERATIONS["deep"])

    assert {call.caller.partition("-")[0] == str(UUID(call.variables["division"]).int) for call in calls} == {True}
    assert {call.variables["after"] is None for call in calls} == {True, False}


def test_a_payment_is_recorded_by_the_side_that_pays() -> None:
    sample = _sample(1)

    for record, call in zip(sample.payable, sample.calls(OPERATIONS["recordPayment"]), strict=True):
        assert call.caller in sample.people[record["to_division_id"]]


def test_documents_fit_the_schema() -> None:
    for operation in (*OPERATIONS.values(), page_of(SCALARS)):
        assert validate(SCHEMA._schema, parse(operation.document)) == [], operation.name


def test_each_payment_sent_has_a_key_of_its_own_and_the_same_length() -> None:
    body = f'{{"reference": "{FRESH}", "idempotencyKey": "{FRESH}"}}'.encode()
    sent = endless([body], 0)

    first, second = next(sent), next(sent)

    assert len({first, second, with_fresh_key(body)}) == 3
    assert len(first) == len(second) == len(body)


def test_a_sequence_goes_round_from_where_it_begins() -> None:
    sent = endless([b"a", b"b", b"c"], 5)

    assert [next(sent) for _ in range(4)] == [b"c", b"a", b"b", b"c"]
