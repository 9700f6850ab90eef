"""Each user has a share of nodes; what is over it waits, and nobody else does."""

import uuid

import pytest

from billing.domain.errors import RateLimited
from billing.web.rates import Rates


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def charged(rates: Rates, user_id: uuid.UUID, cost: int) -> int | None:
    """The seconds to wait, None where it was let through."""
    try:
        rates.charge(user_id, cost)
    except RateLimited as refused:
        return refused.retry_after_seconds
    return None


def test_a_burst_is_let_through_and_the_rest_waits_until_the_bucket_has_filled() -> None:
    clock, ada = Clock(), uuid.uuid4()
    rates = Rates(per_second=10, burst=100, clock=clock)

    assert [charged(rates, ada, 40) for _ in range(4)] == [None, None, 2, 2]
    clock.now += 1.9
    assert charged(rates, ada, 40) == 1
    clock.now += 0.1
    assert charged(rates, ada, 40) is None
    clock.now += 3_600
    assert [charged(rates, ada, 100), charged(rates, ada, 1)] == [None, 1]


def test_what_is_refused_takes_nothing() -> None:
    clock, ada = Clock(), uuid.uuid4()
    rates = Rates(per_second=10, burst=100, clock=clock)

    assert charged(rates, ada, 95) is None
    assert [charged(rates, ada, 6) for _ in range(50)] == [1] * 50
    assert charged(rates, ada, 5) is None


def test_what_costs_more_than_a_bucket_holds_needs_a_full_one_and_is_paid_back() -> None:
    clock, ada = Clock(), uuid.uuid4()
    rates = Rates(per_second=10, burst=100, clock=clock)

    assert charged(rates, ada, 250) is None
    assert charged(rates, ada, 1) == 16
    clock.now += 15.2
    assert charged(rates, ada, 1) is None


def test_users_have_buckets_of_their_own() -> None:
    rates = Rates(per_second=1, burst=10, clock=Clock())
    ada, ben = uuid.uuid4(), uuid.uuid4()

    assert charged(rates, ada, 10) is None
    assert charged(rates, ada, 1) == 1
    assert charged(rates, ben, 10) is None


def test_the_buckets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.web.rates._BUCKETS_MAX", 3)
    rates = Rates(per_second=1, burst=10, clock=Clock())

    for _ in range(10):
        rates.charge(uuid.uuid4(), 1)

    assert len(rates._buckets) == 3
