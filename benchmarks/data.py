"""The data that is asked for: a PostgreSQL in a folder of its own, filled by what `billing seed` uses, and kept."""

import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
from sqlalchemy.engine import make_url

from benchmarks import processes
from benchmarks.cores import Cores
from benchmarks.draw import Connection
from billing.db.database import connect
from billing.db.embedded import embedded_url, guard
from billing.db.logins import Addresses, beside
from billing.db.migrate import migrate
from billing.demo.volume import seed_records
from billing.settings import Settings, make_folder

PEOPLE: Final = 5_200
COUNTED: Final = ("billing_records", "billing_line_items", "payment_records", "divisions", "users")

# What was paid in a run is taken back, so that the next round and the next run meet the same records. The owner steps
# around the triggers, which would not let money vanish.
_TAKE_BACK: Final = """
SET LOCAL session_replication_role = replica;
CREATE TEMP TABLE taken_back ON COMMIT DROP AS
    SELECT a.id, a.payment_id, a.billing_record_id, a.amount
    FROM payment_records AS p JOIN payment_allocations AS a ON a.payment_id = p.id WHERE p.reference LIKE 'bench-%';
DELETE FROM payment_allocations WHERE id IN (SELECT id FROM taken_back);
DELETE FROM payment_records WHERE id IN (SELECT payment_id FROM taken_back);
DELETE FROM idempotency_keys WHERE key LIKE 'bench-%';
UPDATE billing_records AS r SET pending_amount = r.pending_amount - taken.amount
FROM (SELECT billing_record_id, sum(amount) AS amount FROM taken_back GROUP BY 1) AS taken
WHERE r.id = taken.billing_record_id;
"""
_TIDIED: Final = ("billing_records", "payment_records", "payment_allocations", "idempotency_keys", "audit_events")


@dataclass(frozen=True)
class Data:
    """A filled database that runs as long as this process."""

    folder: Path
    addresses: Addresses

    @property
    def owner(self) -> str:
        assert self.addresses.owner is not None
        return self.addresses.owner

    @property
    def postmaster(self) -> int:
        """The process whose children are all of PostgreSQL."""
        server = guard.running(self.folder / "postgresql" / "18")
        assert server is not None, "PostgreSQL runs as long as we do"
        return server.pid

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """As the owner."""
        url = make_url(self.owner).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(url, server_settings={"timezone": "UTC", "jit": "off"})
        try:
            yield connection
        finally:
            await connection.close()

    async def take_back_payments(self) -> None:
        """And leaves nothing for autovacuum to do while something is measured."""
        async with self.connection() as connection:
            async with connection.transaction():
                await connection.execute(_TAKE_BACK)
            for table in _TIDIED:
                await connection.execute(f"VACUUM (ANALYZE) {table}")
            await connection.execute("CHECKPOINT")

    async def counts(self) -> dict[str, int]:
        async with self.connection() as connection:
            return {
                table: await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 -- names of ours
                for table in COUNTED
            }

    def pin(self, cores: Cores) -> None:
        processes.pin_family(self.postmaster, cores.postgresql)


def folder_for(records: int) -> Path:
    """BENCH_DATA, else one below the temporary directory, for each number of records its own."""
    kept = os.environ.get("BENCH_DATA")
    return (
        Path(kept).absolute()
        if kept
        else Path(tempfile.gettempdir(), "internal-billing-benchmarks", f"{records}-records")
    )


async def filled(folder: Path, records: int, progress: Callable[[int, int], None]) -> Data:
    """Starts the PostgreSQL of the folder, and fills what is missing."""
    data = Data(folder, beside(embedded_url(make_folder(folder))))
    await migrate(data.owner)
    settings = Settings(_env_file=None, database_url=data.owner, environment="development")  # type: ignore[call-arg]
    database = connect(settings, data.addresses)
    try:
        await seed_records(database, data.owner, records, progress, people=PEOPLE)
    finally:
        await database.close()
    await data.take_back_payments()
    return data
