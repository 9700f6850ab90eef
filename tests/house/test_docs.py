"""The manual says what the code does, and its links lead somewhere."""

from decimal import Decimal
from pathlib import Path

import pytest
from graphql import parse, validate
from typer.testing import CliRunner

from billing.app import SCHEMA
from billing.cli import reference
from billing.cli.main import app
from billing.domain.errors import BillingError, ErrorCode, Refused
from billing.domain.money import line_amount
from billing.domain.splitting import split
from billing.engine.documents import Fault
from billing.web import answers
from tests.support.pages import ROOT, asked_in, links_of, pages

DOCS = ROOT / "docs"


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def headings(page: Path) -> set[str]:
    """As a code host names them."""
    lines = [line.lstrip("#").strip() for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    kept = ["".join(each for each in line.lower() if each.isalnum() or each in " -_") for line in lines]
    return {line.replace(" ", "-") for line in kept}


@pytest.mark.parametrize("page", ["policy", "errors"])
def test_a_printed_page_is_current(page: str) -> None:
    printed = CliRunner().invoke(app, ["reference", page]).stdout

    assert (DOCS / f"{page}.md").read_text(encoding="utf-8") == printed


def test_the_codes_of_top_level_errors_are_those_that_no_payload_takes() -> None:
    kinds: list[type[BillingError]] = [BillingError]
    raised = {*answers.STATUS} | {ErrorCode(fault) for fault in Fault}
    while kinds:
        kind = kinds.pop()
        kinds += [each for each in kind.__subclasses__() if not issubclass(each, Refused)]
        raised.add(kind.code)

    assert raised == reference.TOP_LEVEL | reference.EITHER


@pytest.mark.parametrize("page", pages(), ids=name)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    for link in links_of(page):
        target, _, heading = link.partition("#")
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), link
        assert not heading or heading in headings(file), link


@pytest.mark.parametrize("page", pages(), ids=name)
def test_documents_fit_the_schema(page: Path) -> None:
    for asked in asked_in(page):
        assert validate(SCHEMA._schema, parse(asked.query)) == [], asked.query


def test_every_page_of_the_manual_is_in_its_index() -> None:
    linked = {(DOCS / link).resolve() for link in links_of(DOCS / "README.md")}

    assert {page for page in pages() if page.parent == DOCS and page.name != "README.md"} <= linked


def test_every_document_among_the_examples_is_in_their_index() -> None:
    examples = ROOT / "examples"
    linked = {(examples / link).resolve() for link in links_of(examples / "README.md")}

    assert {file for kind in ("*/*.graphql", "*/*.py", "*/*.ts", "*/*.sh") for file in examples.glob(kind)} <= linked


def test_the_rules_round_and_split_as_the_service_does() -> None:
    rules = (DOCS / "rules.md").read_text(encoding="utf-8")

    for row, quantity, price, currency in (
        ("2,345.5 minutes × 0.0185 USD", "2345.5", "0.0185", "USD"),
        ("2.5 × 0.05 USD", "2.5", "0.05", "USD"),
        ("2.7 × 0.05 USD", "2.7", "0.05", "USD"),
        ("2.5 × 25 JPY", "2.5", "25", "JPY"),
    ):
        amount, exact = line_amount(Decimal(quantity), Decimal(price), currency)
        assert f"| {row} | {exact.normalize():f} | {amount} |" in rules
    for division, part in zip(
        ("Marketing", "Sales Europe", "Sales Japan"), split(Decimal("1000.00"), [71, 93, 32], "USD"), strict=True
    ):
        assert any(line.startswith(f"> | {division} |") and line.endswith(f"| {part} |") for line in rules.splitlines())
    assert split(Decimal("100.00"), [1, 1, 1], "USD") == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
