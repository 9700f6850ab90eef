"""GraphiQL as an analyst uses it: in a real browser, over the real service with its demo."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from playwright.async_api import Locator, Page, Response, async_playwright, expect

from billing.db.embedded import private_server
from billing.web.tokens import Tokens
from tests.support.needs import built_graphiql, chromium

START_SECONDS = 60
TEST_SECONDS = 90
STEP_MILLISECONDS = 15_000

TOKENS = Tokens("a secret of the tests, long enough for HS256", "internal-billing", "internal-billing")
SERVE = "from billing.cli.main import app; app()"
# As root Chromium has no sandbox; the others keep it from calling home.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# GraphiQL notes what it has read of the editor, from the first change on; before, a click would run the tab before.
IS_READ = "name => (localStorage.getItem('graphiql:query') ?? name).includes(name)"


@dataclass
class Visit:
    """A page, and what the browser noticed while it was open."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def elsewhere(self, address: str) -> list[str]:
        """The requests that went anywhere but to the service."""
        return [url for url in self.requests if not url.startswith((f"{address}/", "data:", "blob:"))]


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    built_graphiql()
    chromium()
    with private_server(durable=True) as url:  # `serve` refuses one without fsync.
        yield url


@pytest.fixture(scope="module")
def demo(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `billing serve` with its demo."""
    with serving(database, tmp_path_factory.mktemp("demo"), DEMO="true") as address:
        yield address


@pytest.fixture(scope="module")
def without_demo(database: str, demo: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of another `billing serve`, over the same database, which is told that it is no demo."""
    with serving(database, tmp_path_factory.mktemp("without-demo"), DEMO="false") as address:
        yield address


@contextmanager
def serving(database: str, folder: Path, **environment: str) -> Iterator[str]:
    given = {
        "DATABASE_URL": database,
        "DATA_DIR": str(folder),
        "JWT_SECRET": TOKENS.secret,
        "PORT": "0",
        "ENVIRONMENT": "development",
        "GRAPHIQL": "true",
        **environment,
    }
    output = folder / "output"
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, "serve"], env={**os.environ, **given}, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        yield address_of(process, output)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def address_of(process: "subprocess.Popen[bytes]", output: Path) -> str:
    """Where it listens, once it says so together with what a browser finds there."""
    until = monotonic() + START_SECONDS
    while monotonic() < until and process.poll() is None:
        said = output.read_text()
        found = re.search(
            r"Serving GraphQL on (http://127\.0\.0\.1:\d+)/graphql.*\nA browser finds GraphiQL there", said
        )
        if found:
            return found[1]
        sleep(0.1)
    raise AssertionError(f"The service did not start: {output.read_text()}")


