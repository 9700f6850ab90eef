"""`billing users`: who they are, and changes of them; the first superadmin is made here, and nowhere else."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from billing.cli.connecting import console, failure, open_database, run, settings_or_exit
from billing.cli.people import Person, list_people
from billing.db import divisions, users
from billing.db.audit_events import Act
from billing.db.database import Database
from billing.db.rows import Row
from billing.domain.errors import BillingError
from billing.permissions.grants import Role
from billing.services import changes
from billing.services import users as service
from billing.services.changes import Change, Outcome

app = typer.Typer(invoke_without_command=True, help="The users: list them, add one, give a role, shut one out.")

Work = Callable[[Database], Awaitable[Outcome]]

Name = Annotated[str, typer.Argument(help="The name of the account: what its tokens say in `sub`.")]
Division = Annotated[str | None, typer.Option(help="The code of the user's division; a coordinator has one.")]


@app.callback()
def users_or_list(context: typer.Context) -> None:
    """List the users; its commands change them."""
    if context.invoked_subcommand is not None:
        return
    settings = settings_or_exit()

    async def work() -> list[Person]:
        async with open_database(settings) as database:
            return await list_people(database)

    table = Table("name", "role", "division", "active")
    for person in run(work()):
        table.add_row(escape(person.name), person.role, person.division or "–", "yes" if person.active else "no")
    console.print(table)


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(case_sensitive=False, help="What the user may do.")],
    division: Division = None,
    display_name: Annotated[str | None, typer.Option(help="How the user is shown; by default the name.")] = None,
) -> None:
    """Add a user."""

    async def work(database: Database) -> Outcome:
        shown = name if display_name is None else display_name
        given = {"name": name, "display_name": shown, "role": role}
        return await _make(database, service.add_user, **given, division_id=await _division_id(database, division))

    _change(work, f"{name} is {role} now.")


@app.command("role")
def assign_role(
    name: Name,
    role: Annotated[Role, typer.Argument(case_sensitive=False, help="What the user may do from now on.")],
    division: Division = None,
) -> None:
    """Give a user a role and a division; without --division the user belongs to none."""

    async def work(database: Database) -> Outcome:
        user, division_id = await _user(database, name), await _division_id(database, division)
        given = {"id": user.id, "version": user.version, "role": role, "division_id": division_id}
        return await _make(database, service.assign_role, **given)

    _change(work, f"{name} is {role} now.")


@app.command()
def disable(name: Name) -> None:
    """Shut a user out; what they did keeps their name."""

    async def work(database: Database) -> Outcome:
        user = await _user(database, name)
        return await _make(database, service.deactivate_user, id=user.id, version=user.version)

    _change(work, f"{name} is shut out now.")


def _change(work: Work, said: str) -> None:
    """Makes one change and says so, or why it was refused."""
    settings = settings_or_exit()

    async def outcome() -> Outcome:
        async with open_database(settings) as database:
            return await work(database)

    try:
        faults = run(outcome()).faults
    except BillingError as refused:
        raise failure(str(refused)) from None
    if faults:
        raise failure("\n".join(dict.fromkeys(fault.message for fault in faults)))
    console.print(said, highlight=False, markup=False)


async def _make(database: Database, change: Change, **arguments: Any) -> Outcome:
    """As a mutation does, under the same rules and with the same row in the audit trail, but as the system user."""
    async with database.transaction() as tx:
        await users.add_system_user_if_missing(tx)
    return await changes.make(database, Act(users.SYSTEM, change.__name__, request_id=""), change, arguments, key=None)


async def _user(database: Database, name: str) -> Row:
    async with database.transaction() as tx:
        found = await users.find_by_name(tx, name) if name.isprintable() else None
    if found is None or found.id == users.SYSTEM_USER_ID:
        raise failure(f"There is no user {name}; `billing users` lists them.")
    return found


async def _division_id(database: Database, code: str | None) -> UUID | None:
    if code is None:
        return None
    async with database.transaction() as tx:
        found = await tx.one(divisions.find(users.SYSTEM, code=code)) if code.isprintable() else None
    if found is None:
        raise failure(f"There is no division {code}.")
    id: UUID = found.id
    return id
