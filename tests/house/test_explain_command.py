"""`billing explain`: what an operation is planned to do, and the statements that it really sends."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from billing.cli import explain
from billing.cli.main import app
from tests.support.database import Database
from tests.support.make import Make
from tests.support.pages import ROOT
from tests.support.unchanged import contents
from tests.support.world import World

Command = Callable[..., Awaitable[Result]]
Told = tuple[str, str, str]

DASHBOARD = ROOT / "benchmarks" / "operations" / "dashboard.graphql"
RECORD_PAYMENT = ROOT / "benchmarks" / "operations" / "recordPayment.graphql"
PLAN_OF_DASHBOARD = """\
Level 1
  Query
      resolver       billingRecords

Level 2
  billingRecords: BillingRecordConnection!
      attribute      nodes, pageInfo

Level 3
  billingRecords.nodes: [BillingRecord!]!
      as JSON        id, number, status, currency, periodStart, periodEnd, issueDate, dueDate,
                     total, outstanding, pendingAmount, createdAt
      relation       fromDivision: divisions_by_id by from_division_id
      relation       toDivision: divisions_by_id by to_division_id
  billingRecords.pageInfo: PageInfo!
      read as it is  hasNextPage, hasPreviousPage, startCursor, endCursor
  nested, else one load of divisions_by_id for the distinct keys of nodes.fromDivision and nodes.toDivision

Level 4
  billingRecords.nodes.fromDivision: Division!
      as JSON        id, code, name
  billingRecords.nodes.toDivision: Division!
      as JSON        id, code, name
