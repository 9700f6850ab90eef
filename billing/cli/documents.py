"""`billing documents`: list the trusted documents, trust those of a file, revoke one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from graphql import GraphQLError, OperationDefinitionNode, parse
from rich.table import Table

from billing.app import SCHEMA, bounds_of
from billing.cli.connecting import console, failure, open_database, run, settings_or_exit
from billing.db import trusted_documents as statements
from billing.db.users import SYSTEM
from billing.engine.documents import DocumentRefused, Documents
from billing.services import trusted_documents as service
from billing.settings import Settings
from billing.web.persisted import hash_of

app = typer.Typer(no_args_is_help=True, help="The documents that run where TRUSTED_DOCUMENTS_ONLY is on.")


@app.command("list")
def list_documents() -> None:
    """List the trusted documents."""
    settings = settings_or_exit()

    async def work() -> list[Any]:
        async with open_database(settings) as database, database.transaction() as tx:
            return await statements.list_all(tx)

    table = Table("hash", "name", "trusted at")
    for row in run(work()):
        table.add_row(row.hash, row.name, f"{row.trusted_at:%Y-%m-%d %H:%M}")
    console.print(table)


@app.command()
def trust(
    file: Annotated[Path, typer.Argument(help="A .graphql document, or a JSON file of documents by hash.")],
) -> None:
    """Trust the documents of a file: all of them, or none and a line for each fault.

    A JSON file is what the build of a client writes: an object of texts by their SHA-256 (Relay), or an Apollo
    persisted query manifest.
    """
    settings = settings_or_exit()
    documents = dict(_read(file, settings))

    async def work() -> list[str]:
        async with open_database(settings) as database:
            return await service.trust(database, SYSTEM, documents)

    new = run(work())
    console.print(f"{len(new)} documents are trusted now that were not; {len(documents) - len(new)} were already.")


@app.command()
def revoke(
    hash: Annotated[str, typer.Argument(help="The hash, as `billing documents list` shows it.")],
) -> None:
    """Trust a document no longer; known to every process within half a minute."""
    settings = settings_or_exit()

    async def work() -> bool:
        async with open_database(settings) as database:
            return await service.revoke(database, SYSTEM, hash)

    if not run(work()):
        raise failure("There is no such trusted document; `billing documents list` shows them.")
    console.print("The document is trusted no longer.")


def _read(file: Path, settings: Settings) -> Iterator[tuple[str, tuple[str, str]]]:
    """Name and text by hash; ends the command when one of them could not be run."""
    try:
        texts = list(_texts(file.read_text(encoding="utf-8"), file))
    except (OSError, UnicodeDecodeError) as error:
        raise failure(f"{file} cannot be read: {error}") from None
    readable, faults = Documents(SCHEMA._schema, bounds_of(settings)), []
    for named, text in texts:
        try:
            readable.find(text)
        except DocumentRefused as refused:
            faults.append(f"{named or file}: {refused}")
            continue
        if named is not None and named != hash_of(text):
            faults.append(f"{named}: this is not the SHA-256 of its document")
        yield hash_of(text), (_name(text), text)
    if faults or not texts:
        raise failure("\n".join(faults or [f"{file} has no documents."]))


def _texts(content: str, file: Path) -> Iterator[tuple[str | None, str]]:
    if file.suffix != ".json":
        yield None, content
        return
    try:
        given = json.loads(content)
        operations = given.get("operations")
        found = given.items() if operations is None else [(each["id"], each["body"]) for each in operations]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise failure(f"{file} is neither an object of documents by hash nor a persisted query manifest.") from None
    for named, text in found:
        if not isinstance(named, str) or not isinstance(text, str):
            raise failure(f"{file}: a document and its hash are texts.")
        yield named, text


def _name(text: str) -> str:
    """The names of its operations."""
    try:
        definitions = parse(text).definitions
    except GraphQLError as error:
        raise failure(str(error)) from None
    names = [it.name.value for it in definitions if isinstance(it, OperationDefinitionNode) and it.name]
    return ", ".join(names)[:200] or "without a name"
