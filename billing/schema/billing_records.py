"""Billing records, their lines, and the payments and disputes on them, as clients see them."""

from datetime import date, datetime

import strawberry

from billing.schema.catalog_items import CatalogItem
from billing.schema.divisions import Division
from billing.schema.enums import DisputeStatus, HistoryEventKind, PaymentMethod, PaymentStatus, RecordStatus
from billing.schema.fields import relation
from billing.schema.nodes import Node
from billing.schema.scalars import Id, Money, Quantity
from billing.schema.users import User


@strawberry.type(description="What was charged: usually so many units of a catalog item at a price.")
class LineItem:
    id: Id = strawberry.field(description="The id, a UUID.")
    position: int = strawberry.field(description="Its place in the record, from 1.")
    name: str = strawberry.field(description="The name of what was charged, as it was then.")
    description: str | None = strawberry.field(description="More about it.")
    unit: str = strawberry.field(description="What the quantity counts.")
    quantity: Quantity = strawberry.field(description="How many units.")
    unit_price: Quantity = strawberry.field(description="The price of one unit.")
    price_override_reason: str | None = strawberry.field(
        description="Why the unit price is not the catalog's; null where it is."
    )
    currency: str = strawberry.field(description="The currency by ISO 4217.")
    amount: Money = strawberry.field(description="Quantity × unit price, rounded once, half to even.")
    unrounded_amount: Quantity = strawberry.field(
        description="The exact value before rounding; of an imported line, the exact sum of its charges."
    )
    catalog_item: CatalogItem | None = relation(
        "catalog_items_by_id", key="catalog_item_id", description="The catalog item; null for a free line."
    )


@strawberry.type(
    description="An internal invoice: what one division charges another for a billing period, in one currency."
)
class BillingRecord(Node):
    number: str | None = strawberry.field(
        description="The number, given at issue, without gaps per charging division and year; null for a draft."
    )
    status: RecordStatus = strawberry.field(description="The status at this moment.")
    currency: str = strawberry.field(description="The currency of all its amounts, by ISO 4217.")
    period_start: date = strawberry.field(description="The first day of the billing period.")
    period_end: date = strawberry.field(description="The last day of the billing period.")
    issue_date: date | None = strawberry.field(description="The day it was issued; null for a draft.")
    due_date: date | None = strawberry.field(description="The last day to pay without being overdue.")
    total: Money = strawberry.field(description="The sum of its lines.")
    credited_amount: Money = strawberry.field(description="What was taken off it by credit notes.")
    confirmed_amount: Money = strawberry.field(description="What was paid and confirmed.")
    pending_amount: Money = strawberry.field(description="What is recorded as paid and not yet confirmed.")
    outstanding: Money = strawberry.field(
        description="Total − credited − confirmed: what is still owed. Zero for a draft and for a void record."
    )
    from_note: str | None = strawberry.field(description="The charging side's own note; null for the other side.")
    from_gl_code: str | None = strawberry.field(
        description="The charging side's account in the general ledger for this record; null for the other side."
    )
    to_note: str | None = strawberry.field(description="The paying side's own note; null for the other side.")
    to_gl_code: str | None = strawberry.field(
        description="The paying side's account in the general ledger for this record; null for the other side."
    )
    version: int = strawberry.field(description="Counts its changes; send it with an update.")
    created_at: datetime = strawberry.field(description="When it was created.")
    voided_at: datetime | None = strawberry.field(description="When it was declared void.")
    void_reason: str | None = strawberry.field(description="Why it was declared void.")
    from_division: Division = relation(
        "divisions_by_id", key="from_division_id", description="The division that provided, and charges."
    )
    to_division: Division = relation(
        "divisions_by_id", key="to_division_id", description="The division that consumed, and pays."
    )
    created_by: User = relation("users_by_id", key="created_by", description="Who created it.")
    line_items: list[LineItem] = relation(
        "line_items_by_record_id", key="id", size=20, description="What was charged, in the order of the record."
    )
    allocations: list["PaymentAllocation"] = relation(
        "allocations_by_record_id",
        key="id",
        size=10,
        description="The parts of payments that go to this record, oldest first.",
    )
    payments: list["PaymentRecord"] = relation(
        "payments_by_record_id", key="id", size=10, description="The payments that touch this record, the newest first."
    )
    disputes: list["Dispute"] = relation(
        "disputes_by_record_id", key="id", size=5, description="The disputes about this record, the newest first."
    )
    credit_notes: list["CreditNote"] = relation(
        "credit_notes_by_record_id", key="id", size=5, description="The credit notes on this record, the newest first."
    )
    replaces: "BillingRecord | None" = relation(
        "billing_records_by_id", key="replaces_id", description="The void record that this one was made in place of."
    )
    replaced_by: "BillingRecord | None" = relation(
        "replacements_by_record_id", key="id", description="The record that was made in place of this void one."
    )
    history: list["HistoryEvent"] = relation(
        "history_by_record_id", key="id", size=20, description="What happened to this record, the first event first."
    )


