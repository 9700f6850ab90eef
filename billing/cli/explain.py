"""`billing explain`: the plan of an operation, and the statements that it sends."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from graphql import ExecutionResult, GraphQLError, NonNullTypeNode, OperationType, print_ast

from billing.app import SCHEMA, bounds_of, executor_of
from billing.cli import explain_report as report
from billing.cli.connecting import console, failure, open_database, run, settings_or_exit
from billing.cli.recording import Sent, noting
from billing.db.database import Database
from billing.db.users import SYSTEM
from billing.domain.errors import BillingError
from billing.engine.documents import DocumentRefused, Documents, Operation
from billing.engine.explain import Plan, plan_of
from billing.permissions.viewer import Viewer
from billing.schema.context import Context
from billing.schema.scalars import IN_STATEMENTS
from billing.services.integrity_checks import Checker
from billing.settings import Settings
from billing.web.executor import Asked, Executed


@dataclass
class Observed:
    """One run: what was sent, from which statement on graphql-core answered anew, and what became of it."""

    viewer: Viewer
    sent: list[Sent] = field(default_factory=list)
    anew_from: int | None = None
    executed: Executed | None = None
    refused: BillingError | None = None


def explain(
    file: Annotated[Path, typer.Argument(help="A .graphql document.")],
    operation: Annotated[str | None, typer.Option(help="Which one, where the document has several.")] = None,
    variables: Annotated[str | None, typer.Option(help="The variables, an object of JSON.")] = None,
    as_user: Annotated[
        str | None, typer.Option("--as", help="Who asks; by default the system, which sees all.")
    ] = None,
    plan_only: Annotated[bool, typer.Option("--plan", help="The plan alone; needs no database.")] = False,
    values: Annotated[bool, typer.Option("--values", help="Show the arguments' values, not only their types.")] = False,
    analyze: Annotated[
        bool, typer.Option("--analyze", help="Add PostgreSQL's EXPLAIN (ANALYZE, BUFFERS), which shows values too.")
    ] = False,
) -> None:
    """Print the plan of an operation and, of a query, each statement that it sends.

    The query is really run, in one read-only snapshot, with the limits of the service; a mutation never is.
    """
    settings = settings_or_exit()
    documents = Documents(SCHEMA._schema, bounds_of(settings))
    text = _text(file)
    chosen = _operation(documents, file, text, operation)
    given = None if variables is None else _variables(chosen, variables)
    missing = [] if given is not None else _required(chosen)
    if given is None and not missing:
        given = {}
    report.show_plan(console, chosen, _plan(chosen, given, missing, settings), given, settings.engine)
    if chosen.type is OperationType.MUTATION:
        report.say(console, "\nNothing was run: a mutation never is by this command.")
    elif missing:
        report.say(console, f"\nIts statements are shown with --variables: it needs {', '.join(missing)}.")
    elif not plan_only:
        asked = Asked(text, given or {}, chosen.name)
        observed = run(_observe(settings, documents, asked, as_user, analyze=analyze))
        report.show_statements(console, observed, values=values)
        if observed.refused is not None:
            raise failure(str(observed.refused))
        if observed.executed and observed.executed.errors:
            raise typer.Exit(1)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise failure(f"{file} cannot be read: {error}") from None


def _operation(documents: Documents, file: Path, text: str, name: str | None) -> Operation:
    try:
        document = documents.find(text)
    except DocumentRefused as refused:
        raise failure("\n".join(_fault(file, error) for error in refused.errors)) from None
    names = ", ".join(str(each) for each in document.operations)
    if name is None and len(document.operations) > 1:
        raise failure(f"{file} has several operations; name one with --operation: {names}")
    if name is not None and name not in document.operations:
        raise failure(f"{file} has no operation {name}; it has: {names}")
    return document.operation(name)


def _fault(file: Path, error: GraphQLError) -> str:
    """As compilers write it, so that editors find the place."""
    place = "".join(f":{at.line}:{at.column}" for at in (error.locations or ())[:1])
    return f"{file}{place}: {error.message}"


def _variables(operation: Operation, text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except ValueError as error:
        raise failure(f"--variables is no JSON: {error}") from None
    if not isinstance(given, dict):
        raise failure('--variables is no object: write {"name": value}')
    names = {each.variable.name.value for each in operation.node.variable_definitions or ()}
    if unknown := [name for name in given if name not in names]:
        raise failure(f"The operation has no variable {', '.join(f'${name}' for name in unknown)}.")
    return given


def _required(operation: Operation) -> list[str]:
    """The variables that must be given, with their types."""
    return [
        f"${each.variable.name.value}: {print_ast(each.type)}"
        for each in operation.node.variable_definitions or ()
        if isinstance(each.type, NonNullTypeNode) and each.default_value is None
    ]


def _plan(operation: Operation, given: Mapping[str, Any] | None, missing: list[str], settings: Settings) -> Plan:
    hanging = [each for each in missing if each.partition(":")[0].removeprefix("$") in operation.conditions]
    if hanging:
        raise failure(f"The plan hangs on {', '.join(hanging)}, by @skip or @include: give --variables.")
    plan = plan_of(SCHEMA._schema, operation, given, IN_STATEMENTS, settings.errors_max)
    if isinstance(plan, list):
        raise failure("\n".join(error.message for error in plan))
    return plan


async def _observe(
    settings: Settings, documents: Documents, asked: Asked, name: str | None, *, analyze: bool
) -> Observed:
    """Runs the query as the service does."""
    sent: list[Sent] = []
    async with open_database(settings) as database:
        for pool in (database.service, database.scoped):
            pool.connection_class = noting(sent, analyze=analyze)
        observed = Observed(await _viewer(database, name), sent)
        sent.clear()
        executor = executor_of(settings, database, Checker(database, settings.integrity_check_timeout_seconds))

        async def execute(
            operation: Operation, variables: Mapping[str, Any], context: Context, errors_max: int
        ) -> ExecutionResult:
            _note_beginning_again(context, observed)
            return await executor.execute(operation, variables, context, errors_max)

        watched = replace(executor, documents=documents, execute=execute)
        try:
            observed.executed = await watched.run(asked, observed.viewer, {OperationType.QUERY}, "explain")
        except BillingError as refused:
            observed.refused = refused
        observed.sent = list(sent)  # Not the COMMIT that follows in a moment, perhaps before all is closed.
    return observed


def _note_beginning_again(context: Context, observed: Observed) -> None:
    begin_again = context.begin_again

    def noted() -> None:
        observed.anew_from = len(observed.sent) + 1
        begin_again()

    context.begin_again = noted  # type: ignore[method-assign]


async def _viewer(database: Database, name: str | None) -> Viewer:
    if name is None:
        return SYSTEM
    viewer = await database.viewer(name) if name.isprintable() else None
    if viewer is None:
        raise failure(f"There is no active user {name}; `billing users` lists them.")
    return viewer
