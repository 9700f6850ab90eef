"""What is sent to PostgreSQL, noted as it goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from billing.db.connections import DriverConnection


@dataclass
class Sent:
    """A text that was sent with its arguments; `rows` is how many came back, `analysis` what PostgreSQL says of it.

    A text of several statements, and one that failed, has no number of rows.
    """

    text: str
    arguments: Sequence[Any] = ()
    rows: int | None = None
    analysis: Sequence[str] = ()


def noting(sent: list[Sent], *, analyze: bool) -> type[DriverConnection]:
    """Connections that put into `sent` what they send; with `analyze` each statement that gives rows is run twice."""

    class Noting(DriverConnection):
        async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109
            sent.append(Sent(query, args))
            return await super().execute(query, *args, timeout=timeout)

        async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
            noted = Sent(query, args)
            sent.append(noted)
            rows = await super().fetch(query, *args, **options)
            noted.rows = len(rows)
            if analyze:
                lines = await super().fetch(f"EXPLAIN (ANALYZE, BUFFERS) {query}", *args)
                noted.analysis = [line[0] for line in lines]
            return rows

    return Noting
