"""Every load with the small figures: what `make torture` does at length."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.torture import (
    deadlocks,
    endings,
    fault_injection,
    hostile,
    keys,
    kills,
    outages,
    overpayment,
    slow_clients,
)
from tests.torture.conftest import Keeps
from tests.torture.figures import GATE
from tests.torture.site import Site

_SECONDS_MAX = 240


@pytest.fixture(autouse=True)
async def bounded() -> AsyncIterator[None]:
    """A load that hangs fails; how long it takes is asked of nobody."""
    async with asyncio.timeout(_SECONDS_MAX):
        yield


async def test_no_record_is_overpaid_however_many_pay_it(site: Site, seed: int, keeps: Keeps) -> None:
    await keeps(overpayment.storm(site, GATE, seed))


async def test_a_key_makes_one_payment_however_often_and_with_whatever_it_is_sent(
    site: Site, seed: int, keeps: Keeps
) -> None:
    await keeps(keys.storm(site, GATE, seed))


async def test_a_payment_ends_once_however_many_end_it(site: Site, seed: int, keeps: Keeps) -> None:
    await keeps(endings.storm(site, GATE, seed))


async def test_nobody_sees_a_deadlock(site: Site, seed: int, keeps: Keeps) -> None:
    await keeps(deadlocks.storm(site, GATE, seed))


async def test_hostile_documents_are_refused_and_nobody_else_notices(site: Site, seed: int, keeps: Keeps) -> None:
    await keeps(hostile.storm(site, GATE, seed))


async def test_kills_lose_nothing_that_was_acknowledged_and_do_nothing_twice(
    site: Site, seed: int, keeps: Keeps
) -> None:
    await keeps(kills.kills(site, GATE, seed))


async def test_an_outage_of_the_database_is_said_at_once_and_is_over_with_it(
    site: Site, seed: int, keeps: Keeps
) -> None:
    await keeps(outages.outages(site, GATE, seed))


async def test_slow_clients_are_closed_on_time_and_others_are_served(site: Site, seed: int, keeps: Keeps) -> None:
    await keeps(slow_clients.crowd(site, GATE, seed))


async def test_a_failing_database_call_leaves_all_or_nothing(seed: int, keeps: Keeps) -> None:
    await keeps(fault_injection.inject(GATE, seed))
