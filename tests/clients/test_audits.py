"""GraphQL over HTTP as its own audits see it."""

from pathlib import Path

from billing.settings import Settings
from tests.clients.conftest import FOLDER, site
from tests.support.database import Database

AUDITS = 61


async def test_every_audit_of_graphql_http_passes(database: Database, settings: Settings, node: Path) -> None:
    async with site(database, settings) as running:
        results = await running.told(node, FOLDER / "audits.mjs", person="analyst")

    failed = [f"{each['id']} {each['name']}: {each['reason']}" for each in results if each["status"] != "ok"]
    assert failed == []
    assert len(results) == AUDITS
