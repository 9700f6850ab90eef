"""How a yardstick in Python is served: one process of uvicorn, as this service is, on a free port it prints."""

import os
import sys
from typing import Any

import uvicorn
from sqlalchemy.engine import make_url

CONNECTIONS = 10
"""Of each yardstick, as many as the service has for each of its logins."""


def database_url(driver: str) -> str:
    """Where the data is, as that driver is told."""
    url = make_url(os.environ["DATABASE_URL"]).set(drivername=driver)
    return url.render_as_string(hide_password=False)


def serve(app: Any) -> None:
    """Until it is told to stop."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="warning", access_log=False, ws="none", server_header=False
    )
    _Server(config).run()


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            sys.stdout.write(f"Serving GraphQL on http://127.0.0.1:{port}/graphql\n")
            sys.stdout.flush()
