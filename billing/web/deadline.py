"""The most time that a part of a request may take."""

from asyncio import CancelledError, current_task, get_running_loop
from types import TracebackType

from billing.domain.errors import DeadlineExceeded


class Deadline:
    """Raises DeadlineExceeded when the block takes longer; what it waits for is cancelled, in PostgreSQL too.

    It is `asyncio.timeout` without what nobody needs here: every request passes two of them.
    """

    __slots__ = ("_cancelling", "_rung", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        task = current_task()
        assert task is not None
        self._task, self._cancelling, self._rung = task, task.cancelling(), False
        self._timer = get_running_loop().call_later(self._seconds, self._ring)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        ours = self._rung and self._task.uncancel() <= self._cancelling and kind is CancelledError
        if ours or isinstance(error, TimeoutError):
            raise DeadlineExceeded from None

    def _ring(self) -> None:
        self._rung = True
        self._task.cancel()
