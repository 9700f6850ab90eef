"""How much one user may ask for: a bucket of nodes for each, which fills again at a steady rate."""

import math
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Final
from uuid import UUID

from billing.domain.errors import RateLimited

_BUCKETS_MAX: Final = 10_000


class Rates:
    """The token buckets of one process, `burst` nodes large, filled with `per_second`.

    A bucket that is full again says nothing, so giving up those that were used longest ago is harmless as long as no
    more than 10,000 users ask at once.
    """

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[UUID, tuple[float, float]] = OrderedDict()
        """What was left, and when."""

    def require(self, user_id: UUID, cost: int) -> tuple[float, float]:
        """What is left in the user's bucket, and now. Raises RateLimited where that is less than the cost.

        What costs more than a bucket holds may be asked with a full one, and leaves it in debt.
        """
        now, burst = self._clock(), self._burst
        left, at = self._buckets.get(user_id, (burst, 0.0))
        left = min(burst, left + (now - at) * self._per_second)
        missing = min(cost, burst) - left
        if missing > 0:
            raise RateLimited(math.ceil(missing / self._per_second))
        return left, now

    def charge(self, user_id: UUID, cost: int) -> None:
        """Takes the cost from the user's bucket. Raises RateLimited and takes nothing where there is less in it."""
        left, now = self.require(user_id, cost)
        self._buckets[user_id] = (left - cost, now)
        self._buckets.move_to_end(user_id)
        if len(self._buckets) > _BUCKETS_MAX:
            self._buckets.popitem(last=False)