@asynccontextmanager
async def visit(address: str) -> AsyncIterator[Visit]:
    async with asyncio.timeout(TEST_SECONDS), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(STEP_MILLISECONDS)
        expect.set_options(timeout=STEP_MILLISECONDS)
        seen = Visit(page)
        page.on("request", lambda request: seen.requests.append(request.url))
        page.on("console", lambda said: seen.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        await page.goto(f"{address}/graphql")
        await expect(page.locator(".graphiql-query-editor .view-line").first).to_be_visible()
        yield seen
        await browser.close()


async def run(page: Page, operation: str | None = None) -> dict[str, Any]:
    """Presses the button, picks the operation where there are several; gives the answer once the page shows it."""
    async with page.expect_response(lambda answer: answer.request.method == "POST" and not is_own(answer)) as response:
        await page.get_by_role("button", name="Execute").click()
        if operation is not None:
            await page.get_by_role("menuitem", name=operation).click()
    answer: dict[str, Any] = await (await response.value).json()
    await expect(shown(page)).to_contain_text('"data"')
    return answer


def is_own(answer: Response) -> bool:
    """Whether it is for the page itself: the schema, and who is asking."""
    return re.search("IntrospectionQuery|WhoAmI", answer.request.post_data or "") is not None


def shown(page: Page) -> Locator:
    """The lines of the result."""
    return page.get_by_role("region", name="Result Window").locator(".view-lines")


def status(page: Page) -> Locator:
    """What the bar says, beside the choice of the user or the field for the token."""
    return page.get_by_role("status")


async def kept(page: Page) -> str:
    kept: str = await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    return kept


async def test_an_analyst_gets_an_answer_from_each_example(demo: str) -> None:
    async with visit(demo) as seen:
        page, tabs = seen.page, seen.page.locator(".graphiql-tab-button")
        await expect(status(page)).to_have_text("Analyst, sees everything, changes nothing")
        names = await tabs.all_text_contents()
        for name in names:
            await tabs.filter(has_text=name).click()
            await page.wait_for_function(IS_READ, arg=name)
            answer = await run(page, "MarketingOwes" if name == "MarketingOwes" else None)
            (found,) = answer["data"].values()

            assert "errors" not in answer, name
            assert found.get("nodes") or found.get("prices") or found.get("lineItems"), name

    assert len(names) >= 6
    assert seen.complaints == []
    assert seen.elsewhere(demo) == []


async def test_whoever_is_chosen_sees_what_that_person_may_see(demo: str) -> None:
    async with visit(demo) as seen:
        page = seen.page
        await page.get_by_label("Demo user").select_option("coordinator-hr")
        await expect(status(page)).to_contain_text("Coordinator of HR")
        records = (await run(page))["data"]["billingRecords"]["nodes"]
        await page.get_by_role("button", name="Documentation Explorer").click()
        await expect(page.get_by_role("link", name="BillingRecord", exact=True)).to_be_visible()
        await page.get_by_role("button", name="GraphiQL Explorer").click()
        await expect(page.get_by_text("catalogItems", exact=True)).to_be_visible()
        await page.get_by_role("button", name="Examples").click()
        await page.get_by_role("button", name="What did IT charge Marketing this year?").click()
        await expect(page.get_by_role("tab", selected=True)).to_contain_text("ChargedToMarketing")
        await expect(page.get_by_role("region", name="Variables")).to_contain_text("since")
        foreign = (await run(page))["data"]["billingRecords"]

        assert records
        assert all("HR" in (record["fromDivision"]["code"], record["toDivision"]["code"]) for record in records)
        assert foreign == {"totalCount": 0, "nodes": []}
        assert "eyJ" not in await kept(page)
    assert seen.complaints == []
    assert seen.elsewhere(demo) == []


async def test_outside_of_the_demo_a_token_is_asked_for_and_not_kept(without_demo: str) -> None:
    token = TOKENS.issue("analyst", datetime.now(UTC), timedelta(minutes=5))
    async with visit(without_demo) as seen:
        page, asked = seen.page, seen.page.get_by_label("Token")
        await page.get_by_role("button", name="Execute").click()
        await expect(shown(page)).to_contain_text("who you are")
        assert [url for url in seen.requests if url.endswith("/graphql")] == [f"{without_demo}/graphql"]  # The page.

        await asked.fill("no.such.token")
        await asked.press("Enter")
        await expect(status(page)).to_contain_text("does not accept this token")
        refused = list(seen.complaints)
        seen.complaints.clear()

        await asked.fill(f"Bearer {token}")
        await page.get_by_role("button", name="Use it").click()
        await expect(status(page)).to_have_text("You are analyst: analyst, sees everything, changes nothing")
        await expect(asked).to_have_value("")
        assert (await run(page))["data"]["billingRecords"]["nodes"]
        assert "eyJ" not in await kept(page)

        await page.reload()
        await expect(status(page)).to_contain_text("billing token NAME")
    assert ["401" in complaint for complaint in refused] == [True]  # The browser's own note of the refused request.
    assert seen.complaints == []
    assert seen.elsewhere(without_demo) == []
