"""One measurement: a server under load for a while, what it took of processor and memory, and what PostgreSQL took."""

import asyncio
import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks import processes
from benchmarks.load import Load
from benchmarks.posts import endless
from benchmarks.quantiles import quantile
from benchmarks.servers import Server

_LEAD_IN_SECONDS = 0.3
_LEAD_IN_CONCURRENCY = 4
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
    load_cpu: float
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
        lead_in = Load(endless(requests, begin))
        await lead_in.run(server.host, server.port, min(concurrency, _LEAD_IN_CONCURRENCY), _LEAD_IN_SECONDS)
        await asyncio.sleep(_SETTLING_SECONDS)
        load = Load(endless(requests, begin))
        processes.forget_peak(server.pid)
        with _without_garbage_collection():
            before, began = self._cpu(server), time.process_time()
            measured = await load.run(server.host, server.port, concurrency, self.seconds)
            ended, after = time.process_time(), self._cpu(server)
        count = len(measured.latencies)
        return Measurement(
            server=server.name,
            operation=operation,
            concurrency=concurrency,
            round=round,
            requests=count,
            per_second=measured.per_second,
            p50=quantile(measured.latencies, 0.5) * 1e3,
            p99=quantile(measured.latencies, 0.99) * 1e3,
            server_cpu=(after[0] - before[0]) / count * 1e6,
            postgresql_cpu=(after[1] - before[1]) / count * 1e6,
            load_cpu=(ended - began) / count * 1e6,
            peak_memory=processes.memory(server.pid)["VmHWM"],
            answer_bytes=measured.answer_bytes / count,
        )

    def _cpu(self, server: Server) -> tuple[float, float]:
        return processes.cpu_seconds(server.pid), processes.cpu_seconds_of_family(self.postmaster)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Of our own process, which would stand still for a moment in the middle of a load."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
