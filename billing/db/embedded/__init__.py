"""The PostgreSQL that comes with the service: started by the first process that needs it, stopped after the last one.

Who needs it shares the lock on `holders.lock`, and the kernel lets go of that however the process ends (exit, SIGTERM,
kill -9). A guard process (guard.py) waits to have the lock alone, when nobody needs the server any more, and stops it.
"""

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from billing.db.embedded import guard
from billing.db.embedded.cluster import Cluster
from billing.db.embedded.locks import exclusive, share
from billing.db.embedded.programs import EmbeddedPostgresError, Version
from billing.settings import make_folder

__all__ = ["EmbeddedPostgresError", "Version", "embedded_url", "private_server"]

_held: Final[dict[Path, int]] = {}  # Kept open until the process ends.
_holding: Final = threading.Lock()


def embedded_url(data_dir: Path) -> str:
    """The address of the database `billing` of the server in `data_dir`, which runs until this process ends.

    Any number of processes may ask at once. Asked again, it starts a server that was killed anew, at the same address.
    Raises EmbeddedPostgresError, whose text says what to do.
    """
    try:
        folder = make_folder(data_dir.resolve() / "postgresql")
        _hold(folder)
        return _ensure_running(Cluster(folder / "18"))
    except PermissionError as error:
        raise EmbeddedPostgresError(
            f"{error.filename} is closed to this account: set DATA_DIR to a folder of its own, or DATABASE_URL."
        ) from error


@contextmanager
def private_server(*, version: Version = 18, durable: bool = False) -> Iterator[str]:
    """A server of one's own in a temporary folder, for tests; stopped and deleted afterwards, even after kill -9.

    It runs without fsync, since nothing in it is kept; `durable=True` is for tests of durability itself.
    """
    folder = Path(tempfile.mkdtemp(prefix="billing-")).resolve()
    folder.chmod(0o711)  # Under root the server's account passes through.
    cluster = Cluster(folder / str(version), version, durable=durable, temporary=True)
    held = share(folder / guard.HOLDERS_LOCK)
    try:
        yield _ensure_running(cluster)
    finally:
        guard.stop(cluster.folder)
        shutil.rmtree(folder)
        os.close(held)


def _hold(folder: Path) -> None:
    with _holding:
        if folder not in _held:
            _held[folder] = share(folder / guard.HOLDERS_LOCK)


def _ensure_running(cluster: Cluster) -> str:
    with exclusive(cluster.folder.parent / "starting.lock"):
        cluster.ensure_made()
        return cluster.ensure_started()
