"""`billing`, the command; `billing --help` lists what it does."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import Progress, TimeElapsedColumn

from billing.app import SCHEMA
from billing.cli import audit, documents, explain, import_csv, import_focus, people, users
from billing.cli import check as checks
from billing.cli import reference as pages
from billing.cli.connecting import (
    console,
    failure,
    migrate_as_owner,
    open_database,
    owner_url,
    run,
    settings_or_exit,
)
from billing.cli.serving import serve as serve_app
from billing.demo.volume import seed_records
from billing.web.rest.openapi import document

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Internal Billing: divisions charge each other for catalog services.",
)
imports = typer.Typer(invoke_without_command=True, callback=import_csv.options)
app.add_typer(imports, name="import")
app.add_typer(audit.app, name="audit")
app.add_typer(documents.app, name="documents")
app.add_typer(users.app, name="users")
imports.command("focus")(import_focus.focus)
for command in (import_csv.divisions, import_csv.catalog, import_csv.prices, import_csv.records):
    imports.command()(command)

SCHEMA_FILE = Path("schema.graphql")
OPENAPI_FILE = Path("openapi.json")


@app.command()
def serve() -> None:
    """Serve the graph; migrates first and, in the demo, fills an empty database."""
    serve_app(settings_or_exit())


@app.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    settings = settings_or_exit()
    run(migrate_as_owner(settings, owner_url(settings)))
    console.print("The database is at the newest revision.")


@app.command()
def seed(
    records: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many billing records to generate.")],
    people: Annotated[
        int, typer.Option(min=0, max=100_000, help="How many coordinators, if more than one a division.")
    ] = 0,
) -> None:
    """Generate billing records in bulk, to try the service at scale."""
    settings = settings_or_exit()
    owner = owner_url(settings)

    async def work() -> None:
        async with open_database(settings) as database:
            with Progress(*Progress.get_default_columns(), TimeElapsedColumn(), console=console) as progress:
                task = progress.add_task(f"{records:,} records", total=None)
                await seed_records(
                    database,
                    owner,
                    records,
                    lambda done, total: progress.update(task, completed=done, total=total),
                    people=people,
                )

    run(work())


@app.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Look whether all data agrees; ends with status 1 on faults, and stores what was found."""
    settings = settings_or_exit()

    async def work() -> int:
        async with open_database(settings) as database:
            return await checks.run(database, settings.integrity_check_timeout_seconds, console, as_json=as_json)

    raise typer.Exit(run(work()))


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="The name of the user's account, as `billing users` lists it.")],
) -> None:
    """Print a token for a user; the token stands alone on the last line."""
    settings = settings_or_exit()

    async def work() -> str | None:
        async with open_database(settings) as database:
            return await people.token_for(database, settings, name)

    made = run(work())
    if made is None:
        raise failure(f"There is no active user {name}; `billing users` lists them.")
    typer.echo(made)


@app.command()
def schema(
    check: Annotated[
        bool, typer.Option("--check", help="Fail when schema.graphql is not what the code prints.")
    ] = False,
) -> None:
    """Print the graph's schema; with --check compare it with the file schema.graphql."""
    printed = SCHEMA.as_str() + "\n"
    if not check:
        typer.echo(printed, nl=False)
    elif not SCHEMA_FILE.exists() or SCHEMA_FILE.read_text(encoding="utf-8") != printed:
        raise failure(
            "schema.graphql is not what the code prints. Look at the difference: billing schema > schema.graphql"
        )


@app.command()
def openapi(
    check: Annotated[bool, typer.Option("--check", help="Fail when openapi.json is not what the code prints.")] = False,
) -> None:
    """Print the OpenAPI document of the REST routes; with --check compare it with the file openapi.json."""
    printed = json.dumps(document(SCHEMA), indent=2, ensure_ascii=False) + "\n"
    if not check:
        typer.echo(printed, nl=False)
    elif not OPENAPI_FILE.exists() or OPENAPI_FILE.read_text(encoding="utf-8") != printed:
        raise failure(
            "openapi.json is not what the code prints. Look at the difference: billing openapi > openapi.json"
        )


@app.command()
def reference(
    page: Annotated[Literal["policy", "errors"], typer.Argument(help="Which page: docs/policy.md or docs/errors.md.")],
) -> None:
    """Print a page of the manual that is made from the code."""
    typer.echo(pages.policy() if page == "policy" else pages.errors(), nl=False)


app.command()(explain.explain)
