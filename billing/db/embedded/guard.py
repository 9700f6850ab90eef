"""Starts a server as its child, waits until no process holds it any more, and stops it; a private one is deleted then.

Run as a program of its own (`python guard.py` and an Order as JSON), so it imports the standard library only. As the
parent it collects a server that was killed: in a container whose first process does not, PostgreSQL could never start
again, since it takes the remains for another server that is still running.
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

GUARD_LOCK: Final = "guard.lock"
HOLDERS_LOCK: Final = "holders.lock"
SOCKET_NAME: Final = ".s.PGSQL.5432"
_STOP_SECONDS: Final = 20.0


class Order(NamedTuple):
    """What a guard shall do: start `command` with `options` of subprocess (nothing when it is empty), watch, delete."""

    folder: str
    cluster: str
    command: list[str]
    options: dict[str, Any]
    delete: bool


class Server(NamedTuple):
    """A server that listens, as its file postmaster.pid tells."""

    pid: int
    sockets: Path
    ready: bool


def watch(order: Order) -> None:
    """Outlive every holder of the folder, then stop the server. One guard is enough, but a parent stays."""
    folder, cluster = Path(order.folder), Path(order.cluster)
    # Both files are there, or the folder is being deleted; and they are closed in this order: whoever gets in as a
    # holder next finds no guard and starts one.
    with (folder / HOLDERS_LOCK).open("r+b") as holders, (folder / GUARD_LOCK).open("r+b") as guards:
        if order.command:
            start(order)
        try:
            fcntl.flock(guards, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not order.command:
                return
        fcntl.flock(holders, fcntl.LOCK_EX)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Now the server ends because we say so.
        stop(cluster)
        if order.delete:
            shutil.rmtree(folder, ignore_errors=True)


def start(order: Order) -> None:
    """Start the server and see it ready; the guard ends with a server that ends by itself."""
    server = subprocess.Popen(order.command, stdin=subprocess.DEVNULL, **order.options)  # noqa: S603 -- our own program
    while not ((found := running(Path(order.cluster))) and found.ready):
        _leave(server)
        time.sleep(0.02)
    # A folder that is to be deleted needs its guard to the end; the kernel collects its server.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN if order.delete else lambda *_: _leave(server))
    _leave(server)


def _leave(server: "subprocess.Popen[bytes]") -> None:
    """Collect the server if it has ended before its time; whoever starts it again starts another guard."""
    if server.poll() is not None:
        sys.exit(f"PostgreSQL ended with status {server.returncode}.")


def stop(cluster: Path) -> None:
    """Shut down with a checkpoint; when that takes too long without one, and the next start replays the log."""
    server = running(cluster)
    if server is None:
        return
    for request in (signal.SIGINT, signal.SIGQUIT):
        with suppress(ProcessLookupError):
            os.kill(server.pid, request)
        if _ended(server.pid):
            break
    if server.sockets != cluster:
        shutil.rmtree(server.sockets, ignore_errors=True)


def running(cluster: Path) -> Server | None:
    """The server that listens for `cluster`; the file that a killed one left behind is none."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        server = Server(pid=int(lines[0]), sockets=Path(lines[4]), ready=lines[-1].strip() == "ready")
    except (FileNotFoundError, IndexError, ValueError):
        return None  # It is being written, or there is none.
    # What a killed server leaves behind may listen for a moment longer, and answers nobody.
    return server if alive(server.pid) and _listens(server.sockets / SOCKET_NAME) else None


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and was not collected by its parent does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()  # macOS has no /proc; elsewhere it ended just now.
    return state.split()[0] != "Z"


def _listens(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(address))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except (BlockingIOError, TimeoutError):
            return True  # Somebody listens, with a full queue.
    return True


def _ended(pid: int) -> bool:
    until = time.monotonic() + _STOP_SECONDS
    while alive(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


if __name__ == "__main__":
    watch(Order(**json.loads(sys.argv[1])))
