"""`billing audit`: the head of the audit trail's chain, and the proof that nothing sealed was changed."""

from typing import Annotated

import typer

from billing.cli.connecting import console, failure, open_database, run, settings_or_exit
from billing.services import audit_chain
from billing.services.audit_chain import Head, Verified

app = typer.Typer(no_args_is_help=True, help="The audit trail: its head, and the proof that nothing was changed.")


@app.command()
def head() -> None:
    """Print the head of the chain, to be kept elsewhere; the service logs it every minute."""
    settings = settings_or_exit()

    async def work() -> Head | None:
        async with open_database(settings) as database:
            return await audit_chain.current_head(database)

    found = run(work())
    if found is None:
        raise failure("Nothing is sealed yet.")
    typer.echo(str(found))


@app.command()
def verify(
    head: Annotated[
        str | None, typer.Option(help="A head that was logged before, as 1234:9f86d0…; it must be in the chain.")
    ] = None,
) -> None:
    """Recompute the chain over all sealed events; ends with status 1 where it is broken."""
    settings = settings_or_exit()
    try:
        logged = None if head is None else Head.parse(head)
    except ValueError:
        raise failure(f"{head} is no head: write it as it was logged, 1234:9f86d0…") from None

    async def work() -> Verified:
        async with open_database(settings) as database:
            await audit_chain.seal(database)
            return await audit_chain.verify(database, logged)

    found = run(work())
    for fault in found.faults:
        console.print(fault, style="red", highlight=False)
    if found.faults:
        raise failure("The audit trail is broken.")
    count = 0 if found.head is None else found.head.sequence
    console.print(f"{count:,} events are sealed, and the chain over them is whole.", highlight=False)
    if found.head is not None:
        typer.echo(str(found.head))