"""


@pytest.fixture
def command(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`await command("{ me { name } }", "--plan")` explains that document; a file may be named instead."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr(explain, "console", Console(width=100))

    async def command(document: str | Path, *arguments: str) -> Result:
        file = document if isinstance(document, Path) else tmp_path / "asked.graphql"
        if isinstance(document, str):
            file.write_text(document, encoding="utf-8")
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, ["explain", str(file), *arguments]))

    return command


@pytest.fixture
def _away(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing answers where the database should be."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@127.0.0.1:1/billing")


def plan(result: Result) -> str:
    """The levels, from the first heading to what is said behind the last."""
    assert result.exit_code == 0, result.output
    return "\n\n".join(part for part in result.stdout.split("\n\n") if part.startswith("Level")).rstrip("\n") + "\n"


def told(result: Result) -> list[Told]:
    """Of each statement the number of rows, its text, and its arguments."""
    blocks = result.stdout.partition("\nStatements ")[2].split("\n\n")
    found = []
    for block in blocks[1:]:
        if heading := re.match(r"\d+(?:: (.*))?\n", block):
            lines = [line.strip() for line in block[heading.end() :].splitlines()]
            text, _, arguments = " ".join(lines).partition(" -- ")
            found.append((heading[1] or "", text, arguments))
    return found


def variables(**given: Any) -> tuple[str, str]:
    return "--variables", json.dumps(given, default=str)


@pytest.mark.usefixtures("_away")
async def test_the_plan_of_the_dashboard_needs_neither_variables_nor_a_database(command: Command) -> None:
    result = await command(DASHBOARD)

    assert result.stdout.startswith("query dashboard: depth 4\n\nLevel 1\n")
    assert plan(result) == PLAN_OF_DASHBOARD
    assert result.stdout.endswith(
        "\n\nIts statements are shown with --variables: it needs $division: ID!, $first: Int!.\n"
    )


async def test_the_statements_of_the_dashboard_are_those_that_are_sent(
    command: Command, make: Make, world: World
) -> None:
    await make.record(to="MKT")
    await make.record(to="HR")
    await make.record(from_="MKT", to="HR")
    given = variables(division=world.divisions["IT"], first=1)

    result = await command(DASHBOARD, *given)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("query dashboard: depth 4, cost 3\n\n" + PLAN_OF_DASHBOARD)
    assert "\nStatements as system, SUPERADMIN\n" in result.stdout
    (page,) = told(result)
    assert page[0] == "2 rows", "a page, and one row more"
    assert page[1].startswith("SELECT * FROM (SELECT CAST(billing_records.id AS TEXT) AS id, ")
    assert "WHERE (SELECT (set_config('billing.division_id', $6, true), set_config(" in page[1]
    assert page[1].count("FROM divisions WHERE divisions.id = billing_records.") == 2
    assert page[2].endswith("$1 UUID, $2 int, $3 UUID, $4–$5 int, $6–$7 str")
    assert str(world.divisions["IT"]) not in result.stdout


async def test_a_user_sees_what_is_sent_for_them(command: Command, make: Make, world: World) -> None:
    await make.record(from_="IT", to="HR")
    asked = "{ billingRecords { nodes { total toDivision { code } } } }"

    by_all, by_side, by_other = [
        await command(asked, "--as", name) for name in ("analyst", "coordinator-hr", "coordinator-mkt")
    ]

    assert [rows for rows, _, _ in told(by_all)] == ["1 row"]
    assert [rows for rows, _, _ in told(by_side)] == ["1 row"]
    assert [rows for rows, _, _ in told(by_other)] == ["0 rows"]
    assert "Statements as coordinator-hr, COORDINATOR\n" in by_side.stdout
    assert "UNION ALL" in told(by_side)[0][1]
    assert "UNION ALL" not in told(by_all)[0][1]


async def test_a_snapshot_is_opened_for_its_user(command: Command, make: Make, world: World) -> None:
    await make.record(from_="IT", to="HR")

    result = await command("{ billingRecords { totalCount nodes { total } } }", "--as", "coordinator-hr")

    opening, *counted = told(result)
    assert opening[1].startswith("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT set_config(")
    assert f"set_config('billing.division_id', '{world.divisions['HR']}', true)" in opening[1]
    assert [rows for rows, _, _ in counted] == ["1 row", "1 row"]


async def test_values_are_shown_when_asked_for(command: Command, make: Make, world: World) -> None:
    record = await make.record()
    asked = "query($id: ID!) { billingRecord(id: $id) { number } }"

    plain = await command(asked, *variables(id=record["id"]))
    with_values = await command(asked, *variables(id=record["id"]), "--values")

    assert told(plain)[0][2] == "$1 UUID, $2–$3 str"
    assert told(with_values)[0][2].startswith(f"$1 '{record['id']}', $2 '', $3 '")


async def test_postgresql_says_what_it_did_when_asked_for(command: Command, make: Make) -> None:
    await make.record()

    result = await command("{ divisions { nodes { code } } }", "--analyze")

    (statement,) = [text for rows, text, _ in told(result) if rows == "3 rows"]
    assert "FROM divisions" in statement
    assert re.search(r"\n  \S.*\(actual time=.* rows=3.* loops=1\)\n", result.stdout)
    assert "Buffers: shared " in result.stdout
    assert "Execution Time: " in result.stdout
    assert "actual time" not in (await command("{ divisions { nodes { code } } }")).stdout


async def test_what_graphql_core_answers_anew_is_told_apart(command: Command, world: World) -> None:
    asked = '{ catalogItem(sku: "LAPTOP") { price(currency: "USD") { unitPrice costPrice } } }'

    allowed = await command(asked, "--as", "coordinator-it")
    refused = await command(asked, "--as", "coordinator-mkt")

    assert "      guard          costPrice: COST_PRICE_READ as provider\n" in allowed.stdout
    assert (allowed.exit_code, len(told(allowed))) == (0, 3)
    assert "anew" not in allowed.stdout
    assert refused.exit_code == 1
    texts = [text for _, text, _ in told(refused)]
    assert texts[1:3] == texts[3:5], "both were read again"
    assert refused.stdout.endswith(
        "Something was not plain, so graphql-core answered the query anew, from statement 4 on.\n"
        "catalogItem.price.costPrice: Your role does not allow this. (FORBIDDEN)\n"
    )


@pytest.mark.usefixtures("_away")
async def test_a_mutation_is_planned_and_not_run(command: Command) -> None:
    given = variables(
        input={"amount": "1", "method": "OTHER", "reference": "r", "allocations": [], "idempotencyKey": "k"}
    )

    for result in (await command(RECORD_PAYMENT), await command(RECORD_PAYMENT, *given)):
        assert result.exit_code == 0, result.output
        assert "\nrecordPayment is run by graphql-core, once; this is the plan of the RecordPaymentPayload" in (
            result.stdout
        )
        assert "      guard          PAYMENT_RECORD\n" in result.stdout
        assert plan(result) == (
            "Level 2\n"
            "  recordPayment: RecordPaymentPayload\n"
            "      relation       payment: payments_by_id by ids.payment\n"
            "      resolver       billingRecords, userErrors\n"
            "  one load of payments_by_id for the distinct keys of recordPayment.payment\n\n"
            "Level 3\n"
            "  recordPayment.billingRecords: [BillingRecord!]!\n"
            "      read as text   id, outstanding\n"
            "      read as it is  number\n"
            "  recordPayment.userErrors: [UserError!]!\n"
            "      resolver       code\n"
            "  recordPayment.payment: PaymentRecord\n"
            "      as JSON        id, status, amount, currency, method, reference, paidOn\n"
        )
        assert result.stdout.endswith("\nNothing was run: a mutation never is by this command.\n")


async def test_a_query_changes_nothing(command: Command, database: Database, make: Make, world: World) -> None:
    await make.record()
    async with database.owner.connect() as connection:
        before = await contents(connection)

    await command(DASHBOARD, *variables(division=world.divisions["IT"], first=5), "--analyze")

    async with database.owner.connect() as connection:
        assert await contents(connection) == before


@pytest.mark.usefixtures("_away")
async def test_what_is_skipped_is_not_in_the_plan(command: Command) -> None:
    asked = "query($lines: Boolean!) { billingRecords { nodes { id lineItems @include(if: $lines) { unitPrice } } } }"

    with_lines = await command(asked, *variables(lines=True), "--plan")
    without = await command(asked, *variables(lines=False), "--plan")
    unsaid = await command(asked, "--plan")

    assert plan(with_lines).endswith(
        "      relation       lineItems: line_items_by_record_id by id\n"
        "  nested, else one load of line_items_by_record_id for the distinct keys of nodes.lineItems\n\n"
        "Level 4\n"
        "  billingRecords.nodes.lineItems: [LineItem!]!\n"
        "      as JSON        unitPrice\n"
    )
    assert plan(without).endswith("  billingRecords.nodes: [BillingRecord!]!\n      as JSON        id\n")
    assert unsaid.exit_code == 1
    assert unsaid.stderr == "The plan hangs on $lines: Boolean!, by @skip or @include: give --variables.\n"


@pytest.mark.usefixtures("_away")
async def test_what_is_resolved_stands_before_what_is_loaded_as_they_are_run(command: Command) -> None:
    record = 'node(id: "1") { ... on BillingRecord { toDivision { code } } }'
    item = 'catalogItem(sku: "LAPTOP") { price(currency: "USD") { unitPrice } }'

    said = plan(await command(f"{{ {record} {item} }}", "--plan"))

    assert said.endswith(
        "Level 3\n"
        "  catalogItem.price: CatalogPrice\n"
        "      read shortest  unitPrice\n"
        "  node.toDivision: Division!\n"
        "      as JSON        code\n"
    )


@pytest.mark.usefixtures("_away")
async def test_types_of_which_the_same_is_asked_stand_together(command: Command) -> None:
    dispute = "... on Dispute { record: billingRecord { id } }"
    asked = f'{{ n: node(id: "1") {{ id __typename ... on Division {{ name }} {dispute} }} }}'

    said = plan(await command(asked, "--plan"))

    assert "      resolver       n (node)\n" in said
    assert "  n: Node where it is BillingRecord or PaymentRecord or CatalogItem or CreditNote\n" in said
    assert "  n: Node where it is Division\n" in said
    assert "      constant       __typename\n" in said
    assert "      relation       record (billingRecord): billing_records_by_id by billing_record_id\n" in said


@pytest.mark.usefixtures("_away")
async def test_no_plan_is_used_for_introspection_nor_by_the_reference(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    introspection = await command("{ __schema { types { name } } }", "--plan")
    monkeypatch.setenv("ENGINE", "reference")
    reference = await command("{ me { name } }", "--plan")

    assert "graphql-core answers all of it, and no plan is used" in introspection.stdout
    assert "Level" not in introspection.stdout
    assert "ENGINE=reference: graphql-core runs it field by field, and this plan is not used." in reference.stdout


TWO = "query a { me { name } } query b { me { role } }"
WRONG: dict[str, tuple[str, tuple[str, ...], str]] = {
    "no document": ("{ me {", (), "asked.graphql:1:7: Syntax Error: Expected Name, found <EOF>."),
    "a field that is not there": (
        "{\n  me { nmae }\n}",
        (),
        "asked.graphql:2:8: Cannot query field 'nmae' on type 'Me'.",
    ),
    "too many operations": (TWO * 3, (), "asked.graphql: A document has at most 5 operations."),
    "several, and none named": (TWO, (), "asked.graphql has several operations; name one with --operation: a, b"),
    "another one named": (TWO, ("--operation", "c"), "asked.graphql has no operation c; it has: a, b"),
    "no JSON": ("{ me { name } }", ("--variables", "{"), "--variables is no JSON: "),
    "no object": ("{ me { name } }", ("--variables", "[]"), '--variables is no object: write {"name": value}'),
    "a variable that it has not": ("{ me { name } }", ("--variables", '{"x": 1}'), "The operation has no variable $x."),
    "a variable that does not fit": (
        "query($n: Int!) { divisions(first: $n) { totalCount } }",
        ("--variables", '{"n": "many"}'),
        "Variable '$n' has invalid value: Int cannot represent non-integer value: 'many'",
    ),
    "a variable that is missing": (
        "query($n: Int!) { divisions(first: $n) { totalCount } }",
        ("--variables", "{}"),
        "Variable '$n' has invalid value: Expected a value of non-null type 'Int!' to be provided.",
    ),
}


@pytest.mark.usefixtures("_away")
@pytest.mark.parametrize("name", WRONG)
async def test_what_cannot_be_explained_is_said(name: str, command: Command) -> None:
    document, arguments, said = WRONG[name]

    refused = await command(document, *arguments)

    assert refused.exit_code == 1
    assert isinstance(refused.exception, SystemExit), "no traceback"
    assert said in refused.stderr
    assert refused.stdout == ""


async def test_one_of_several_operations_is_chosen(command: Command, world: World) -> None:
    result = await command(TWO, "--operation", "b", "--as", "analyst")

    assert result.exit_code == 0
    assert result.stdout.startswith("query b: depth 2, cost 1\n")


async def test_a_file_that_is_missing_is_said(command: Command, tmp_path: Path) -> None:
    missing, folder = await command(tmp_path / "no.graphql"), await command(tmp_path)

    assert [missing.exit_code, folder.exit_code] == [1, 1]
    assert missing.stderr.startswith(f"{tmp_path}/no.graphql cannot be read: ")
    assert folder.stderr.startswith(f"{tmp_path} cannot be read: ")


@pytest.mark.parametrize("name", ["nobody", "[/x]", "\udcff", "system"])
async def test_nobody_is_asked_for(command: Command, world: World, name: str) -> None:
    refused = await command("{ me { name } }", "--as", name)

    assert refused.exit_code == 1
    assert refused.stderr.startswith("There is no active user ")
    assert isinstance(refused.exception, SystemExit), "no traceback"


@pytest.mark.usefixtures("_away")
async def test_a_database_that_is_away_is_said_behind_the_plan(command: Command) -> None:
    refused = await command("{ me { name } }")

    assert refused.exit_code == 1
    assert "Level 2\n  me: " in refused.stdout
    assert refused.stderr.startswith("The database cannot be reached: ")


async def test_what_the_service_refuses_is_refused_here(command: Command, world: World) -> None:
    dear = await command("query($n: Int) { a: users(first: $n) { nodes { id } } }", *variables(n=101))
    monthly = "{ billingRecords(first: 100) { nodes { lineItems { id } payments { id } allocations { id } } } }"
    costly = await command(monthly.replace("lineItems { id }", "lineItems { catalogItem { prices { id } } }"))

    assert dear.exit_code == 1
    assert dear.stdout.endswith("\na: A page has 1 to 100 rows. (BAD_INPUT)\n")
    assert costly.exit_code == 1
    assert "nodes; the most is 10,000. Ask for smaller pages." in costly.stderr
    assert told(costly) == []
