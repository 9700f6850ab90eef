"""A site for the storms of one worker, the seed of a test, and how its findings are asserted."""

import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.torture.findings import Findings
from tests.torture.site import Site
from tests.torture.site import site as running_site

Keeps = Callable[[Awaitable[Findings]], Awaitable[None]]


@pytest.fixture(scope="session")
async def site() -> AsyncIterator[Site]:
    async with running_site() as running:
        yield running


@pytest.fixture
def seed() -> int:
    """Another one each time, unless SEED names it."""
    return int(os.environ.get("SEED") or secrets.randbelow(2**31))


@pytest.fixture
def keeps(seed: int, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Keeps:
    """`await keeps(load)` fails with every figure that is not the one asked for, and the seed to try it again with."""

    async def keep(load: Awaitable[Findings]) -> None:
        findings = await load
        assert findings.broken == []
        record_property("checks of the books", findings.book_checks)
        record_property(f"SEED of {request.node.name}", seed)

    return keep
