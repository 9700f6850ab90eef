"""One PostgreSQL cluster in a folder: made, started, found again."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL

from billing.db.embedded import guard
from billing.db.embedded.programs import (
    EmbeddedPostgresError,
    Version,
    as_server,
    blocking_parent,
    find_programs,
    run,
    server_account,
)

_SOCKET_PATH_MAX: Final = 103  # Bytes; Linux allows 107, macOS 103.
_START_SECONDS: Final = 60.0  # A start after a crash replays the log first.
_DYING_PREDECESSOR: Final = "pre-existing shared memory block"
_INITDB: Final = (
    "--username=postgres",
    "--auth=trust",  # Who reaches the socket is us or root: its folder is closed to everybody else.
    "--encoding=UTF8",
    "--data-checksums",
)
# The same order and letter case on every machine, whatever its locales are; 15 and 16 have no provider of their own.
_LOCALE: Final[dict[Version, tuple[str, ...]]] = {
    15: ("--locale=C.UTF-8",),
    16: ("--locale=C.UTF-8",),
    18: ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
}
_IN_UTC: Final = ("-c", "timezone=UTC", "-c", "log_timezone=UTC")
_NOT_DURABLE: Final = ("-c", "fsync=off", "-c", "full_page_writes=off")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster with the database `billing`; one that is not durable runs without fsync, a temporary one is deleted."""

    folder: Path
    version: Version = 18
    durable: bool = True
    temporary: bool = False

    def ensure_made(self) -> None:
        """Make it under another name and rename it, so that an interrupted first start leaves nothing half made."""
        if (self.folder / "PG_VERSION").exists():
            return
        programs = find_programs(self.version)
        draft = self.folder.with_name(f"{self.folder.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        _make_server_folder(draft)
        run([programs / "initdb", *_INITDB, *_LOCALE[self.version], "-D", draft])
        single_user = ("--single", "-c", "exit_on_error=on", "-D", str(draft), "postgres")
        run([programs / "postgres", *single_user], text="CREATE DATABASE billing")
        draft.rename(self.folder)

    def ensure_started(self) -> str:
        """The address of the running server. It waits while the last processes of a killed predecessor still end."""
        until = time.monotonic() + _START_SECONDS
        if (url := self._url()) is not None:
            self._spawn_guard()  # For the case that only the server is left.
            return url
        while (url := self._start(until)) is None:
            complaint = self._log.read_text(errors="replace")[-2000:]
            if time.monotonic() > until or _DYING_PREDECESSOR not in complaint:
                raise EmbeddedPostgresError(f"PostgreSQL does not start in {self.folder}:\n{complaint}")
        return url

    def _start(self, until: float) -> str | None:
        self._log.write_bytes(b"")
        options = ["-c", "listen_addresses=", "-c", "port=5432", "-c", f"unix_socket_directories={self._sockets()}"]
        options += ["-c", "unix_socket_permissions=0700", *_IN_UTC, *(() if self.durable else _NOT_DURABLE)]
        pid = self._spawn_guard(str(find_programs(self.version) / "postgres"), "-D", str(self.folder), *options)
        while self._url() is None and guard.alive(pid) and time.monotonic() < until:
            time.sleep(0.02)
        return self._url()

    def _spawn_guard(self, *command: str) -> int:
        """Start a guard that outlives us, in a session of its own, so that Ctrl-C does not reach it; its process id."""
        (self.folder.parent / guard.GUARD_LOCK).touch(mode=0o600)
        order = guard.Order(str(self.folder.parent), str(self.folder), list(command), as_server(), self.temporary)
        program = [sys.executable, "-I", "-S", guard.__file__, json.dumps(order._asdict())]
        detach = '"$@" >&2 & echo $!'  # The shell ends at once, so the guard is nobody's child to wait for.
        with self._log.open("ab") as log:
            done = subprocess.run(  # noqa: S603 -- a fixed script and our own program
                ["/bin/sh", "-c", detach, "sh", *program],
                cwd="/",
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                check=True,
            )
        return int(done.stdout)

    @property
    def _log(self) -> Path:
        """What the server says since its last start."""
        return self.folder.parent / "server.log"

    def _url(self) -> str | None:
        server = guard.running(self.folder)
        if server is None or not server.ready:
            return None
        query = {"host": str(server.sockets), "port": "5432"}
        url = URL.create("postgresql+asyncpg", username="postgres", database="billing", query=query)
        return url.render_as_string(hide_password=False)

    def _sockets(self) -> Path:
        """The cluster's own folder; a private one under /tmp when its path is too long or too odd for a socket."""
        socket = os.fsencode(self.folder / guard.SOCKET_NAME)
        if len(socket) <= _SOCKET_PATH_MAX and re.fullmatch(rb"[\w./+-]+", socket):
            return self.folder
        name = hashlib.sha256(socket + b" %d" % self.folder.stat().st_ino).hexdigest()[:16]
        sockets = Path("/tmp", f"billing-{name}")  # noqa: S108 -- short on every system, and checked to be ours
        if not sockets.exists():
            _make_server_folder(sockets)
        found, ours = sockets.lstat(), self.folder.stat()
        if found.st_uid != ours.st_uid or found.st_mode != ours.st_mode:
            raise EmbeddedPostgresError(f"{sockets} is not a private folder of ours: remove it.")
        return sockets


def _make_server_folder(folder: Path) -> None:
    """A folder that only the server's account may enter."""
    folder.mkdir(mode=0o700)
    account = server_account()
    if account is None:
        return
    os.chown(folder, account.pw_uid, account.pw_gid)
    if (closed := blocking_parent(folder)) is not None:
        raise EmbeddedPostgresError(
            f"Under root PostgreSQL runs as the account `{account.pw_name}`, and {closed} is closed to it: set "
            "DATA_DIR to a folder outside homes, such as /var/lib/internal-billing/data, or run as an ordinary user."
        )
