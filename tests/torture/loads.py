"""The loads: which promises each is about, and how it is run."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from tests.torture import (
    deadlocks,
    endings,
    fault_injection,
    foreign,
    hostile,
    keys,
    kills,
    outages,
    overpayment,
    slow_clients,
)
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


def _storm(name: str, storm: Storm, *promises: str) -> Load:
    return Load(name, frozenset({"P2", "P13", *promises}), _on_its_own_site(storm))


def _on_its_own_site(storm: Storm) -> Callable[[Figures, int], Coroutine[Any, Any, Findings]]:
    async def run(figures: Figures, seed: int) -> Findings:
        async with site() as own:
            return await storm(own, figures, seed)

    return run


LOADS = (
    _storm("overpayment", overpayment.storm, "P1"),
    _storm("kills", kills.kills, "P3", "P4", "P5", "P6"),
    _storm("keys", keys.storm, "P4", "P5", "P6"),
    _storm("endings", endings.storm, "P7"),
    _storm("deadlocks", deadlocks.storm, "P20"),
    Load("hostile documents", frozenset({"P14"}), _on_its_own_site(hostile.storm)),
    Load("foreign and missing ids", frozenset({"P8"}), _on_its_own_site(foreign.compare)),
    Load("outages", frozenset({"P21"}), _on_its_own_site(outages.outages)),
    Load("slow clients", frozenset({"P24"}), _on_its_own_site(slow_clients.crowd)),
    Load("fault injection", frozenset({"P2", "P38"}), fault_injection.inject),
)
