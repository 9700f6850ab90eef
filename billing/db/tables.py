"""The tables as statements name them; their constraints and indexes stand in `migrations/`."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

metadata = MetaData()


def _uuid(name: str, *, primary_key: bool = False, nullable: bool = False) -> "Column[Any]":
    return Column(name, Uuid(), primary_key=primary_key, nullable=nullable)


def _column(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], *, nullable: bool = False) -> "Column[Any]":
    return Column(name, kind, nullable=nullable)


_instant = DateTime(timezone=True)
_money = Numeric()
_quantity = Numeric(28, 10)


def _parties() -> tuple["Column[Any]", ...]:
    return _uuid("from_division_id"), _uuid("to_division_id"), _column("currency", Text)


divisions = Table(
    "divisions",
    metadata,
    _uuid("id", primary_key=True),
    _column("code", Text),
    _column("name", Text),
    _uuid("parent_id", nullable=True),
    _column("cost_centre", Text),
    _column("gl_code", Text),
    _column("active", Boolean),
    _column("version", Integer),
    _column("created_at", _instant),
)

users = Table(
    "users",
    metadata,
    _uuid("id", primary_key=True),
    _column("name", Text),
    _column("display_name", Text),
    _column("role", Text),
    _uuid("division_id", nullable=True),
    _column("active", Boolean),
    _column("version", Integer),
    _column("created_at", _instant),
)

service_catalog = Table(
    "service_catalog",
    metadata,
    _uuid("id", primary_key=True),
    _column("sku", Text),
    _column("name", Text),
    _column("description", Text),
    _column("category", Text),
    _column("unit", Text),
    _uuid("provider_division_id"),
    _column("active", Boolean),
    _column("version", Integer),
    _column("created_at", _instant),
)

service_catalog_prices = Table(
    "service_catalog_prices",
    metadata,
    _uuid("id", primary_key=True),
    _uuid("catalog_item_id"),
    _column("currency", Text),
    _column("valid_from", Date),
    _column("unit_price", _quantity),
    _column("cost_price", _quantity, nullable=True),
    _column("created_at", _instant),
    _uuid("created_by"),
)

imports = Table(
    "imports",
    metadata,
    _uuid("id", primary_key=True),
    _column("kind", Text),
    _uuid("provider_division_id", nullable=True),
    _column("content_hash", LargeBinary),
    _column("file_name", Text),
    _column("imported_at", _instant),
    _uuid("imported_by"),
)

billing_records = Table(
    "billing_records",
    metadata,
    _uuid("id", primary_key=True),
    _column("number", Text),
    *_parties(),
    _column("lifecycle", Text),
    _column("disputed", Boolean),
    _column("period_start", Date),
    _column("period_end", Date),
    _column("issue_date", Date),
    _column("due_date", Date),
    _column("total", _money),
    _column("credited_amount", _money),
    _column("confirmed_amount", _money),
    _column("pending_amount", _money),
    _column("settlement", Text),
    _column("from_note", Text),
    _column("to_note", Text),
    _column("from_gl_code", Text),
    _column("to_gl_code", Text),
    _uuid("import_id", nullable=True),
    _column("version", Integer),
    _column("created_at", _instant),
    _uuid("created_by"),
    _column("voided_at", _instant, nullable=True),
    _column("void_reason", Text),
    _uuid("replaces_id", nullable=True),
)

billing_line_items = Table(
    "billing_line_items",
    metadata,
    _uuid("id", primary_key=True),
    _uuid("billing_record_id"),
    *_parties(),
    _column("position", Integer),
    _uuid("catalog_item_id", nullable=True),
    _column("name", Text),
    _column("description", Text),
    _column("unit", Text),
    _column("quantity", _quantity),
    _column("unit_price", _quantity),
    _column("price_override_reason", Text),
    _column("amount", _money),
    _column("unrounded_amount", Numeric(40, 20)),
)

imported_records = Table(
    "imported_records",
    metadata,
    _uuid("from_division_id", primary_key=True),
    Column("external_id", Text, primary_key=True),
    _uuid("billing_record_id"),
    _column("content_hash", LargeBinary),
)

payment_records = Table(
    "payment_records",
    metadata,
    _uuid("id", primary_key=True),
    *_parties(),
    _column("amount", _money),
    _column("status", Text),
    _column("method", Text),
    _column("reference", Text),
    _column("paid_on", Date),
    _column("note", Text),
    _column("recorded_at", _instant),
    _uuid("recorded_by"),
    _column("decided_at", _instant, nullable=True),
    _uuid("decided_by", nullable=True),
    _column("decision_reason", Text),
    _column("version", Integer),
    _column("reversed_at", _instant, nullable=True),
    _uuid("reversed_by", nullable=True),
    _column("reversal_reason", Text),
)

payment_allocations = Table(
    "payment_allocations",
    metadata,
    _uuid("id", primary_key=True),
    _uuid("payment_id"),
    _uuid("billing_record_id"),
    *_parties(),
    _column("amount", _money),
)

disputes = Table(
    "disputes",
    metadata,
    _uuid("id", primary_key=True),
    _uuid("billing_record_id"),
    *_parties(),
    _column("status", Text),
    _column("reason", Text),
    _column("opened_at", _instant),
    _uuid("opened_by"),
    _column("resolution", Text),
    _column("closed_at", _instant, nullable=True),
    _uuid("closed_by", nullable=True),
    _column("version", Integer),
)

number_counters = Table(
    "number_counters",
    metadata,
    _uuid("division_id", primary_key=True),
    Column("year", Integer, primary_key=True),
    _column("last_number", Integer),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    _uuid("user_id", primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    _column("input_hash", LargeBinary),
    _column("changed", JSONB),
    _column("created_at", _instant),
)

credit_notes = Table(
    "credit_notes",
    metadata,
    _uuid("id", primary_key=True),
    _column("number", Text),
    _uuid("billing_record_id"),
    *_parties(),
    _column("amount", _money),
    _column("line_count", Integer),
    _column("reason", Text),
    _uuid("dispute_id", nullable=True),
    _column("issue_date", Date),
    _column("issued_at", _instant),
    _uuid("issued_by"),
)

credit_note_lines = Table(
    "credit_note_lines",
    metadata,
    _uuid("id", primary_key=True),
    _uuid("credit_note_id"),
    _column("line_count", Integer),
    _column("position", Integer),
    _uuid("billing_line_item_id"),
    *_parties(),
    _column("amount", _money),
)

credit_note_counters = Table(
    "credit_note_counters",
    metadata,
    _uuid("division_id", primary_key=True),
    Column("year", Integer, primary_key=True),
    _column("last_number", Integer),
)

due_date_changes = Table(
    "due_date_changes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _uuid("billing_record_id"),
    *_parties(),
    _column("due_date_before", Date),
    _column("due_date", Date),
    _column("changed_on", Date),
    _column("changed_at", _instant),
    _uuid("changed_by"),
)

ledger_transactions = Table(
    "ledger_transactions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _column("kind", Text),
    *_parties(),
    _uuid("billing_record_id", nullable=True),
    _uuid("payment_id", nullable=True),
    _uuid("credit_note_id", nullable=True),
    _column("corrects_id", BigInteger, nullable=True),
    _column("entry_count", Integer),
    _column("posted_on", Date),
    _column("posted_at", _instant),
    _uuid("posted_by"),
)

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("transaction_id", BigInteger, primary_key=True),
    Column("position", Integer, primary_key=True),
    _column("entry_count", Integer),
    _uuid("division_id"),
    _column("account", Text),
    _column("currency", Text),
    _column("amount", _money),
    _uuid("billing_record_id"),
    _uuid("from_division_id"),
    _uuid("to_division_id"),
    _column("posted_on", Date),
)

audit_events = Table(
    "audit_events",
    metadata,
    _uuid("id", primary_key=True),
    _column("xact_id", BigInteger),
    _column("occurred_at", _instant),
    _column("kind", Text),
    _column("operation", Text),
    _uuid("actor_id"),
    _column("actor_role", Text),
    _column("request_id", Text),
    _column("code", Text),
    _column("object_ids", ARRAY(Uuid())),
    _column("changes", JSONB),
)

audit_chain = Table(
    "audit_chain",
    metadata,
    Column("sequence", BigInteger, primary_key=True),
    _uuid("audit_event_id"),
    _column("xact_id", BigInteger),
    _column("hash", LargeBinary),
    _column("sealed_at", _instant),
)

integrity_checks = Table(
    "integrity_checks",
    metadata,
    _uuid("id", primary_key=True),
    _column("status", Text),
    _column("started_at", _instant),
    _column("finished_at", _instant, nullable=True),
    _uuid("started_by"),
)

integrity_check_results = Table(
    "integrity_check_results",
    metadata,
    _uuid("integrity_check_id", primary_key=True),
    Column("position", Integer, primary_key=True),
    _column("invariant", Text),
    _column("description", Text),
    _column("rows_checked", BigInteger),
    _column("fault_count", BigInteger),
    _column("offending_ids", ARRAY(Text())),
)

trusted_documents = Table(
    "trusted_documents",
    metadata,
    _uuid("id", primary_key=True),
    _column("hash", Text),
    _column("name", Text),
    _column("text", Text),
    _column("trusted_at", _instant),
)
