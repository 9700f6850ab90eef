"""Divisions: created, renamed, moved in the tree, deactivated."""

import re
from uuid import UUID

from billing.db import divisions
from billing.db.transaction import Transaction
from billing.domain.errors import ErrorCode, Faults, blocked, not_found, refuse, stale
from billing.domain.identifiers import new_id
from billing.permissions.viewer import Viewer
from billing.services import checks
from billing.services.changes import Changed

CODE_LENGTH_MAX = 24
NAME_TAKEN = "Another division has this name."
NO_PARENT = "There is no such active division."
BELOW_ITSELF = "A division cannot come below itself."
_CODE = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*", re.ASCII)


async def create_division(
    tx: Transaction,
    viewer: Viewer,
    *,
    code: str,
    name: str,
    parent_id: UUID | None,
    cost_centre: str | None,
    gl_code: str | None,
) -> Changed:
    """Add a division to the tree; its code stands in the numbers of its records and never changes."""
    faults = Faults()
    if check_code(faults, code) and await divisions.find_by_code_or_name(tx, code=code) is not None:
        faults.add(ErrorCode.ALREADY_EXISTS, "Another division has this code.", "code")
    checked_name = await _free_name(tx, faults, name)
    await _check_parent(tx, faults, parent_id)
    centre = checks.label(faults, cost_centre, "cost_centre")
    gl = checks.label(faults, gl_code, "gl_code")
    faults.refuse_if_any()
    division_id = new_id()
    await divisions.add(
        tx, id=division_id, code=code, name=checked_name, parent_id=parent_id, cost_centre=centre, gl_code=gl
    )
    return {"division": division_id}


async def update_division(
    tx: Transaction,
    viewer: Viewer,
    id: UUID,
    *,
    version: int,
    name: str | None,
    parent_id: UUID | None,
    to_root: bool,
    cost_centre: str | None,
    gl_code: str | None,
) -> Changed:
    """Change what is given; a division cannot come below itself."""
    parents = await divisions.lock_tree(tx) if parent_id is not None else {}
    division = await divisions.lock_one(tx, id)
    if division is None:
        raise not_found("division", "id")
    if division.version != version:
        raise stale(division.version)
    faults = Faults()
    changes: dict[str, object] = {}
    if name is not None:
        changes["name"] = await _free_name(tx, faults, name, own_id=id)
    if cost_centre is not None:
        changes["cost_centre"] = checks.label(faults, cost_centre, "cost_centre")
    if gl_code is not None:
        changes["gl_code"] = checks.label(faults, gl_code, "gl_code")
    if parent_id is not None and to_root:
        faults.add(ErrorCode.BAD_INPUT, "Send a parent or toRoot, not both.", "to_root")
    elif parent_id is not None:
        await _check_parent(tx, faults, parent_id)
        if id in _line_of(parent_id, parents):
            faults.add(ErrorCode.BAD_INPUT, BELOW_ITSELF, "parent_id")
        changes["parent_id"] = parent_id
    elif to_root:
        changes["parent_id"] = None
    faults.refuse_if_any()
    await divisions.change(tx, division, **changes)
    return {"division": id}


async def deactivate_division(tx: Transaction, viewer: Viewer, id: UUID, *, version: int) -> Changed:
    """No new record names it from now on; what exists goes on to be paid. Its children are deactivated first."""
    division = await divisions.lock_one(tx, id)
    if division is None:
        raise not_found("division", "id")
    if division.version != version:
        raise stale(division.version)
    if not division.active:
        raise refuse(ErrorCode.INVALID_STATE, "The division is not active.", "id")
    children = await divisions.active_children_of(tx, id)
    if children:
        raise blocked("Divisions below it are active", children, "id")
    await divisions.change(tx, division, active=False)
    return {"division": id}


def check_code(faults: Faults, code: str) -> bool:
    """Whether it can be the code of a division."""
    if len(code) <= CODE_LENGTH_MAX and _CODE.fullmatch(code):
        return True
    faults.add(
        ErrorCode.BAD_INPUT,
        f"A code has at most {CODE_LENGTH_MAX} of A-Z and 0-9, in groups joined by single dashes.",
        "code",
    )
    return False


async def _free_name(tx: Transaction, faults: Faults, name: str, own_id: UUID | None = None) -> str:
    before = len(faults.found)
    checked = checks.name(faults, name, "name")
    if len(faults.found) == before:
        other = await divisions.find_by_code_or_name(tx, name=checked)
        if other is not None and other.id != own_id:
            faults.add(ErrorCode.ALREADY_EXISTS, NAME_TAKEN, "name")
    return checked


async def _check_parent(tx: Transaction, faults: Faults, parent_id: UUID | None) -> None:
    if parent_id is None:
        return
    parent = (await divisions.find_all(tx, [parent_id])).get(parent_id)
    if parent is None or not parent.active:
        faults.add(ErrorCode.UNKNOWN_DIVISION, NO_PARENT, "parent_id")


def _line_of(id: UUID, parents: dict[UUID, UUID | None]) -> set[UUID]:
    """A division and all above it."""
    line: set[UUID] = set()
    above: UUID | None = id
    while above is not None and above not in line:
        line.add(above)
        above = parents.get(above)
    return line
