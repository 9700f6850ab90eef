"""The history of billing records: what happened to each, told from the facts that both sides may see."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    FromClause,
    Numeric,
    Select,
    Text,
    Uuid,
    case,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy import cast as as_type

from billing.db.columns import or_null
from billing.db.lists import one_of
from billing.db.scope import visible_to
from billing.db.tables import (
    billing_records,
    credit_notes,
    disputes,
    due_date_changes,
    ledger_transactions,
    payment_allocations,
    payment_records,
)
from billing.domain.postings import Posting
from billing.domain.states import DisputeStatus, HistoryEventKind, PaymentStatus
from billing.permissions.viewer import Viewer

# What an event may have beyond its kind, moment and person; null where it has not.
_DETAILS = {
    "amount": Numeric(),
    "payment_id": Uuid(),
    "credit_note_id": Uuid(),
    "dispute_id": Uuid(),
    "replacement_id": Uuid(),
    "due_date_before": Date(),
    "due_date": Date(),
    "text": Text(),
}
_Kind = HistoryEventKind


def of_records(viewer: Viewer, record_ids: Sequence[UUID]) -> Select[Any]:
    """The events of each record, the first one first."""
    visible = one_of(billing_records.c.id, record_ids) & visible_to(viewer, billing_records)
    record = select(billing_records).where(visible).cte("record")
    events = union_all(*_of_record(record, viewer), *_of_payments(record), *_of_disputes(record)).subquery("event")
    return select(literal("HistoryEvent", Text).label("kind"), *events.c).order_by(
        events.c.billing_record_id, events.c.at, events.c.place, events.c.payment_id
    )


def _of_record(record: CTE, viewer: Viewer) -> list[Select[Any]]:
    r, posted, due, credit = record.c, ledger_transactions.c, due_date_changes.c, credit_notes.c
    replacement = billing_records.alias("replacement")
    issued = record.join(ledger_transactions, (posted.billing_record_id == r.id) & (posted.kind == Posting.ISSUE.value))
    void = record.join(ledger_transactions, (posted.billing_record_id == r.id) & (posted.kind == Posting.VOID.value))
    replaced = record.join(replacement, (replacement.c.replaces_id == r.id) & visible_to(viewer, replacement))
    return [
        _event(record, record, 1, _Kind.CREATED, r.created_at, r.created_by),
        _event(record, issued, 2, _Kind.ISSUED, posted.posted_at, posted.posted_by, amount=r.total),
        _event(
            record,
            record.join(due_date_changes, due.billing_record_id == r.id),
            3,
            _Kind.DUE_DATE_CHANGED,
            due.changed_at,
            due.changed_by,
            due_date_before=due.due_date_before,
            due_date=due.due_date,
        ),
        _event(
            record,
            record.join(credit_notes, credit.billing_record_id == r.id),
            9,
            _Kind.CREDITED,
            credit.issued_at,
            credit.issued_by,
            amount=credit.amount,
            credit_note_id=credit.id,
            text=credit.reason,
        ),
        _event(record, void, 10, _Kind.VOIDED, posted.posted_at, posted.posted_by, text=r.void_reason),
        _event(
            record,
            replaced,
            11,
            _Kind.REPLACED,
            replacement.c.created_at,
            replacement.c.created_by,
            replacement_id=replacement.c.id,
        ),
    ]


def _of_payments(record: CTE) -> list[Select[Any]]:
    payment, part = payment_records.c, payment_allocations.c
    paid = record.join(payment_allocations, part.billing_record_id == record.c.id).join(
        payment_records, payment.id == part.payment_id
    )
    decision = case(
        (payment.status == PaymentStatus.REJECTED.value, _Kind.PAYMENT_REJECTED.value),
        (payment.status == PaymentStatus.CANCELLED.value, _Kind.PAYMENT_CANCELLED.value),
        else_=_Kind.PAYMENT_CONFIRMED.value,
    )
    shown: dict[str, ColumnElement[Any]] = {"amount": part.amount, "payment_id": payment.id}
    decided = {**shown, "text": payment.decision_reason}
    reversed_ = {**shown, "text": payment.reversal_reason}
    return [
        _event(record, paid, 4, _Kind.PAYMENT_RECORDED, payment.recorded_at, payment.recorded_by, **shown),
        _event(record, paid, 5, decision, payment.decided_at, payment.decided_by, **decided).where(
            payment.decided_at.is_not(None)
        ),
        _event(record, paid, 6, _Kind.PAYMENT_REVERSED, payment.reversed_at, payment.reversed_by, **reversed_).where(
            payment.reversed_at.is_not(None)
        ),
    ]


def _of_disputes(record: CTE) -> list[Select[Any]]:
    dispute = disputes.c
    disputed = record.join(disputes, dispute.billing_record_id == record.c.id)
    end = case(
        (dispute.status == DisputeStatus.UPHELD.value, _Kind.DISPUTE_UPHELD.value),
        (dispute.status == DisputeStatus.REJECTED.value, _Kind.DISPUTE_REJECTED.value),
        else_=_Kind.DISPUTE_WITHDRAWN.value,
    )
    opened: dict[str, ColumnElement[Any]] = {"dispute_id": dispute.id, "text": dispute.reason}
    closed: dict[str, ColumnElement[Any]] = {"dispute_id": dispute.id, "text": dispute.resolution}
    return [
        _event(record, disputed, 7, _Kind.DISPUTE_OPENED, dispute.opened_at, dispute.opened_by, **opened),
        _event(record, disputed, 8, end, dispute.closed_at, dispute.closed_by, **closed).where(
            dispute.closed_at.is_not(None)
        ),
    ]


def _event(
    record: CTE,
    source: FromClause,
    place: int,
    kind: ColumnElement[str] | HistoryEventKind,
    at: ColumnElement[Any],
    by: ColumnElement[Any],
    **details: ColumnElement[Any],
) -> Select[Any]:
    """Events of one kind; `place` orders those of one moment."""
    named = literal(kind.value, Text) if isinstance(kind, HistoryEventKind) else kind
    return select(
        literal(place).label("place"),
        named.label("event"),
        record.c.id.label("billing_record_id"),
        record.c.currency,
        at.label("at"),
        by.label("actor_id"),
        *(_detail(details.get(name), type_).label(name) for name, type_ in _DETAILS.items()),
    ).select_from(source)


def _detail(value: ColumnElement[Any] | None, type_: Any) -> ColumnElement[Any]:
    """A detail, or a null of its type, since all kinds become one list; a text that is empty is none."""
    if value is None:
        return as_type(null(), type_)
    return or_null(value) if isinstance(type_, Text) else value
