"""Who runs on which core, so that servers are measured alike."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cores:
    """The cores of the server under load, of PostgreSQL and of the load generator."""

    server: Collection[int]
    postgresql: Collection[int]
    load: Collection[int]
    told: str

    @classmethod
    def shared_out(cls, cores: Sequence[int]) -> "Cores":
        """One for the server and one for PostgreSQL where there are two; the load generator has a third, if any."""
        if len(cores) >= 3:
            told = "the server, PostgreSQL and the load generator have a core each"
            return cls(cores[:1], cores[1:2], cores[2:3], told)
        if len(cores) == 2:
            told = "the server has a core, PostgreSQL and the load generator share the other"
            return cls(cores[:1], cores[1:], cores[1:], told)
        return cls(cores, cores, cores, "all share one core")
