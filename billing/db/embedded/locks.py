"""Locks between processes (flock): the kernel frees them when a process ends, however it ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from billing.db.embedded.programs import EmbeddedPostgresError

_WAIT_SECONDS: Final = 60.0


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Only one process at a time is in the block under the same path."""
    held = _lock(path, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(held)


def share(path: Path) -> int:
    """Hold `path` together with others; `os.close` of the answer, or the end of the process, lets go."""
    return _lock(path, fcntl.LOCK_SH)


def _lock(path: Path, operation: int) -> int:
    until = time.monotonic() + _WAIT_SECONDS
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    while True:
        try:
            fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                os.close(descriptor)
                raise EmbeddedPostgresError(
                    f"Another process has kept {path} locked for {_WAIT_SECONDS:.0f} seconds; end it and try again."
                ) from None
            time.sleep(0.02)
        else:
            return descriptor
