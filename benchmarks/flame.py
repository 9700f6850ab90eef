"""Where the service's processor time goes, as a flame graph: py-spy looks at its stacks while it is under load."""

import asyncio
import html
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console

from benchmarks.load import Load
from benchmarks.operations import Operation
from benchmarks.posts import endless
from benchmarks.servers import SERVICE, NoServer
from benchmarks.site import site

_CONCURRENCY: Final = 16
_PER_SECOND: Final = 500
_LEAD_IN_SECONDS: Final = 2.0
_WIDTH: Final = 1200
_HEIGHT: Final = 15
_NARROWEST: Final = 1.5
_CHARACTER: Final = 5.6

COLOURS: Final[Mapping[str, str]] = {
    "billing/web": "#8ecae6",
    "billing/engine": "#ffb703",
    "billing/db": "#90be6d",
    "billing": "#f9c74f",
    "asyncpg": "#b5c99a",
    "uvicorn": "#bde0fe",
    "graphql": "#ffd6a5",
}
"""By the beginning of a file's name, the longest that fits; all other code is grey."""
_OTHER: Final = "#d8d8d8"


@dataclass
class Frame:
    """A function where it was called from: how often it was seen on the stack, and what it called."""

    name: str
    count: int = 0
    below: dict[str, "Frame"] = field(default_factory=dict)

    def add(self, stack: list[str], count: int) -> None:
        self.count += count
        if stack:
            self.below.setdefault(stack[0], Frame(stack[0])).add(stack[1:], count)


async def flame(records: int, operation: Operation, seconds: float, console: Console) -> None:
    """Writes the graph beside the data. Raises NoServer where py-spy may not look."""
    async with site(records, [SERVICE], console) as where:
        (server,) = where.servers
        path = where.data.folder / f"flame-{operation.name}"
        load = Load(endless(where.requests(operation), 0))
        whole = _LEAD_IN_SECONDS + seconds + 1
        loading = asyncio.create_task(load.run(server.host, server.port, _CONCURRENCY, whole))
        await asyncio.sleep(_LEAD_IN_SECONDS)
        await _record(server.pid, seconds, path.with_suffix(".txt"))
        await loading
    root = folded(path.with_suffix(".txt").read_text().splitlines())
    path.with_suffix(".svg").write_text(drawn(root, f"{operation.name}: {root.count:,} samples"))
    console.print(f"{path.with_suffix('.svg')}")
    for name, share in shares(root).items():
        console.print(f"{share:6.1%}  {name}", highlight=False)


async def _record(pid: int, seconds: float, path: Path) -> None:
    program = Path(sys.executable).with_name("py-spy")
    options = ["--format", "raw", "--rate", str(_PER_SECOND), "--duration", str(round(seconds)), "--output", str(path)]
    recording = await asyncio.create_subprocess_exec(
        program, "record", "--pid", str(pid), *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await recording.communicate()
    if recording.returncode:
        raise NoServer(f"py-spy: {said.decode(errors='replace').strip()}")


def folded(lines: list[str]) -> Frame:
    """Of lines as py-spy writes them, `outer (file:1);inner (file:2) count`: the main thread's, by functions."""
    root = Frame("all")
    for line in lines:
        stack, _, count = line.rpartition(" ")
        if "threading.py" not in stack:
            root.add([each.rpartition(":")[0] + ")" for each in stack.split(";")], int(count))
    return root


def shares(root: Frame) -> dict[str, float]:
    """Of the time, by whose code was running, largest first; what C code takes counts for whoever called it."""
    found: dict[str, int] = {}
    for frame, own in _own(root):
        room = room_of(frame.name)
        if own:
            found[room] = found.get(room, 0) + own
    return {name: count / root.count for name, count in sorted(found.items(), key=lambda each: -each[1])}


def room_of(name: str) -> str:
    """The longest beginning that has a colour; `other` for all other code."""
    file = name.rpartition("(")[2]
    return max((each for each in COLOURS if file.startswith(f"{each}/")), key=len, default="other")


def _own(frame: Frame) -> Iterator[tuple[Frame, int]]:
    yield frame, frame.count - sum(each.count for each in frame.below.values())
    for each in frame.below.values():
        yield from _own(each)


def drawn(root: Frame, title: str) -> str:
    """As an SVG; what is called stands above its caller, as wide as it was often seen."""
    boxes = list(_boxes(_above_the_trunk(root), 0.0, 0))
    height = (max(depth for _, _, _, depth in boxes) + 4) * _HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"',
        ' font-family="monospace" font-size="9">',
        f'<text x="4" y="12" font-size="12">{html.escape(title)}</text>',
    ]
    legend = {**COLOURS, "other": _OTHER}
    for number, (room, colour) in enumerate(legend.items()):
        x = 4 + number * 110
        parts.append(f'<rect x="{x}" y="18" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 14}" y="26">{room}</text>')
    for frame, left, width, depth in boxes:
        top = height - (depth + 1) * _HEIGHT
        colour = COLOURS.get(room_of(frame.name), _OTHER)
        shown = frame.name.partition(" (")[0][: max(0, int(width / _CHARACTER) - 1)]
        label = f'<text x="{left + 2:.1f}" y="{top + 10}">{html.escape(shown)}</text>' if len(shown) > 1 else ""
        told = html.escape(f"{frame.name}: {frame.count / root.count:.1%}")
        place = f'x="{left:.1f}" y="{top}" width="{width - 0.5:.1f}" height="{_HEIGHT - 1}"'
        parts.append(f'<g><title>{told}</title><rect {place} fill="{colour}"/>{label}</g>')
    return "\n".join([*parts, "</svg>", ""])


def _above_the_trunk(frame: Frame) -> Frame:
    """Without the calls that only lead to the one that everything is under."""
    while len(frame.below) == 1 and sum(each.count for each in frame.below.values()) == frame.count:
        (frame,) = frame.below.values()
    return frame


def _boxes(frame: Frame, left: float, depth: int, per_sample: float = 0.0) -> Iterator[tuple[Frame, float, float, int]]:
    per_sample = per_sample or _WIDTH / frame.count
    width = frame.count * per_sample
    if width < _NARROWEST:
        return
    yield frame, left, width, depth
    for each in sorted(frame.below.values(), key=lambda each: each.name):
        yield from _boxes(each, left, depth + 1, per_sample)
        left += each.count * per_sample
