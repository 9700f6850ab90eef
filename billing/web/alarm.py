"""A time-out that is set for every request and hardly ever rings."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable
from math import inf


class Alarm:
    """Calls `ring` at the time it is set to. Putting it off costs nothing: the one timer finds out when it fires."""

    def __init__(self, loop: AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring = ring
        self._at = inf
        self._timer: TimerHandle | None = None
        self._timer_at = inf

    def set(self, seconds: float) -> None:
        """So many seconds from now, instead of whatever it was set to."""
        self._at = self._loop.time() + seconds
        if self._at < self._timer_at:
            self._start_timer()

    def unset(self) -> None:
        self._at = inf

    def stop(self) -> None:
        """For good, and lets go of whom it calls."""
        self._at, self._ring = inf, _nothing
        if self._timer is not None:
            self._timer.cancel()

    def _start_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = self._at
        self._timer = self._loop.call_at(self._at, self._fire)

    def _fire(self) -> None:
        self._timer, self._timer_at = None, inf
        if self._at == inf:
            return
        if self._loop.time() < self._at:
            self._start_timer()
            return
        self._at = inf
        self._ring()


def _nothing() -> None:
    pass
