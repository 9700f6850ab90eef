"""For each constraint, changes to a right row that violate it, and nothing that PostgreSQL checks before it."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import Table

from billing.db.tables import (
    audit_chain,
    audit_events,
    billing_line_items,
    billing_records,
    credit_note_counters,
    credit_note_lines,
    credit_notes,
    disputes,
    divisions,
    due_date_changes,
    idempotency_keys,
    imported_records,
    imports,
    integrity_check_results,
    integrity_checks,
    ledger_entries,
    ledger_transactions,
    number_counters,
    payment_allocations,
    payment_records,
    service_catalog,
    service_catalog_prices,
    trusted_documents,
    users,
)
from tests.support.rows import A_DAY, A_MOMENT, Rows, fact, record

Changes = dict[str, Any] | Callable[[Rows], dict[str, Any]]

MISSING = uuid4()
NAN, INFINITY, HUGE = Decimal("NaN"), Decimal("Infinity"), Decimal("1e30")
MOST = Decimal(10) ** 12
ABOVE = MOST + 1
DAY_MIN, DAY_MAX = date(1999, 12, 31), date(2100, 1, 1)


def texts(table: str, empty_allowed: bool, **length_max: int) -> dict[str, list[Changes]]:
    """Too long, and empty where it must not be."""
    return {
        f"{table}_{column}_check": [{column: "X" * (most + 1)}, *([] if empty_allowed else [{column: ""}])]
        for column, most in length_max.items()
    }


def same(table: Table, *columns: str) -> list[Changes]:
    """What is there already."""
    return [lambda rows: {column: rows.there[table][column] for column in columns}]


def no_amount(column: str, **also: Any) -> list[Changes]:
    """Not an amount of dollars."""
    bad = [NAN, INFINITY, -INFINITY, HUGE, MOST + Decimal("0.01"), *map(Decimal, ("1", "1.0", "1.005", "1.000"))]
    return [{column: value, **also} for value in bad]


CASES: dict[Table, dict[str, list[Changes]]] = {
    divisions: {
        "divisions_pkey": same(divisions, "id"),
        "divisions_code_key": same(divisions, "code"),
        "divisions_name_key": same(divisions, "name"),
        "divisions_code_check": [{"code": code} for code in ("", "it", "1T", "I_T", "I--T", "IT-", "ÄB", "X" * 33)],
        "divisions_check": [{"id": MISSING, "parent_id": MISSING}],
        "divisions_version_check": [{"version": 0}],
        "divisions_parent_id_fkey": [{"parent_id": MISSING}],
        **texts("divisions", False, name=200),
        **texts("divisions", True, cost_centre=64, gl_code=64),
    },
    users: {
        "users_pkey": same(users, "id"),
        "users_name_key": same(users, "name"),
        "users_role_check": [{"role": role} for role in ("", "OWNER", "superadmin")],
        "users_version_check": [{"version": 0}],
        "users_division_id_fkey": [{"division_id": MISSING}],
        **texts("users", False, name=200, display_name=200),
    },
    service_catalog: {
        "service_catalog_pkey": same(service_catalog, "id"),
        "service_catalog_sku_key": same(service_catalog, "sku"),
        "service_catalog_version_check": [{"version": 0}],
        "service_catalog_provider_division_id_fkey": [{"provider_division_id": MISSING}],
        **texts("service_catalog", False, sku=128, name=200, category=200, unit=64),
        **texts("service_catalog", True, description=2000),
    },
    service_catalog_prices: {
        "service_catalog_prices_pkey": same(service_catalog_prices, "id"),
        "service_catalog_prices_catalog_item_id_currency_valid_from_key": same(
            service_catalog_prices, "catalog_item_id", "currency", "valid_from"
        ),
        "service_catalog_prices_currency_check": [{"currency": code} for code in ("", "usd", "XXX", "USDX")],
        "service_catalog_prices_valid_from_check": [{"valid_from": day} for day in (DAY_MIN, DAY_MAX, date.max)],
        **{
            f"service_catalog_prices_{column}_check": [{column: value} for value in (NAN, ABOVE, Decimal("-0.01"))]
            for column in ("unit_price", "cost_price")
        },
        "service_catalog_prices_catalog_item_id_fkey": [{"catalog_item_id": MISSING}],
        "service_catalog_prices_created_by_fkey": [{"created_by": MISSING}],
    },
    imports: {
        "imports_pkey": same(imports, "id"),
        "imports_kind_provider_division_id_content_hash_key": same(imports, "content_hash"),
        "imports_kind_check": [{"kind": "CSV"}],
        "imports_content_hash_check": [{"content_hash": bytes(31)}],
        "imports_provider_division_id_fkey": [{"provider_division_id": MISSING}],
        "focus_has_provider": [{"provider_division_id": None}],
        "imports_imported_by_fkey": [{"imported_by": MISSING}],
    },
    billing_records: {
        "billing_records_pkey": same(billing_records, "id"),
        "billing_records_number": same(billing_records, "number"),
        "billing_records_lifecycle_check": [{"lifecycle": "OPEN"}],
        "billing_records_version_check": [{"version": 0}],
        "billing_records_number_check": [{"number": "X" * 65}],
        **texts("billing_records", True, from_note=2000, to_note=2000, void_reason=2000),
        **texts("billing_records", True, from_gl_code=64, to_gl_code=64),
        "different_divisions": [lambda rows: {"to_division_id": rows.world.divisions["IT"]}],
        "period_in_order": [
            {"period_start": date(2026, 2, 1)},
            {"period_start": DAY_MIN},
            {"period_start": date(2099, 12, 31), "period_end": DAY_MAX},
            {"period_start": date(2025, 1, 1), "period_end": date(2026, 1, 2)},
            {"period_end": date.max},
        ],
        "draft_or_numbered": [{"number": ""}, lambda rows: draft(rows, number="IT-1")],
        "draft_or_issued": [{"issue_date": date.max}, lambda rows: draft(rows, issue_date=A_DAY)],
        "due_after_issue": [{"due_date": day} for day in (date(2026, 1, 14), DAY_MAX, date.max)],
        "amounts_in_currency": [
            *no_amount("total"),
            *no_amount("credited_amount"),
            *no_amount("confirmed_amount"),
            *no_amount("pending_amount"),
            *({"currency": code} for code in ("", "usd", "XXX", "JPY", "KWD")),
        ],
        "amounts_not_negative": [
            {column: Decimal("-0.01")} for column in ("total", "credited_amount", "confirmed_amount", "pending_amount")
        ],
        "never_paid_above_total": [
            *({column: Decimal("100.01")} for column in ("credited_amount", "confirmed_amount", "pending_amount")),
            {"confirmed_amount": Decimal("50.00"), "pending_amount": Decimal("50.01")},
        ],
        "money_only_when_issued": [
            lambda rows: draft(rows, pending_amount=Decimal("0.01")),
            lambda rows: draft(rows, disputed=True),
            {"lifecycle": "VOID", "voided_at": A_MOMENT, "confirmed_amount": Decimal("0.01")},
            {"lifecycle": "VOID", "voided_at": A_MOMENT, "disputed": True},
        ],
        "voided_with_time": [
            {"lifecycle": "VOID"},
            {"voided_at": A_MOMENT},
            lambda rows: draft(rows, voided_at=A_MOMENT),
        ],
        "billing_records_from_division_id_fkey": [{"from_division_id": MISSING}],
        "billing_records_to_division_id_fkey": [{"to_division_id": MISSING}],
        "billing_records_created_by_fkey": [{"created_by": MISSING}],
        "billing_records_import_id_fkey": [{"import_id": MISSING}],
        "billing_records_replaces_id_fkey": [{"replaces_id": MISSING}],
        "billing_records_check": [{"id": MISSING, "replaces_id": MISSING}],
    },
    billing_line_items: {
        "billing_line_items_pkey": same(billing_line_items, "id"),
        "billing_line_items_billing_record_id_position_key": same(billing_line_items, "position"),
        "billing_line_items_position_check": [{"position": 0}],
        **texts("billing_line_items", False, name=200),
        **texts("billing_line_items", True, description=2000, unit=64, price_override_reason=2000),
        "billing_line_items_quantity_check": [
            {"quantity": sign * ABOVE, "unit_price": 0, "amount": Decimal("0.00"), "unrounded_amount": 0}
            for sign in (1, -1)
        ],
        "billing_line_items_unit_price_check": [
            {"unit_price": sign * ABOVE, "quantity": 0, "amount": Decimal("0.00"), "unrounded_amount": 0}
            for sign in (1, -1)
        ],
        "amount_in_currency": [
            {"amount": value, "unit_price": value, "unrounded_amount": value}
            for value in map(Decimal, ("1", "1.0", "1.005", "1.000"))
        ],
        "amount_is_quantity_times_price": [
            {"amount": Decimal("1.01"), "unrounded_amount": Decimal("1.01")},
            {"quantity": Decimal("1.0051"), "unrounded_amount": Decimal("1.0051")},
            {"amount": Decimal("-1.00"), "unrounded_amount": Decimal("-1.00")},
            {"quantity": NAN},
            {"unit_price": NAN},
        ],
        "rounded_by_less_than_a_unit": [{"unrounded_amount": value} for value in map(Decimal, ("1.01", "0.99", "NaN"))],
        "billing_line_items_billing_record_id_from_division_id_to_d_fkey": [
            {"billing_record_id": MISSING},
            {"currency": "EUR"},
            lambda rows: {"to_division_id": rows.world.divisions["HR"]},
            lambda rows: {"from_division_id": rows.world.divisions["HR"]},
        ],
        "billing_line_items_catalog_item_id_fkey": [{"catalog_item_id": MISSING}],
    },
    imported_records: {
        "imported_records_pkey": same(imported_records, "external_id"),
        "imported_records_billing_record_id_key": same(imported_records, "billing_record_id"),
        **texts("imported_records", False, external_id=64),
        "imported_records_content_hash_check": [{"content_hash": bytes(31)}],
        "imported_records_from_division_id_fkey": [{"from_division_id": MISSING}],
        "imported_records_billing_record_id_fkey": [{"billing_record_id": MISSING}],
    },
    payment_records: {
        "payment_records_pkey": same(payment_records, "id"),
        "payment_reference": [
            *same(payment_records, "reference"),
            lambda rows: {"reference": rows.there[payment_records]["reference"], **decided(rows, "CONFIRMED")},
        ],
        "payment_records_status_check": [lambda rows: decided(rows, "PAID")],
        "payment_records_method_check": [{"method": "CASH"}],
        "payment_records_paid_on_check": [{"paid_on": day} for day in (DAY_MIN, DAY_MAX, date.max)],
        "payment_records_version_check": [{"version": 0}],
        **texts("payment_records", False, reference=64),
        **texts("payment_records", True, note=2000, decision_reason=2000, reversal_reason=2000),
        "different_divisions": [lambda rows: {"to_division_id": rows.world.divisions["IT"]}],
        "amount_in_currency": [
            *no_amount("amount"),
            *({"amount": Decimal(value)} for value in ("0.00", "-1.00")),
            *({"currency": code} for code in ("", "usd", "XXX", "JPY", "KWD")),
        ],
        "decided_with_time": [
            {"status": "CONFIRMED"},
            {"decided_at": A_MOMENT},
            {"status": "CANCELLED", "decided_at": A_MOMENT},
            lambda rows: {**decided(rows, "CANCELLED"), "decided_at": None},
            lambda rows: {**decided(rows, "REJECTED"), "status": "PENDING"},
        ],
        "four_eyes": [
            lambda rows: decided(rows, "CONFIRMED", by="coordinator-mkt"),
            lambda rows: decided(rows, "REJECTED", by="coordinator-mkt"),
            lambda rows: decided(rows, "REVERSED", by="coordinator-mkt"),
        ],
        "reversed_with_time": [
            {"reversed_at": A_MOMENT},
            {"reversal_reason": "Why?"},
            lambda rows: {"reversed_by": rows.world.users["billing-admin"]},
            *(
                lambda rows, left_out=left_out: {**decided(rows, "REVERSED"), **left_out}
                for left_out in ({"reversed_at": None}, {"reversed_by": None}, {"reversal_reason": ""})
            ),
            lambda rows: {**decided(rows, "REVERSED"), "status": "CONFIRMED"},
        ],
        "payment_records_reversed_by_fkey": [lambda rows: {**decided(rows, "REVERSED"), "reversed_by": MISSING}],
        "payment_records_from_division_id_fkey": [{"from_division_id": MISSING}],
        "payment_records_to_division_id_fkey": [{"to_division_id": MISSING}],
        "payment_records_recorded_by_fkey": [{"recorded_by": MISSING}],
        "payment_records_decided_by_fkey": [lambda rows: {**decided(rows, "CONFIRMED"), "decided_by": MISSING}],
    },
    payment_allocations: {
        "payment_allocations_pkey": same(payment_allocations, "id"),
        "payment_allocations_payment_id_billing_record_id_key": same(payment_allocations, "billing_record_id"),
        "amount_in_currency": [
            *no_amount("amount"),
            *({"amount": Decimal(value)} for value in ("0.00", "-1.00")),
            *({"currency": code} for code in ("usd", "XXX")),
        ],
        "payment_allocations_payment_id_from_division_id_to_divisio_fkey": [{"payment_id": MISSING}],
        "payment_allocations_billing_record_id_from_division_id_to__fkey": [{"billing_record_id": MISSING}],
    },
    disputes: {
        "disputes_pkey": same(disputes, "id"),
        "disputes_status_check": [{"status": "CLOSED"}],
        "disputes_version_check": [{"version": 0}],
        **texts("disputes", False, reason=2000),
        **texts("disputes", True, resolution=2000),
        "closed_with_time": [
            {"status": "OPEN"},
            {"closed_at": None},
            {"closed_by": None},
            {"status": "OPEN", "closed_at": None},
        ],
        "disputes_billing_record_id_from_division_id_to_division_id_fkey": [
            {"billing_record_id": MISSING},
            {"currency": "EUR"},
            lambda rows: {"to_division_id": rows.world.divisions["HR"]},
        ],
        "disputes_opened_by_fkey": [{"opened_by": MISSING}],
        "disputes_closed_by_fkey": [{"closed_by": MISSING}],
    },
    ledger_transactions: {
        "ledger_transactions_pkey": same(ledger_transactions, "id"),
        "issued_once": same(ledger_transactions, "billing_record_id"),
        "ledger_transactions_kind_check": [lambda rows: {**fact(rows, "VOID"), "kind": "GIFT"}],
        "ledger_transactions_entry_count_check": [{"entry_count": count} for count in (-4, 0, 1, 6)],
        "ledger_transactions_posted_on_check": [{"posted_on": day} for day in (DAY_MIN, DAY_MAX, date.max)],
        "of_its_fact": [
            {"billing_record_id": None},
            {"kind": "CONFIRMATION"},
            *(
                lambda rows, kind=kind, other=other: {**fact(rows, kind), **fact(rows, other), "kind": kind}
                for kind, other in (("ISSUE", "CONFIRMATION"), ("VOID", "CREDIT"), ("REVERSAL", "VOID"))
            ),
            lambda rows: {**fact(rows, "CREDIT"), "credit_note_id": None},
            lambda rows: {**fact(rows, "REVERSAL"), "payment_id": None},
        ],
        "corrections_point": [
            lambda rows: {"corrects_id": rows.id_of(ledger_transactions)},
            *(
                lambda rows, kind=kind: {**fact(rows, kind), "corrects_id": None}
                for kind in ("VOID", "CREDIT", "REVERSAL")
            ),
        ],
        "ledger_transactions_corrects_id_fkey": [lambda rows: {**fact(rows, "CREDIT"), "corrects_id": 1}],
        "ledger_transactions_posted_by_fkey": [{"posted_by": MISSING}],
        "ledger_transactions_billing_record_id_from_division_id_to__fkey": [
            {"billing_record_id": MISSING},
            {"currency": "EUR"},
            lambda rows: {"to_division_id": rows.world.divisions["HR"]},
        ],
        "ledger_transactions_payment_id_from_division_id_to_divisio_fkey": [
            lambda rows: {**fact(rows, "CONFIRMATION"), "payment_id": MISSING},
            lambda rows: {**fact(rows, "CONFIRMATION"), "currency": "EUR"},
        ],
        "ledger_transactions_credit_note_id_from_division_id_to_div_fkey": [
            lambda rows: {**fact(rows, "CREDIT"), "credit_note_id": MISSING},
        ],
    },
    ledger_entries: {
        "ledger_entries_pkey": same(ledger_entries, "transaction_id", "position"),
        "none_beyond_the_count": [{"position": 0}, {"position": 5}],
        "amount_in_currency": [*no_amount("amount"), *({"currency": code} for code in ("usd", "XXX", "JPY", "KWD"))],
        "account_of_its_side": [
            {"account": "CASH"},
            {"account": "PAYABLE"},
            {"account": "EXPENSE"},
            lambda rows: {"division_id": rows.world.divisions["MKT"]},
            lambda rows: {"division_id": rows.world.divisions["MKT"], "account": "REVENUE"},
            *(
                lambda rows, account=account: {"division_id": rows.world.divisions["HR"], "account": account}
                for account in ("RECEIVABLE", "PAYABLE", "SETTLEMENT")
            ),
        ],
        "ledger_entries_transaction_id_entry_count_fkey": [{"transaction_id": 1}, {"entry_count": 8}],
        "ledger_entries_billing_record_id_from_division_id_to_divis_fkey": [
            {"billing_record_id": MISSING},
            {"currency": "EUR"},
            lambda rows: {"to_division_id": rows.world.divisions["HR"]},
        ],
    },
    credit_notes: {
        "credit_notes_pkey": same(credit_notes, "id"),
        "credit_notes_number": same(credit_notes, "number"),
        **texts("credit_notes", False, number=64, reason=2000),
        "credit_notes_line_count_check": [{"line_count": -1}],
        "credit_notes_issue_date_check": [{"issue_date": day} for day in (DAY_MIN, DAY_MAX, date.max)],
        "amount_in_currency": [
            *no_amount("amount"),
            *({"amount": Decimal(value)} for value in ("0.00", "-1.00")),
            *({"currency": code} for code in ("usd", "XXX", "JPY", "KWD")),
        ],
        "credit_notes_billing_record_id_from_division_id_to_divisio_fkey": [
            {"billing_record_id": MISSING},
            {"currency": "EUR"},
            lambda rows: {"to_division_id": rows.world.divisions["HR"]},
        ],
        "credit_notes_dispute_id_fkey": [{"dispute_id": MISSING}],
        "credit_notes_issued_by_fkey": [{"issued_by": MISSING}],
    },
    credit_note_lines: {
        "credit_note_lines_pkey": same(credit_note_lines, "id"),
        "credit_note_lines_credit_note_id_position_key": same(credit_note_lines, "credit_note_id", "position"),
        "credit_note_lines_credit_note_id_billing_line_item_id_key": [
            lambda rows: {"credit_note_id": rows.id_of(credit_notes), "position": 2}
        ],
        "none_beyond_the_count": [{"position": 0}, {"position": 3}],
        "amount_in_currency": [
            *no_amount("amount"),
            *({"amount": Decimal(value)} for value in ("0.00", "-1.00")),
            *({"currency": code} for code in ("usd", "XXX", "JPY", "KWD")),
        ],
        "credit_note_lines_billing_line_item_id_fkey": [{"billing_line_item_id": MISSING}],
        "credit_note_lines_credit_note_id_line_count_fkey": [{"credit_note_id": MISSING}, {"line_count": 3}],
        "credit_note_lines_credit_note_id_from_division_id_to_divis_fkey": [
            {"currency": "EUR"},
            lambda rows: {"to_division_id": rows.world.divisions["HR"]},
            lambda rows: {"from_division_id": rows.world.divisions["HR"]},
        ],
    },
    credit_note_counters: {
        "credit_note_counters_pkey": same(credit_note_counters, "year"),
        "credit_note_counters_year_check": [{"year": 1999}, {"year": 2100}],
        "credit_note_counters_last_number_check": [{"last_number": 0}],
        "credit_note_counters_division_id_fkey": [{"division_id": MISSING}],
    },
    due_date_changes: {
        "due_date_changes_pkey": same(due_date_changes, "id"),
        "due_date_changes_check": [{"due_date": date(2026, 2, 14)}],
        "due_date_changes_billing_record_id_from_division_id_to_div_fkey": [
            {"billing_record_id": MISSING},
            {"currency": "EUR"},
            lambda rows: {"to_division_id": rows.world.divisions["HR"]},
        ],
        "due_date_changes_changed_by_fkey": [{"changed_by": MISSING}],
    },
    audit_events: {
        "audit_events_pkey": same(audit_events, "id"),
        "a_refusal_has_a_code": [{"kind": "REFUSAL"}, {"code": "FORBIDDEN"}],
        "audit_events_kind_check": [{"kind": "SECRET"}],
        "audit_events_code_check": [{"kind": "REFUSAL", "code": "X" * 65}],
        **texts("audit_events", False, operation=64),
        **texts("audit_events", True, request_id=64),
        "audit_events_actor_id_fkey": [{"actor_id": MISSING}],
    },
    audit_chain: {
        "audit_chain_pkey": same(audit_chain, "sequence"),
        "audit_chain_audit_event_id_key": same(audit_chain, "audit_event_id"),
        "audit_chain_sequence_check": [{"sequence": 0}],
        "audit_chain_hash_check": [{"hash": bytes(31)}],
        "audit_chain_audit_event_id_fkey": [{"audit_event_id": MISSING}],
    },
    integrity_checks: {
        "integrity_checks_pkey": same(integrity_checks, "id"),
        "integrity_checks_status_check": [{"status": "GREEN"}],
        "finished_with_time": [{"status": "RUNNING"}, {"finished_at": None}],
        "integrity_checks_started_by_fkey": [{"started_by": MISSING}],
    },
    integrity_check_results: {
        "integrity_check_results_pkey": same(integrity_check_results, "position"),
        "integrity_check_results_position_check": [{"position": 0}],
        "integrity_check_results_rows_checked_check": [{"rows_checked": -1}],
        "integrity_check_results_fault_count_check": [{"fault_count": -1}],
        "integrity_check_results_integrity_check_id_fkey": [{"integrity_check_id": MISSING}],
    },
    trusted_documents: {
        "trusted_documents_pkey": same(trusted_documents, "id"),
        "trusted_documents_hash_key": same(trusted_documents, "hash"),
        "trusted_documents_hash_check": [{"hash": "0" * 63}, {"hash": "0" * 65}, {"hash": "A" * 64}],
        **texts("trusted_documents", empty_allowed=False, name=200, text=1_000_000),
    },
    number_counters: {
        "number_counters_pkey": same(number_counters, "year"),
        "number_counters_year_check": [{"year": 1999}, {"year": 2100}],
        "number_counters_last_number_check": [{"last_number": 0}],
        "number_counters_division_id_fkey": [{"division_id": MISSING}],
    },
    idempotency_keys: {
        "idempotency_keys_pkey": same(idempotency_keys, "key"),
        "idempotency_keys_input_hash_check": [{"input_hash": bytes(31)}],
        "idempotency_keys_key_check": [{"key": ""}, {"key": "k" * 256}],
        "idempotency_keys_operation_check": [{"operation": "x" * 65}],
        "idempotency_keys_user_id_fkey": [{"user_id": MISSING}],
    },
}

ELSEWHERE = {
    ("billing_records", "billing_records_settlement_check"): "the column is computed, of these values only",
    ("billing_records", "parties_and_currency"): "contains the primary key; foreign keys point at it",
    ("payment_records", "payment_parties_and_currency"): "contains the primary key; foreign keys point at it",
    ("payment_records", "payment_is_fully_allocated"): "test_allocations.py",
    ("payment_allocations", "payment_is_fully_allocated"): "test_allocations.py",
    ("disputes", "one_open_dispute"): "test_a_record_has_one_open_dispute",
    ("billing_records", "replaced_once"): "test_a_record_is_replaced_once",
    **{
        ("ledger_transactions", f"{name}_once"): "test_a_fact_is_posted_once"
        for name in ("void", "confirmed", "reversed", "credited")
    },
    ("ledger_transactions", "ledger_transaction_is_balanced"): "test_ledger.py",
    ("ledger_transactions", "ledger_transaction_size"): "contains the primary key; a foreign key points at it",
    ("credit_notes", "credit_note_is_sum_of_lines"): "test_credit_notes.py",
    ("credit_notes", "credit_note_size"): "contains the primary key; a foreign key points at it",
    ("credit_notes", "credit_note_parties_and_currency"): "contains the primary key; foreign keys point at it",
    ("alembic_version", "alembic_version_pkc"): "Alembic's",
}


def draft(rows: Rows, **changes: Any) -> dict[str, Any]:
    """The changes that make a draft of an issued record, and further ones."""
    unissued = {"number": "", "issue_date": date.max, "due_date": date.max}
    return {**unissued, **record(rows.world, "DRAFT"), **changes}


def decided(rows: Rows, status: str, by: str = "coordinator-it") -> dict[str, Any]:
    decision = {"status": status, "decided_at": A_MOMENT, "decided_by": rows.world.users[by]}
    if status != "REVERSED":
        return decision
    admin = rows.world.users["billing-admin"]
    return {**decision, "reversed_at": A_MOMENT, "reversed_by": admin, "reversal_reason": "Sent back."}
