"""Who a name stands for: read from the users table, remembered for seconds, forgotten as soon as any user changes."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from billing.permissions.viewer import Viewer

REMEMBERED_MAX: Final = 10_000
READ_TOGETHER_MAX: Final = 64


@dataclass(eq=False, slots=True)
class _Remembered:
    viewer: Viewer | None
    until: float
    asked: bool = False
    """Whether it was of use."""


@dataclass
class Viewers:
    """What was read is remembered only while `hearing` is set: while news of every change arrives here.

    Whoever must be read takes some others along who asked a while ago, and must be read when they ask again.
    """

    read: Callable[[Sequence[str]], Awaitable[Mapping[str, Viewer]]]
    seconds_max: float
    clock: Callable[[], float] = time.monotonic
    hearing: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _remembered: OrderedDict[str, _Remembered] = field(default_factory=OrderedDict, init=False)
    _generation: int = field(default=0, init=False)

    def known(self, name: str) -> Viewer | None:
        """The active user of that name who is remembered."""
        known = self._recall(name, self.clock())
        return None if known is None else known.viewer

    async def find(self, name: str) -> Viewer | None:
        """The active user of that name. That there is none is remembered too."""
        now, generation = self.clock(), self._generation
        known = self._recall(name, now)
        if known is not None:
            return known.viewer
        names = [name, *self._due(now, name)]
        found = await self.read(names)
        if self.hearing.is_set() and generation == self._generation:  # Else it may be older than a change.
            for each in reversed(names):
                self._remember(each, _Remembered(found.get(each), now + self.seconds_max))
        return found.get(name)

    def forget(self) -> None:
        """A user changed: what was read before is not to be used, nor what is being read now."""
        self._generation += 1
        self._remembered.clear()

    def hear(self) -> None:
        """From now on every change is told by `forget`."""
        self.forget()
        self.hearing.set()

    def hear_no_more(self) -> None:
        self.hearing.clear()
        self.forget()

    def _recall(self, name: str, now: float) -> _Remembered | None:
        known = self._remembered.get(name)
        if known is None or now >= known.until:
            return None
        known.asked = True
        self._remembered.move_to_end(name)
        return known

    def _due(self, now: float, name: str) -> list[str]:
        """Of those who asked longest ago, those to be read again. Nobody else comes to read them meanwhile."""
        old = [
            (each, known)
            for each, known in islice(self._remembered.items(), READ_TOGETHER_MAX - 1)
            if now >= known.until
        ]
        for each, _ in old:
            del self._remembered[each]
        return [each for each, known in old if known.asked and each != name]

    def _remember(self, name: str, read: _Remembered) -> None:
        self._remembered[name] = read
        self._remembered.move_to_end(name)
        if len(self._remembered) > REMEMBERED_MAX:
            self._remembered.popitem(last=False)
