"""The most time that a part of a request may take."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from billing.domain.errors import DeadlineExceeded


@asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[None]:
    """Raises DeadlineExceeded when the block takes longer; what it waits for is cancelled, in PostgreSQL too."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise DeadlineExceeded from None
