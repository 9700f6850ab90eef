"""Schemathesis against the service: what the OpenAPI document says holds for whatever is sent."""

import asyncio
import os
import re
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from billing.app import create_app
from billing.settings import Settings
from tests.support.database import Database
from tests.support.make import Make
from tests.support.rest import RestClient
from tests.support.world import World
from tests.web.conftest import TOKENS

_HERE = Path(__file__).parent
_CASES_MIN = 800


@asynccontextmanager
async def listening(app: Starlette) -> AsyncIterator[str]:
    """The address at which the app answers on this machine, through a real HTTP server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning"))
        serving = asyncio.create_task(server.serve([free]))
        yield f"http://127.0.0.1:{free.getsockname()[1]}"
        server.should_exit = True
        await serving


async def test_schemathesis_finds_no_fault(
    database: Database,
    settings: Settings,
    rest: Callable[[str], RestClient],
    make: Make,
    world: World,
    record_property: Callable[[str, object], None],
) -> None:
    records = [await make.record("1000.00") for _ in range(8)]
    for record in records[4:]:
        await make.payment(record, "1.00")
    disputed, draft = await make.record("10.00"), await make.record("10.00", draft=True)
    await make.dispute(disputed)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(_HERE.parents[1]),
        "FUZZ_DIVISIONS": f"{world.divisions['IT']} {world.divisions['MKT']}",
        "FUZZ_RECORDS": " ".join(record["id"] for record in records),
        "FUZZ_OTHERS": f"{disputed['id']} {draft['id']} {world.laptop}",
    }

    roomy = settings.model_copy(update={"rate_cost_burst": 10_000_000})
    async with listening(create_app(roomy, database, TOKENS)) as address:
        run = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "schemathesis.cli",
                "--config-file",
                str(_HERE / "schemathesis.toml"),
                "--no-color",
            ),
            *("run", f"{address}/api/itsm/openapi.json", "--checks", "all", "--max-examples", "25"),
            *("--header", f"Authorization: {rest('billing-admin').authorization}"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment,
        )
        said = (await asyncio.wait_for(run.communicate(), timeout=300))[0].decode()

    assert run.returncode == 0, said
    counted = re.search(r"(\d+) generated, (\d+) passed", said)
    assert counted is not None, said
    assert int(counted[1]) == int(counted[2]) >= _CASES_MIN
    record_property("cases of schemathesis", int(counted[1]))
