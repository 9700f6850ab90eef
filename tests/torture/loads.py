"""The loads: which promises each is about, and how it is run."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from tests.torture import deadlocks, endings, fault_injection, hostile, keys, kills, overpayment
from tests.torture.figures import Figures
from tests.torture.findings import Findings
from tests.torture.site import Site, site

Storm = Callable[[Site, Figures, int], Coroutine[Any, Any, Findings]]


@dataclass(frozen=True)
class Load:
    """Something that is done to the service, with its promises; P2 and P13 are kept beside each storm."""

    name: str
    promises: frozenset[str]
    run: Callable[[Figures, int], Coroutine[Any, Any, Findings]]


def _storm(name: str, storm: Storm, *promises: str, **settings: str) -> Load:
    """A load on a site of its own, with these settings."""

    async def run(figures: Figures, seed: int) -> Findings:
        async with site(**settings) as own:
            return await storm(own, figures, seed)

    return Load(name, frozenset({"P2", "P13", *promises}), run)


LOADS = (
    _storm("overpayment", overpayment.storm, "P1"),
    _storm("kills", kills.kills, "P3", "P4", "P5", "P6"),
    _storm("keys", keys.storm, "P4", "P5", "P6"),
    _storm("endings", endings.storm, "P7"),
    _storm("deadlocks", deadlocks.storm, "P20"),
    _storm("hostile documents", hostile.storm, "P14", **hostile.UNLIMITED),
    Load("fault injection", frozenset({"P2", "P38"}), fault_injection.inject),
)
