"""Disputes: opened by the side that pays, resolved by the side that charges."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from billing.db import billing_records
from billing.db import disputes as disputes_db
from billing.db.rows import Row
from billing.db.transaction import Transaction
from billing.domain.errors import ErrorCode, Faults, not_found, refuse
from billing.domain.identifiers import new_id
from billing.domain.states import DisputeStatus
from billing.permissions.grants import Permission
from billing.permissions.viewer import Viewer
from billing.services import checks
from billing.services.billing_records import DUE_STATUSES
from billing.services.changes import Changed, begins_with
from billing.services.credit_notes import Credit, CreditLineInput, check_credit, no_credit_wanted, write_credit_note


@begins_with(lambda viewer, billing_record_id, **_: billing_records.locking(viewer, ids=[billing_record_id]))
async def open_dispute(tx: Transaction, viewer: Viewer, billing_record_id: UUID, *, reason: str) -> Changed:
    """Say that a charge is wrong; until that is settled no payment of it is recorded."""
    record = await billing_records.lock_one(tx, viewer, billing_record_id)
    if record is None:
        raise not_found("billing record", "billing_record_id")
    viewer.require(Permission.DISPUTE_OPEN, record)
    faults = Faults()
    why = checks.note(faults, reason, "reason")
    if not why:
        faults.add(ErrorCode.REASON_REQUIRED, "Say what is wrong with the charge.", "reason")
    if record.status not in DUE_STATUSES:
        faults.add(
            ErrorCode.INVALID_STATE,
            f"Only a record with something outstanding can be disputed; this one is {record.status}.",
            "billing_record_id",
        )
    faults.refuse_if_any()
    dispute_id = new_id()
    await disputes_db.add(
        tx,
        id=dispute_id,
        billing_record_id=record.id,
        from_division_id=record.from_division_id,
        to_division_id=record.to_division_id,
        currency=record.currency,
        reason=why,
        opened_by=viewer.user_id,
    )
    await billing_records.change(tx, record, disputed=True)
    return {"dispute": dispute_id, "billing_record": record.id}


async def withdraw_dispute(tx: Transaction, viewer: Viewer, id: UUID, *, note: str | None) -> Changed:
    """Take a dispute back; the record is due again."""
    return await _close(tx, viewer, id, DisputeStatus.WITHDRAWN, Permission.DISPUTE_WITHDRAW, note)


async def resolve_dispute(
    tx: Transaction,
    viewer: Viewer,
    id: UUID,
    *,
    resolution: DisputeStatus,
    note: str,
    credit_amount: Decimal | None,
    credit_lines: Sequence[CreditLineInput] | None,
) -> Changed:
    """Decide a dispute. REJECTED: the charge stands, and is due again. UPHELD: a credit note comes with it."""
    credit = Credit(credit_amount, credit_lines, "credit_amount", "credit_lines")
    return await _close(tx, viewer, id, resolution, Permission.DISPUTE_RESOLVE, note, credit)


_NO_CREDIT = Credit(None, None)


async def _close(
    tx: Transaction,
    viewer: Viewer,
    id: UUID,
    status: DisputeStatus,
    permission: Permission,
    note: str | None,
    credit: Credit = _NO_CREDIT,
) -> Changed:
    record, dispute = await _lock(tx, viewer, id)
    viewer.require(permission, dispute)
    if dispute.status != DisputeStatus.OPEN:
        raise refuse(ErrorCode.INVALID_STATE, f"The dispute is {dispute.status}, no longer OPEN.", "id")
    faults = Faults()
    text = checks.note(faults, note, "note")
    if status is not DisputeStatus.WITHDRAWN and not text:
        faults.add(ErrorCode.REASON_REQUIRED, "Say how the dispute was decided.", "note")
    upheld = status is DisputeStatus.UPHELD
    checked = await check_credit(tx, faults, record, credit) if upheld else None
    if not upheld:
        no_credit_wanted(faults, credit)
    faults.refuse_if_any()
    await disputes_db.close(tx, dispute, status, by=viewer.user_id, resolution=text)
    changed: Changed = {"dispute": id, "billing_record": record.id}
    if checked is None:
        await billing_records.change(tx, record, disputed=False)
        return changed
    note_id = await write_credit_note(tx, viewer, record, checked, reason=text, dispute_id=id, disputed=False)
    return {**changed, "credit_note": note_id}


async def _lock(tx: Transaction, viewer: Viewer, id: UUID) -> tuple[Row, Row]:
    """The dispute, held together with its record, the record first."""
    record_id = await disputes_db.find_record_id(tx, viewer, id)
    if record_id is None:
        raise not_found("dispute", "id")
    record = await billing_records.lock_one(tx, viewer, record_id)
    dispute = await disputes_db.lock_one(tx, viewer, id)
    assert record is not None, "whoever sees a dispute sees its record"
    assert dispute is not None, "disputes are never deleted"
    return record, dispute
