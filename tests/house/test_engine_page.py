"""The page of the engine shows what the code does: a plan, a builder and a statement as they really are."""

import ast
import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from billing.cli import explain
from billing.cli.main import app
from billing.engine import builders
from tests.support.make import Make
from tests.support.pages import ROOT
from tests.support.world import World

PAGE = (ROOT / "docs" / "engine.md").read_text(encoding="utf-8")
DASHBOARD = ROOT / "benchmarks" / "operations" / "dashboard.graphql"


def blocks(language: str) -> Iterator[str]:
    """What stands in the page in blocks of a language."""
    return (found[1] for found in re.finditer(rf"```{language}\n(.+?)```", PAGE, re.DOTALL))


@pytest.fixture(autouse=True)
def _printed(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr(explain, "console", Console(width=100))


async def _explain(*arguments: str) -> str:
    result = await asyncio.to_thread(lambda: CliRunner().invoke(app, ["explain", str(DASHBOARD), *arguments]))
    assert result.exit_code == 0, result.output
    return result.stdout


async def test_the_plan_in_the_page_is_what_the_command_prints() -> None:
    assert next(blocks("text")) == await _explain()


async def test_the_statement_and_the_builder_in_the_page_are_those_of_a_run(
    make: Make, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for from_, to in (("IT", "MKT"), ("HR", "IT"), ("IT", "HR")):
        await make.record(from_=from_, to=to)
    sources: list[str] = []

    def noted(source: str, names: dict[str, Any]) -> None:
        sources.append(source)
        exec(source, names)  # noqa: S102 -- what the builders would run

    monkeypatch.setattr(builders, "exec", noted, raising=False)

    printed = await _explain("--variables", json.dumps({"division": str(world.divisions["IT"]), "first": 3}))

    _, statement = blocks("text")
    assert f"\n{statement}" in printed
    (builder,) = [source for source in sources if "nothing()" in source]
    (shown,) = blocks("python")
    assert ast.unparse(ast.parse(shown)) == ast.unparse(ast.parse(builder))
