"""What /proc says of a process: processor time, memory, and on which cores it runs. Linux only."""

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
_NEW_PEAK: Final = "5"  # What clear_refs takes for: VmHWM begins anew.


@dataclass(frozen=True)
class Stat:
    """A line of /proc/<pid>/stat, times in seconds; of all threads, and of children that ended and were waited for."""

    parent: int
    own_seconds: float
    ended_seconds: float


def parse_stat(line: str) -> Stat:
    """The name of the program, which stands in brackets, may have any character in it."""
    fields = line.rpartition(")")[2].split()
    user, system, ended_user, ended_system = (int(field) / _TICKS_PER_SECOND for field in fields[11:15])
    return Stat(int(fields[1]), user + system, ended_user + ended_system)


def parse_memory(status: str) -> dict[str, int]:
    """The sizes in /proc/<pid>/status, in bytes: VmRSS is what it has now, VmHWM the most it had."""
    lines = (line.split() for line in status.splitlines() if line.endswith(" kB"))
    return {name.rstrip(":"): int(size) * 1024 for name, size, _ in lines}


def cpu_seconds(pid: int) -> float:
    """Of one process with all its threads."""
    return _stat(pid).own_seconds


def cpu_seconds_of_family(pid: int) -> float:
    """Of a process and all its children, each with one thread: those that run, and those that ended meanwhile."""
    total = _single_thread_seconds(pid) + _stat(pid).ended_seconds
    for child in _children(pid):
        with suppress(FileNotFoundError, ProcessLookupError):
            total += _single_thread_seconds(child)
    return total


def memory(pid: int) -> dict[str, int]:
    return parse_memory((_PROC / str(pid) / "status").read_text())


def forget_peak(pid: int) -> bool:
    """Lets VmHWM begin anew; false where the machine does not allow that."""
    try:
        (_PROC / str(pid) / "clear_refs").write_text(_NEW_PEAK)
    except OSError:
        return False
    return True


def pin(pid: int, cores: Collection[int]) -> None:
    """All threads of the process onto these cores; what they start later stays there."""
    for task in (_PROC / str(pid) / "task").iterdir():
        with suppress(ProcessLookupError):
            os.sched_setaffinity(int(task.name), cores)


def pin_family(pid: int, cores: Collection[int]) -> None:
    for each in (pid, *_children(pid)):
        with suppress(FileNotFoundError, ProcessLookupError):
            pin(each, cores)


def _stat(pid: int) -> Stat:
    return parse_stat((_PROC / str(pid) / "stat").read_text())


def _single_thread_seconds(pid: int) -> float:
    """To the nanosecond where the kernel tells: of many processes that do little, `stat` loses a tick each."""
    try:
        return int((_PROC / str(pid) / "schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return _stat(pid).own_seconds


def _children(pid: int) -> Iterator[int]:
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):
                if _stat(int(entry.name)).parent == pid:
                    yield int(entry.name)
