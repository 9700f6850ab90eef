"""The most time that a part of a request may take."""

from asyncio import AbstractEventLoop, CancelledError, Task, current_task, get_running_loop
from types import TracebackType
from typing import Any


class Deadline:
    """`with deadline():` gives a block so many seconds, after which it `raises`.

    All blocks have as long, so that they end in the order in which they began: one timer watches the oldest of them.
    """

    def __init__(self, seconds: float, raises: type[Exception] = TimeoutError) -> None:
        self._seconds = seconds
        self.raises = raises
        self._blocks: dict[_Block, float] = {}
        self._watching = False

    def __call__(self) -> "_Block":
        return _Block(self)

    def begin(self, block: "_Block", loop: AbstractEventLoop) -> None:
        self._blocks[block] = ends_at = loop.time() + self._seconds
        if not self._watching:
            self._watch(loop, ends_at)

    def end(self, block: "_Block") -> None:
        self._blocks.pop(block, None)

    def _watch(self, loop: AbstractEventLoop, until: float) -> None:
        self._watching = True
        loop.call_at(until, self._ring, loop)

    def _ring(self, loop: AbstractEventLoop) -> None:
        self._watching = False
        for block, ends_at in list(self._blocks.items()):
            if ends_at > loop.time():
                self._watch(loop, ends_at)
                return
            self.end(block)
            block.cancel()


class _Block:
    """What it waits for is cancelled where it takes longer, in PostgreSQL too."""

    __slots__ = ("_cancelled", "_deadline", "_requests", "_task")

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._cancelled = False

    def __enter__(self) -> None:
        loop = get_running_loop()
        task = current_task(loop)
        assert task is not None
        self._task: Task[Any] = task
        self._requests = task.cancelling()
        self._deadline.begin(self, loop)

    def cancel(self) -> None:
        self._cancelled = True
        self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Somebody else may cancel the task too, and is not to be taken for the deadline, as in `asyncio.timeout`."""
        self._deadline.end(self)
        ours = self._cancelled and self._task.uncancel() <= self._requests
        if (ours and kind is CancelledError) or isinstance(error, TimeoutError):
            raise self._deadline.raises from None