@strawberry.type(description="Money moved by the paying division towards one or more billing records.")
class PaymentRecord(Node):
    status: PaymentStatus = strawberry.field(description="The status.")
    currency: str = strawberry.field(description="The currency by ISO 4217.")
    amount: Money = strawberry.field(description="The amount, the sum of its allocations.")
    method: PaymentMethod = strawberry.field(description="How the money was moved.")
    reference: str = strawberry.field(
        description="What the payer calls it; unique between two divisions and a method while pending or confirmed."
    )
    paid_on: date = strawberry.field(description="The day the money was moved.")
    note: str | None = strawberry.field(description="What the payer adds.")
    recorded_at: datetime = strawberry.field(description="When it was recorded.")
    decided_at: datetime | None = strawberry.field(description="When it was confirmed, rejected or cancelled.")
    decision_reason: str | None = strawberry.field(description="Why it was rejected or cancelled.")
    reversed_at: datetime | None = strawberry.field(description="When it was reversed, after it had been confirmed.")
    reversal_reason: str | None = strawberry.field(description="Why it was reversed.")
    version: int = strawberry.field(description="Counts its changes.")
    from_division: Division = relation(
        "divisions_by_id", key="from_division_id", description="The division that charged, and receives the money."
    )
    to_division: Division = relation(
        "divisions_by_id", key="to_division_id", description="The division that was charged, and pays."
    )
    recorded_by: User = relation("users_by_id", key="recorded_by", description="Who recorded it.")
    decided_by: User | None = relation(
        "users_by_id", key="decided_by", description="Who confirmed, rejected or cancelled it."
    )
    reversed_by: User | None = relation("users_by_id", key="reversed_by", description="Who reversed it.")
    allocations: list["PaymentAllocation"] = relation(
        "allocations_by_payment_id",
        key="id",
        size=10,
        description="How it is spread over billing records, in the payer's order.",
    )


@strawberry.type(description="So much of a payment for one billing record.")
class PaymentAllocation:
    id: Id = strawberry.field(description="The id, a UUID.")
    currency: str = strawberry.field(description="The currency by ISO 4217.")
    amount: Money = strawberry.field(description="The amount.")
    payment: PaymentRecord = relation("payments_by_id", key="payment_id", description="The payment.")
    billing_record: BillingRecord = relation(
        "billing_records_by_id", key="billing_record_id", description="The billing record."
    )


@strawberry.type(description="The paying side's claim that a charge is wrong.")
class Dispute(Node):
    status: DisputeStatus = strawberry.field(description="The status.")
    reason: str = strawberry.field(description="What is wrong with the charge.")
    opened_at: datetime = strawberry.field(description="When it was opened.")
    resolution: str | None = strawberry.field(description="How it was settled, in words.")
    closed_at: datetime | None = strawberry.field(description="When it was settled.")
    version: int = strawberry.field(description="Counts its changes.")
    billing_record: BillingRecord = relation(
        "billing_records_by_id", key="billing_record_id", description="The disputed record."
    )
    opened_by: User = relation("users_by_id", key="opened_by", description="Who opened it.")
    closed_by: User | None = relation("users_by_id", key="closed_by", description="Who settled it.")
    credit_note: "CreditNote | None" = relation(
        "credit_notes_by_dispute_id", key="id", description="The credit note with which it was upheld."
    )


@strawberry.type(description="What the charging side took off an issued record. Written once, never changed.")
class CreditNote(Node):
    number: str = strawberry.field(
        description="The number, e.g. IT-2026-CN00007: without gaps per charging division and year."
    )
    currency: str = strawberry.field(description="The currency by ISO 4217.")
    amount: Money = strawberry.field(description="What is taken off.")
    reason: str = strawberry.field(description="Why.")
    issue_date: date = strawberry.field(description="The day of issue.")
    issued_at: datetime = strawberry.field(description="When it was issued.")
    billing_record: BillingRecord = relation(
        "billing_records_by_id", key="billing_record_id", description="The record that owes so much less."
    )
    from_division: Division = relation(
        "divisions_by_id", key="from_division_id", description="The division that charged, and credits."
    )
    to_division: Division = relation(
        "divisions_by_id", key="to_division_id", description="The division that was charged."
    )
    issued_by: User = relation("users_by_id", key="issued_by", description="Who issued it.")
    dispute: Dispute | None = relation(
        "disputes_by_id", key="dispute_id", description="The dispute that it upheld; null where there was none."
    )
    lines: list["CreditNoteLine"] = relation(
        "credit_note_lines_by_credit_note_id",
        key="id",
        size=20,
        description="How much of which line; empty where the record is credited as a whole.",
    )


@strawberry.type(description="So much of a credit note for one line of the record.")
class CreditNoteLine:
    id: Id = strawberry.field(description="The id, a UUID.")
    position: int = strawberry.field(description="Its place in the credit note, from 1.")
    currency: str = strawberry.field(description="The currency by ISO 4217.")
    amount: Money = strawberry.field(description="What is taken off the line.")
    line_item: LineItem = relation("line_items_by_id", key="billing_line_item_id", description="The line.")


@strawberry.type(description="Something that happened to a billing record, as both sides may see it.")
class HistoryEvent:
    event: HistoryEventKind = strawberry.field(description="What happened.")
    at: datetime = strawberry.field(description="When it happened.")
    currency: str = strawberry.field(description="The currency of the amount, by ISO 4217.")
    amount: Money | None = strawberry.field(
        description="The amount that it was about: the total at issue, a payment's part for this record, a credit."
    )
    due_date_before: date | None = strawberry.field(description="The due date until then, where that changed.")
    due_date: date | None = strawberry.field(description="The due date from then on, where that changed.")
    text: str | None = strawberry.field(description="The reason or note that was given.")
    actor: User = relation("users_by_id", key="actor_id", description="Who did it.")
    payment: PaymentRecord | None = relation("payments_by_id", key="payment_id", description="The payment.")
    credit_note: CreditNote | None = relation(
        "credit_notes_by_id", key="credit_note_id", description="The credit note."
    )
    dispute: Dispute | None = relation("disputes_by_id", key="dispute_id", description="The dispute.")
    replacement: BillingRecord | None = relation(
        "billing_records_by_id", key="replacement_id", description="The record made in place of this one."
    )
