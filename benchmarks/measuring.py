"""One measurement: a server under load for a while, what it took of processor and memory, and what PostgreSQL took."""

import asyncio
import gc
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import processes
from benchmarks.load import Load
from benchmarks.posts import endless
from benchmarks.quantiles import quantile
from benchmarks.servers import Server

_LEAD_IN_SECONDS = 0.3
_SETTLING_SECONDS = 0.1


@dataclass(frozen=True)
class Measurement:
    """Latencies in milliseconds, processor time in microseconds a request, memory in bytes."""

    server: str
    operation: str
    concurrency: int
    round: int
    requests: int
    per_second: float
    p50: float
    p99: float
    server_cpu: float
    postgresql_cpu: float
    peak_memory: int
    answer_bytes: float


@dataclass(frozen=True)
class Meter:
    """What is measured beside the server itself."""

    postmaster: int
    seconds: float

    async def measure(
        self, server: Server, operation: str, requests: Sequence[bytes], concurrency: int, round: int
    ) -> Measurement:
        """A short lead-in is not counted. Each round begins elsewhere in the sequence, for all servers at the same."""
        begin = round * 131 + concurrency * 17
        await self._run(server, requests, begin, concurrency, _LEAD_IN_SECONDS)
        await asyncio.sleep(_SETTLING_SECONDS)
        processes.forget_peak(server.pid)
        before = self._cpu(server)
        measured = (await self._run(server, requests, begin, concurrency, self.seconds)).measured
        after = self._cpu(server)
        count = len(measured.latencies)
        return Measurement(
            server.name,
            operation,
            concurrency,
            round,
            count,
            measured.per_second,
            quantile(measured.latencies, 0.5) * 1e3,
            quantile(measured.latencies, 0.99) * 1e3,
            (after[0] - before[0]) / count * 1e6,
            (after[1] - before[1]) / count * 1e6,
            processes.memory(server.pid)["VmHWM"],
            measured.answer_bytes / count,
        )

    def _cpu(self, server: Server) -> tuple[float, float]:
        return processes.cpu_seconds(server.pid), processes.cpu_seconds_of_family(self.postmaster)

    async def _run(
        self, server: Server, requests: Sequence[bytes], begin: int, concurrency: int, seconds: float
    ) -> Load:
        load = Load(endless(requests, begin))
        gc.collect()
        gc.disable()
        try:
            await load.run(server.host, server.port, concurrency, seconds)
        finally:
            gc.enable()
        return load
