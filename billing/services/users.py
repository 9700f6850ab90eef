"""Users: added, given a role, deactivated. Nobody gives or takes a right above their own."""

from uuid import UUID

from billing.db import divisions, users
from billing.db.rows import Row
from billing.db.transaction import Transaction
from billing.domain.errors import ErrorCode, Faults, Forbidden, not_found, refuse, stale
from billing.domain.identifiers import new_id
from billing.permissions.grants import ROLES_BELOW_ADMIN, Permission, Role, Scope
from billing.permissions.viewer import Viewer
from billing.services import checks
from billing.services.changes import Changed


async def add_user(
    tx: Transaction, viewer: Viewer, *, name: str, display_name: str, role: Role, division_id: UUID | None
) -> Changed:
    """Let someone in; the name is what their token says in `sub`."""
    _require_power_over(viewer, role)
    faults = Faults()
    checked_name = checks.name(faults, name, "name")
    if not faults.found and await users.find_by_name(tx, checked_name) is not None:
        faults.add(ErrorCode.ALREADY_EXISTS, "Another user has this name.", "name")
    shown = checks.name(faults, display_name, "display_name")
    await _check_division(tx, faults, role, division_id)
    faults.refuse_if_any()
    user_id = new_id()
    await users.add(tx, id=user_id, name=checked_name, display_name=shown, role=role.value, division_id=division_id)
    return {"user": user_id}


async def assign_role(
    tx: Transaction, viewer: Viewer, id: UUID, *, version: int, role: Role, division_id: UUID | None
) -> Changed:
    """Give a user another role and division; takes effect with their next request."""
    superadmins = await users.lock_active_superadmins(tx)
    user = await _lock(tx, viewer, id, version)
    _require_power_over(viewer, role)
    if role is not Role.SUPERADMIN and superadmins == [id]:
        raise _last_superadmin()
    faults = Faults()
    await _check_division(tx, faults, role, division_id)
    faults.refuse_if_any()
    await users.change(tx, user, role=role.value, division_id=division_id)
    return {"user": id}


async def deactivate_user(tx: Transaction, viewer: Viewer, id: UUID, *, version: int) -> Changed:
    """Shut someone out; what they did keeps their name."""
    superadmins = await users.lock_active_superadmins(tx)
    user = await _lock(tx, viewer, id, version)
    if not user.active:
        raise refuse(ErrorCode.INVALID_STATE, "The user is not active.", "id")
    if superadmins == [id]:
        raise _last_superadmin()
    await users.change(tx, user, active=False)
    return {"user": id}


async def _lock(tx: Transaction, viewer: Viewer, id: UUID, version: int) -> Row:
    user = await users.lock_one(tx, id)
    if user is None or id == users.SYSTEM_USER_ID:
        raise not_found("user", "id")
    _require_power_over(viewer, Role(user.role))
    if user.version != version:
        raise stale(user.version)
    return user


def _require_power_over(viewer: Viewer, role: Role) -> None:
    if viewer.scope(Permission.USER_WRITE) is Scope.BELOW_ADMIN and role not in ROLES_BELOW_ADMIN:
        raise Forbidden("Only a superadmin manages admins and superadmins.")


def _last_superadmin() -> Exception:
    return refuse(ErrorCode.LAST_SUPERADMIN, "This is the last active superadmin; make another one first.", "id")


async def _check_division(tx: Transaction, faults: Faults, role: Role, division_id: UUID | None) -> None:
    if division_id is None:
        if role is Role.COORDINATOR:
            faults.add(ErrorCode.UNKNOWN_DIVISION, "A coordinator belongs to a division.", "division_id")
        return
    division = (await divisions.find_all(tx, [division_id])).get(division_id)
    if division is None or not division.active:
        faults.add(ErrorCode.UNKNOWN_DIVISION, "There is no such active division.", "division_id")
