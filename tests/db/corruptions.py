"""What no service would write: for each invariant the ways to break it, which thing is then named, and what breaks too.

`{name}` stands for the id of that name in `tests/support/books.py`. Foreign keys and triggers are off meanwhile; where
a CHECK would refuse, it is dropped first, as it might be by someone who may do that.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_REHASHED = """
    DO $$
    DECLARE link record; before bytea := decode(repeat('00', 32), 'hex');
    BEGIN
        FOR link IN SELECT c.sequence, audit_digest(e) AS digest FROM audit_chain AS c
                    JOIN audit_events AS e ON e.id = c.audit_event_id ORDER BY c.sequence LOOP
            before := sha256(before || link.digest);
            UPDATE audit_chain SET hash = before WHERE sequence = link.sequence;
        END LOOP;
    END $$
"""
"""What someone would do who knows how the chain is made."""

_MISSING = "00000000-0000-7000-8000-00000000dead"
_REPLAYS = ("records_replay_from_payable", "records_replay_from_receivable")


@dataclass(frozen=True)
class Corruption:
    """Statements, the ids of what is wrong then, and the other invariants that do not hold any more."""

    statements: tuple[str, ...]
    ids: tuple[str, ...]
    also: tuple[str, ...] = ()


def _set(table: str, values: str, where: str, *ids: str, also: tuple[str, ...] = (), drop: str = "") -> Corruption:
    """Other values for some rows; without the constraint that would refuse them."""
    dropped = (f"ALTER TABLE {table} DROP CONSTRAINT {drop}",) if drop else ()
    return Corruption((*dropped, f"UPDATE {table} SET {values} WHERE {where}"), ids, also)


def _entry(transaction: str, account: str, change: str) -> str:
    return f"UPDATE ledger_entries SET {change} WHERE transaction_id = {{{transaction}}} AND account = '{account}'"


def _shifted(transaction: str, account: str, other: str, of: str = "true") -> tuple[str, ...]:
    """A cent from one account to another of the same books, for each record: it stays balanced."""
    return (
        _entry(transaction, account, "amount = amount - 0.01") + f" AND {of}",
        _entry(transaction, other, "amount = amount + 0.01") + f" AND {of}",
    )


def _unposted(*transactions: str) -> tuple[str, ...]:
    """Takes transactions out of the ledger with all their entries."""
    some = ", ".join(f"{{{name}}}" for name in transactions)
    return (
        f"DELETE FROM ledger_entries WHERE transaction_id IN ({some})",
        f"DELETE FROM ledger_transactions WHERE id IN ({some})",
    )


def _posted(kind: str, record: str, amount: str, day: str, corrects: str = "NULL") -> tuple[str, ...]:
    """Adds a balanced transaction of a kind, that no fact is behind."""
    header = "from_division_id, to_division_id, currency"
    return (
        f"""
        INSERT INTO ledger_transactions (kind, {header}, billing_record_id, corrects_id, entry_count, posted_on,
                                         posted_at, posted_by)
        SELECT '{kind}', {header}, id, {corrects}, 4, '{day}', now(), created_by
        FROM billing_records WHERE id = '{{{record}}}'
        """,
        f"""
        INSERT INTO ledger_entries (transaction_id, position, entry_count, division_id, account, amount, posted_on,
                                    billing_record_id, {header})
        SELECT t.id, leg.position, 4, leg.division_id, leg.account, leg.sign * {amount}, t.posted_on,
               t.billing_record_id, {header}
        FROM (SELECT * FROM ledger_transactions ORDER BY id DESC LIMIT 1) AS t
        CROSS JOIN LATERAL (VALUES
            (1, t.from_division_id, 'RECEIVABLE', 1), (2, t.from_division_id, 'REVENUE', -1),
            (3, t.to_division_id, 'EXPENSE', 1), (4, t.to_division_id, 'PAYABLE', -1)
        ) AS leg (position, division_id, account, sign)
        """,
    )


def _disputed(record: str, status: str) -> str:
    closed = "NULL, NULL" if status == "OPEN" else "now(), created_by"
    return f"""
        INSERT INTO disputes (id, billing_record_id, from_division_id, to_division_id, currency, status, reason,
                              opened_by, closed_at, closed_by)
        SELECT '{_MISSING}', id, from_division_id, to_division_id, currency, '{status}', 'Why?', created_by, {closed}
        FROM billing_records WHERE id = '{{{record}}}'
    """


def _without(table: str, constraint: str) -> str:
    return f"ALTER TABLE {table} DROP CONSTRAINT {constraint}"


CORRUPTIONS: dict[str, list[Corruption]] = {
    "amounts_have_their_currency_places": [
        _set("billing_records", "total = 10.000", "id = '{draft}'", "{draft}", drop="amounts_in_currency"),
        _set("billing_records", "pending_amount = 0", "id = '{paid}'", "{paid}", drop="amounts_in_currency"),
        _set("billing_line_items", "amount = 10.0", "id = '{draft_1}'", "{draft_1}", drop="amount_in_currency"),
        _set("payment_records", "amount = 1000.0", "id = '{rejected}'", "{rejected}", drop="amount_in_currency"),
        _set(
            "payment_allocations",
            "amount = 40",
            "payment_id = '{pending}'",
            "{pending_of_open}",
            drop="amount_in_currency",
        ),
        _set("credit_notes", "amount = 20", "id = '{note}'", "{note}", drop="amount_in_currency"),
        _set("credit_note_lines", "amount = 10.000", "id = '{note_1}'", "{note_1}", drop="amount_in_currency"),
        _set(
            "ledger_entries",
            "amount = amount::numeric(20, 3)",
            "transaction_id = {issue_free} AND position = 2",
            "{issue_free}/2",
            drop="amount_in_currency",
        ),
    ],
    "audit_chain_follows_transactions": [
        Corruption(
            (
                "UPDATE audit_chain SET sequence = sequence + 10 WHERE sequence IN (2, 3)",
                "UPDATE audit_chain SET sequence = 15 - sequence WHERE sequence > 10",
                _REHASHED,
            ),
            ("3",),
        ),
        Corruption(
            (
                "UPDATE audit_chain SET sequence = sequence + 10 WHERE sequence IN (1, 2)",
                "UPDATE audit_chain SET sequence = 13 - sequence WHERE sequence > 10",
                _REHASHED,
            ),
            ("2",),
        ),
    ],
    "audit_chain_has_no_gap": [
        _set("audit_chain", "sequence = 4", "sequence = 3", "4"),
        Corruption(("DELETE FROM audit_chain WHERE sequence = 1", _REHASHED), ("2",), ("audit_chain_skips_no_event",)),
    ],
    "audit_chain_hashes_agree": [
        _set("audit_events", "operation = 'void_billing_record'", "id = '{event_2}'", "2"),
        _set("audit_events", "changes = '[]'", "id = '{event_3}'", "3"),
        _set("audit_events", "actor_id = '{it}'", "id = '{event_1}'", "1"),
        _set("audit_events", "occurred_at = occurred_at + interval '1 microsecond'", "id = '{event_1}'", "1"),
        _set("audit_chain", "hash = sha256(hash)", "sequence = 2", "2", "3"),
    ],
    "audit_chain_keeps_its_events": [
        Corruption(("DELETE FROM audit_events WHERE id = '{event_2}'",), ("2",), ("audit_chain_hashes_agree",)),
        _set("audit_chain", "xact_id = 250", "sequence = 3", "3"),
    ],
    "audit_chain_skips_no_event": [
        _set("audit_events", "xact_id = 150", "id = '{event_4}'", "{event_4}"),
        Corruption(
            ("DELETE FROM audit_chain WHERE sequence = 2", _REHASHED), ("{event_2}",), ("audit_chain_has_no_gap",)
        ),
    ],
    "credit_note_lines_stay_within_the_line": [
        Corruption(
            (
                "UPDATE credit_note_lines SET amount = 9.99 WHERE id = '{note_1}'",
                "UPDATE credit_note_lines SET amount = 10.01 WHERE id = '{note_2}'",
            ),
            ("{partly_2}",),
        ),
        _set(
            "credit_note_lines",
            f"billing_line_item_id = '{_MISSING}'",
            "id = '{note_1}'",
            _MISSING,
            also=("credit_notes_add_up",),
        ),
    ],
    "credit_note_numbers_are_well_formed": [
        _set("credit_notes", f"number = '{number}'", "id = '{whole_note}'", "{whole_note}")
        for number in (
            "IT-2026-CN2",
            "IT-2026-CN000002",
            "IT-2026-00002",
            "IT-2026-cn00002",
            "IT-2025-CN00002",
            "MKT-2026-CN00002",
            "IT-2026-CN00002 00002",
        )
    ],
    "credit_note_numbers_have_no_gap": [
        _set("credit_notes", "number = 'IT-2026-CN00003'", "id = '{whole_note}'", "IT-2026-CN"),
        _set("credit_notes", "number = 'IT-2026-CN100000'", "id = '{whole_note}'", "IT-2026-CN"),
        _set("credit_notes", "number = 'IT-2026-CN00000'", "id = '{note}'", "IT-2026-CN"),
        _set("credit_note_counters", "last_number = 3", "true", "IT-2026-CN"),
        Corruption(("DELETE FROM credit_note_counters",), ("IT-2026-CN",)),
        Corruption(("INSERT INTO credit_note_counters VALUES ('{mkt}', 2027, 1)",), ("MKT-2027-CN",)),
    ],
    "credit_notes_add_up": [
        _set("credit_note_lines", "amount = amount + 0.01", "id = '{note_1}'", "{note}"),
        _set("credit_note_lines", "billing_line_item_id = '{open_1}'", "id = '{note_1}'", "{note}"),
        _set("credit_notes", "line_count = 3", "id = '{note}'", "{note}"),
        _set("credit_notes", "line_count = 1", "id = '{whole_note}'", "{whole_note}"),
        _set("credit_note_lines", "position = 3", "id = '{note_2}'", "{note}", drop="none_beyond_the_count"),
    ],
    "credit_notes_are_posted_once": [
        Corruption(_unposted("credit_whole_note"), ("{whole_note}",), _REPLAYS),
        Corruption(
            ("UPDATE ledger_entries SET amount = 2 * amount WHERE transaction_id = {credit_note}",),
            ("{note}",),
            _REPLAYS,
        ),
        _set(
            "ledger_transactions",
            "billing_record_id = '{open}'",
            "id = {credit_note}",
            "{note}",
            also=("ledger_corrections_point_back", "ledger_entries_fit_their_transaction"),
        ),
    ],
    "credit_notes_of_disputes_are_upheld": [
        _set("disputes", "status = 'REJECTED'", "id = '{upheld_dispute}'", "{whole_note}"),
        _set("credit_notes", "dispute_id = '{upheld_dispute}'", "id = '{note}'", "{note}"),
        _set("credit_notes", f"dispute_id = '{_MISSING}'", "id = '{whole_note}'", "{whole_note}"),
    ],
    "disputes_fit_their_status": [
        _set(
            "disputes", "closed_at = NULL", "id = '{rejected_dispute}'", "{rejected_dispute}", drop="closed_with_time"
        ),
        _set(
            "disputes", "closed_by = NULL", "id = '{withdrawn_dispute}'", "{withdrawn_dispute}", drop="closed_with_time"
        ),
        _set("disputes", "closed_at = now()", "id = '{open_dispute}'", "{open_dispute}", drop="closed_with_time"),
        _set("disputes", "resolution = 'So be it.'", "id = '{open_dispute}'", "{open_dispute}"),
    ],
    "drafts_have_no_money": [
        Corruption((_disputed("draft", "REJECTED"),), ("{draft}",)),
        _set(
            "billing_records",
            "disputed = true",
            "id = '{draft}'",
            "{draft}",
            also=("records_follow_open_disputes",),
            drop="money_only_when_issued",
        ),
        *(
            _set(
                "billing_records",
                f"{amount}_amount = 1.00",
                "id = '{draft}'",
                "{draft}",
                also=(also,),
                drop="money_only_when_issued",
            )
            for amount, also in {
                "credited": "records_count_credit_notes",
                "confirmed": "records_count_confirmed_payments",
                "pending": "records_count_pending_payments",
            }.items()
        ),
    ],
    "drafts_have_no_postings": [
        Corruption(
            _posted("ISSUE", "draft", "10.00", "2026-03-02"), ("{draft}",), ("ledger_is_posted_on_the_day_of_the_fact",)
        ),
    ],
    "due_date_changes_form_a_chain": [
        _set("billing_records", "due_date = '2026-04-16'", "id = '{open}'", "{open}"),
        _set("due_date_changes", "due_date = '2026-04-09'", "due_date = '2026-04-08'", "{open}"),
        _set("due_date_changes", "billing_record_id = '{paid}'", "due_date = '2026-04-08'", "{paid}"),
    ],
    "idempotency_keys_name_what_exists": [
        _set(
            "idempotency_keys",
            f'changed = \'{{{{"payment": "{_MISSING}"}}}}\'',
            "operation = 'confirm_payment'",
            _MISSING,
        ),
        Corruption(("DELETE FROM idempotency_keys WHERE operation = 'delete_draft_billing_record'",), ("{gone}",)),
        Corruption(
            (
                f"UPDATE idempotency_keys SET changed = replace(changed::text, '{{confirmed}}', '{_MISSING}')::jsonb "
                "WHERE operation = 'confirm_payments'",
            ),
            (_MISSING,),
        ),
        Corruption(
            (
                f"UPDATE idempotency_keys SET changed = replace(changed::text, '{{partly}}', '{_MISSING}')::jsonb "
                "WHERE operation = 'confirm_payment'",
            ),
            (_MISSING,),
        ),
    ],
    "ledger_corrections_point_back": [
        *(
            _set("ledger_transactions", "corrects_id = {issue_open}", f"id = {{{name}}}", f"{{{name}}}")
            for name in ("void_void", "credit_note", "reversal_taken_back")
        ),
        _set(
            "ledger_transactions",
            "corrects_id = {confirmation_confirmed}",
            "id = {reversal_taken_back}",
            "{reversal_taken_back}",
        ),
        _set(
            "ledger_transactions",
            "corrects_id = NULL",
            "id = {void_void}",
            "{void_void}",
            drop="corrections_point",
        ),
        _set(
            "ledger_transactions",
            "corrects_id = {issue_open}",
            "id = {issue_paid}",
            "{issue_paid}",
            drop="corrections_point",
        ),
    ],
    "ledger_entries_fit_their_kind": [
        *(
            Corruption((_entry("issue_open", account, f"account = '{other}'"),), ("{issue_open}",), (also,))
            for account, other, also in (
                ("RECEIVABLE", "REVENUE", "records_replay_from_receivable"),
                ("REVENUE", "SETTLEMENT", "ledger_settlements_mirror"),
                ("EXPENSE", "SETTLEMENT", "ledger_settlements_mirror"),
                ("PAYABLE", "EXPENSE", "records_replay_from_payable"),
            )
        ),
        Corruption(
            (
                _entry("issue_open", "REVENUE", "account = 'SETTLEMENT'"),
                _entry("issue_open", "EXPENSE", "account = 'SETTLEMENT'"),
            ),
            ("{issue_open}",),
        ),
        Corruption(
            (
                "UPDATE ledger_entries SET account = 'REVENUE' WHERE transaction_id = {confirmation_confirmed} "
                "AND account = 'SETTLEMENT' AND division_id = from_division_id",
                "UPDATE ledger_entries SET account = 'EXPENSE' WHERE transaction_id = {confirmation_confirmed} "
                "AND account = 'SETTLEMENT'",
            ),
            ("{confirmation_confirmed}",),
        ),
        Corruption(
            (
                "UPDATE ledger_entries SET amount = -amount WHERE transaction_id IN ({confirmation_taken_back}, "
                "{reversal_taken_back})",
            ),
            ("{confirmation_taken_back}", "{reversal_taken_back}"),
            ("payments_are_posted_as_allocated",),
        ),
    ],
    "ledger_entries_fit_their_transaction": [
        Corruption(
            ("DELETE FROM ledger_entries WHERE transaction_id = {issue_free} AND position = 2",),
            ("{issue_free}",),
            ("ledger_entries_fit_their_kind",),
        ),
        _set(
            "ledger_entries",
            "posted_on = '2026-03-03'",
            "transaction_id = {issue_open} AND position = 1",
            "{issue_open}",
        ),
        _set("ledger_entries", "entry_count = 8", "transaction_id = {issue_open} AND position = 1", "{issue_open}"),
        _set("ledger_transactions", "entry_count = 8", "id = {issue_open}", "{issue_open}"),
        _set(
            "ledger_entries",
            "position = 9",
            "transaction_id = {issue_open} AND position = 4",
            "{issue_open}",
            drop="none_beyond_the_count",
        ),
        _set(
            "ledger_entries",
            "billing_record_id = '{paid}'",
            "transaction_id = {issue_open} AND account IN ('REVENUE', 'EXPENSE')",
            "{issue_open}",
            also=("ledger_entries_fit_their_kind",),
        ),
        _set(
            "ledger_entries",
            "currency = 'EUR'",
            "transaction_id = {issue_open}",
            "{issue_open}",
            also=("parties_of_ledger_entries",),
        ),
        Corruption(
            ("DELETE FROM ledger_transactions WHERE id = {issue_open}",),
            ("{issue_open}",),
            ("ledger_entries_fit_their_kind", "records_are_issued_once", *_REPLAYS),
        ),
        Corruption(("DELETE FROM ledger_entries WHERE transaction_id = {issue_free}",), ("{issue_free}",), _REPLAYS),
    ],
    "ledger_is_posted_on_the_day_of_the_fact": [
        Corruption(
            tuple(
                f"UPDATE {table} SET posted_on = posted_on + {days} WHERE {id} = {{{name}}}"
                for table, id in (("ledger_transactions", "id"), ("ledger_entries", "transaction_id"))
            ),
            (f"{{{name}}}",),
        )
        for name, days in {
            "issue_open": 1,
            "credit_note": -1,
            "void_void": 2,
            "confirmation_confirmed": -2,
            "reversal_taken_back": 2,
        }.items()
    ],
    "ledger_settlements_mirror": [
        Corruption(
            (
                "UPDATE ledger_entries SET amount = 80.00 - amount WHERE transaction_id = {confirmation_confirmed} "
                "AND account = 'SETTLEMENT' AND division_id = from_division_id",
            ),
            ("{confirmation_confirmed}",),
        ),
        Corruption(
            (
                "UPDATE ledger_entries SET account = 'REVENUE' WHERE transaction_id = {confirmation_confirmed} "
                "AND account = 'SETTLEMENT' AND division_id = from_division_id AND billing_record_id = '{paid}'",
            ),
            ("{confirmation_confirmed}",),
            ("ledger_entries_fit_their_kind",),
        ),
    ],
    "ledger_sums_to_zero": [
        Corruption(
            (_entry("issue_open", "REVENUE", "amount = amount - 0.01"),), ("USD",), ("ledger_transactions_balance",)
        ),
        Corruption(
            (_entry("issue_yen", "EXPENSE", "amount = amount + 1"),), ("JPY",), ("ledger_transactions_balance",)
        ),
    ],
    "ledger_transactions_balance": [
        Corruption(
            (
                _entry("issue_open", "REVENUE", "amount = amount - 0.01"),
                _entry("issue_paid", "REVENUE", "amount = amount + 0.01"),
            ),
            ("{issue_open}", "{issue_paid}"),
        ),
        Corruption(
            (
                _entry("issue_open", "REVENUE", "amount = amount - 0.01"),
                _entry("issue_open", "EXPENSE", "amount = amount + 0.01"),
            ),
            ("{issue_open}",),
        ),
    ],
    "line_amounts_are_rounded_once": [
        _set("billing_line_items", "unrounded_amount = 0.0050000001", "id = '{open_2}'", "{open_2}"),
        Corruption(
            ("UPDATE billing_line_items SET amount = 0.01 WHERE id IN ('{open_2}', '{open_3}')",),
            ("{open_2}", "{open_3}"),
        ),
        _set("billing_line_items", "quantity = 2, unit_price = 1.665", "id = '{imported_1}'", "{imported_1}"),
        _set("billing_records", "import_id = NULL", "id = '{imported}'", "{imported_1}"),
        _set(
            "billing_line_items",
            "unrounded_amount = 3.34",
            "id = '{imported_1}'",
            "{imported_1}",
            drop="rounded_by_less_than_a_unit",
        ),
    ],
    "line_positions_count_from_1": [
        _set("billing_line_items", "position = 4", "id = '{open_3}'", "{open}"),
        _set("billing_line_items", "position = 2", "id = '{draft_1}'", "{draft}"),
    ],
    "parties_of_allocations": [
        _set("payment_allocations", "to_division_id = '{hr}'", "id = '{pending_of_open}'", "{pending_of_open}"),
        _set("payment_allocations", "currency = 'EUR'", "id = '{confirmed_of_paid}'", "{confirmed_of_paid}"),
        _set("payment_records", "from_division_id = '{hr}'", "id = '{pending}'", "{pending_of_open}"),
    ],
    "parties_of_credit_note_lines": [
        _set("credit_note_lines", "currency = 'EUR'", "id = '{note_1}'", "{note_1}"),
        _set("credit_note_lines", "to_division_id = '{hr}'", "id = '{note_2}'", "{note_2}"),
    ],
    "parties_of_credit_notes": [
        _set(
            "credit_notes",
            "to_division_id = '{hr}'",
            "id = '{whole_note}'",
            "{whole_note}",
            also=("parties_of_ledger_transactions",),
        ),
        _set(
            "credit_notes",
            "currency = 'EUR'",
            "id = '{whole_note}'",
            "{whole_note}",
            also=("parties_of_ledger_transactions",),
        ),
    ],
    "parties_of_disputes": [
        _set("disputes", "from_division_id = '{hr}'", "id = '{open_dispute}'", "{open_dispute}"),
        _set("disputes", f"billing_record_id = '{_MISSING}'", "id = '{rejected_dispute}'", "{rejected_dispute}"),
    ],
    "parties_of_due_date_changes": [
        _set("due_date_changes", "currency = 'EUR'", "due_date = '2026-04-08'", "{open}"),
    ],
    "parties_of_ledger_entries": [
        _set(
            "ledger_entries",
            "to_division_id = '{hr}'",
            "transaction_id = {issue_open} AND position = 1",
            "{issue_open}/1",
            also=("ledger_entries_fit_their_transaction",),
        ),
    ],
    "parties_of_ledger_transactions": [
        _set(
            "ledger_transactions",
            "to_division_id = '{hr}'",
            f"id = {{{name}}}",
            f"{{{name}}}",
            also=("ledger_entries_fit_their_transaction",),
        )
        for name in ("issue_open", "confirmation_confirmed", "credit_whole_note")
    ],
    "parties_of_lines": [
        _set("billing_line_items", "currency = 'EUR'", "id = '{open_1}'", "{open_1}"),
        _set("billing_line_items", "to_division_id = '{hr}'", "id = '{draft_1}'", "{draft_1}"),
    ],
    "payments_are_fully_allocated": [
        _set("payment_records", "amount = amount + 0.01", "id = '{pending}'", "{pending}"),
        Corruption(
            ("DELETE FROM payment_allocations WHERE payment_id = '{cancelled}'",),
            ("{cancelled}",),
            ("payments_are_paid_after_issue",),
        ),
    ],
    "payments_are_paid_after_issue": [
        _set("payment_records", "paid_on = '2026-03-01'", "id = '{confirmed}'", "{confirmed}"),
    ],
    "payments_are_posted_as_allocated": [
        Corruption(
            (
                "UPDATE ledger_entries SET amount = 2 * amount WHERE transaction_id IN ({confirmation_taken_back}, "
                "{reversal_taken_back})",
            ),
            ("{taken_back}",),
        ),
        Corruption(
            (
                "UPDATE ledger_entries SET amount = -80.00 - amount WHERE transaction_id = {confirmation_confirmed} "
                "AND account = 'RECEIVABLE'",
            ),
            ("{confirmed}",),
            ("records_replay_from_receivable",),
        ),
        Corruption(
            (
                "UPDATE ledger_entries SET amount = 80.00 - amount WHERE transaction_id = {confirmation_confirmed} "
                "AND account = 'PAYABLE'",
            ),
            ("{confirmed}",),
            ("records_replay_from_payable",),
        ),
        _set(
            "ledger_entries",
            "billing_record_id = '{open}'",
            "transaction_id IN ({confirmation_taken_back}, {reversal_taken_back})",
            "{taken_back}",
        ),
    ],
    "payments_are_posted_once": [
        Corruption(_unposted("confirmation_taken_back", "reversal_taken_back"), ("{taken_back}",)),
        Corruption(_unposted("reversal_taken_back"), ("{taken_back}",), _REPLAYS),
        _set(
            "payment_records",
            "status = 'CONFIRMED', reversed_at = NULL, reversed_by = NULL, reversal_reason = ''",
            "id = '{taken_back}'",
            "{taken_back}",
            also=("ledger_is_posted_on_the_day_of_the_fact", "records_count_confirmed_payments"),
        ),
        _set(
            "payment_records",
            "status = 'CONFIRMED'",
            "id = '{rejected}'",
            "{rejected}",
            also=("records_count_confirmed_payments",),
        ),
        _set(
            "payment_records",
            "status = 'REJECTED'",
            "id = '{confirmed}'",
            "{confirmed}",
            also=("records_count_confirmed_payments",),
        ),
    ],
    "payments_fit_their_status": [
        _set("payment_records", "decided_at = now()", "id = '{pending}'", "{pending}", drop="decided_with_time"),
        _set("payment_records", "decided_by = recorded_by", "id = '{pending}'", "{pending}", drop="decided_with_time"),
        _set("payment_records", "decided_by = NULL", "id = '{cancelled}'", "{cancelled}", drop="decided_with_time"),
        _set("payment_records", "decided_at = NULL", "id = '{cancelled}'", "{cancelled}", drop="decided_with_time"),
        _set(
            "payment_records", "reversal_reason = ''", "id = '{taken_back}'", "{taken_back}", drop="reversed_with_time"
        ),
        _set("payment_records", "reversed_by = NULL", "id = '{taken_back}'", "{taken_back}", drop="reversed_with_time"),
        _set("payment_records", "reversed_at = now()", "id = '{confirmed}'", "{confirmed}", drop="reversed_with_time"),
    ],
    "payments_pass_four_eyes": [
        _set("payment_records", "decided_by = recorded_by", f"id = '{{{name}}}'", f"{{{name}}}", drop="four_eyes")
        for name in ("confirmed", "rejected", "taken_back")
    ],
    "record_numbers_are_well_formed": [
        *(
            _set("billing_records", f"number = '{number}'", "id = '{disputed}'", "{disputed}")
            for number in (
                "IT-2026-6",
                "IT-2026-000006",
                "IT-2026-0000A6",
                "it-2026-00006",
                "IT-2025-00006",
                "MKT-2026-00006",
                "IT-2026-CN00006",
                "XIT-2026-00006",
            )
        ),
        _set(
            "billing_records",
            "number = 'IT-2026-00009'",
            "id = '{draft}'",
            "{draft}",
            also=("records_fit_their_lifecycle",),
            drop="draft_or_numbered",
        ),
    ],
    "record_numbers_have_no_gap": [
        _set("billing_records", "number = 'IT-2026-00009'", "id = '{reversed}'", "IT-2026"),
        _set("billing_records", "number = 'IT-2026-100000'", "id = '{reversed}'", "IT-2026"),
        _set("billing_records", "number = 'IT-2026-00009'", "id = '{paid}'", "IT-2026"),
        _set("billing_records", "number = 'IT-2026-00000'", "id = '{open}'", "IT-2026"),
        _set("number_counters", "last_number = 9", "division_id = '{it}' AND year = 2026", "IT-2026"),
        Corruption(("DELETE FROM number_counters WHERE division_id = '{hr}'",), ("HR-2026",)),
        Corruption(("INSERT INTO number_counters VALUES ('{mkt}', 2026, 1)",), ("MKT-2026",)),
    ],
    "records_add_up": [
        _set("billing_records", "total = 10.01", "id = '{draft}'", "{draft}"),
        Corruption(("DELETE FROM billing_line_items WHERE id = '{draft_1}'",), ("{draft}",)),
        Corruption(("DELETE FROM billing_line_items WHERE id = '{free_1}'",), ("{free}",)),
        _set("billing_records", "total = 50.01", "id = '{paid}'", "{paid}", also=_REPLAYS),
    ],
    "records_are_issued_once": [
        Corruption(_unposted("issue_free"), ("{free}",), _REPLAYS),
        Corruption(
            ("DROP INDEX issued_once", *_posted("ISSUE", "open", "0.00", "2026-03-02")),
            ("{open}",),
        ),
    ],
    "records_are_not_overpaid": [
        Corruption(
            (
                _without("billing_records", "never_paid_above_total"),
                "UPDATE payment_records SET amount = 100.03 WHERE id = '{pending}'",
                "UPDATE payment_allocations SET amount = 100.03 WHERE payment_id = '{pending}'",
                "UPDATE billing_records SET pending_amount = 100.03 WHERE id = '{open}'",
            ),
            ("{open}",),
        ),
        Corruption(
            (
                _without("billing_records", "never_paid_above_total"),
                "UPDATE payment_records SET amount = 50.01 WHERE id = '{pending}'",
                "UPDATE payment_allocations SET amount = 50.01, billing_record_id = '{partly}' "
                "WHERE payment_id = '{pending}'",
                "UPDATE billing_records SET pending_amount = 0.00 WHERE id = '{open}'",
                "UPDATE billing_records SET pending_amount = 50.01 WHERE id = '{partly}'",
            ),
            ("{partly}",),
        ),
        _set(
            "billing_records",
            "pending_amount = -0.01",
            "id = '{paid}'",
            "{paid}",
            also=("records_count_pending_payments",),
            drop="amounts_not_negative",
        ),
    ],
    "records_are_voided_once": [
        Corruption(_unposted("void_void"), ("{void}",), _REPLAYS),
        Corruption(
            _posted("VOID", "reversed", "-25.00", "2026-03-02", corrects="{issue_reversed}"), ("{reversed}",), _REPLAYS
        ),
        Corruption(_posted("VOID", "reversed", "0.00", "2026-03-02", corrects="{issue_reversed}"), ("{reversed}",)),
    ],
    "records_count_confirmed_payments": [
        _set("billing_records", "confirmed_amount = 49.99", "id = '{paid}'", "{paid}", also=_REPLAYS),
        _set("billing_records", "confirmed_amount = 25.00", "id = '{reversed}'", "{reversed}", also=_REPLAYS),
    ],
    "records_count_credit_notes": [
        _set("billing_records", "credited_amount = 20.01", "id = '{partly}'", "{partly}", also=_REPLAYS),
        _set("billing_records", "credited_amount = 0.00", "id = '{credited}'", "{credited}", also=_REPLAYS),
    ],
    "records_count_pending_payments": [
        _set("billing_records", "pending_amount = 39.99", "id = '{open}'", "{open}"),
        _set("billing_records", "pending_amount = 500", "id = '{yen}'", "{yen}"),
    ],
    "records_fit_their_lifecycle": [
        _set(
            "billing_records",
            "number = ''",
            "id = '{free}'",
            "{free}",
            also=("record_numbers_are_well_formed", "record_numbers_have_no_gap"),
            drop="draft_or_numbered",
        ),
        _set("billing_records", "due_date = '2026-03-01'", "id = '{paid}'", "{paid}", drop="due_after_issue"),
        _set("billing_records", "due_date = 'infinity'", "id = '{paid}'", "{paid}", drop="due_after_issue"),
        _set("billing_records", "voided_at = now()", "id = '{paid}'", "{paid}", drop="voided_with_time"),
        _set("billing_records", "voided_at = now()", "id = '{draft}'", "{draft}", drop="voided_with_time"),
        _set("billing_records", "issue_date = '2026-03-02'", "id = '{draft}'", "{draft}", drop="draft_or_issued"),
        Corruption(
            (
                _without("billing_records", "draft_or_issued"),
                _without("billing_records", "due_after_issue"),
                "UPDATE billing_records SET issue_date = 'infinity', due_date = 'infinity' WHERE id = '{free}'",
            ),
            ("{free}",),
            (
                "ledger_is_posted_on_the_day_of_the_fact",
                "record_numbers_are_well_formed",
                "record_numbers_have_no_gap",
            ),
        ),
    ],
    "records_fit_their_settlement": [
        Corruption(
            (
                "ALTER TABLE billing_records ALTER COLUMN settlement DROP EXPRESSION",
                f"UPDATE billing_records SET settlement = '{wrong}' WHERE id = '{{{name}}}'",
            ),
            (f"{{{name}}}",),
        )
        for name, wrong in {
            "paid": "PARTIAL",
            "credited": "OPEN",
            "free": "OPEN",
            "partly": "SETTLED",
            "reversed": "PARTIAL",
            "draft": "SETTLED",
        }.items()
    ],
    "records_follow_open_disputes": [
        Corruption(
            (
                _without("billing_records", "money_only_when_issued"),
                "UPDATE billing_records SET disputed = true WHERE id = '{draft}'",
                _disputed("draft", "OPEN"),
            ),
            ("{draft}",),
            ("drafts_have_no_money",),
        ),
        _set("billing_records", "disputed = false", "id = '{disputed}'", "{disputed}"),
        _set("billing_records", "disputed = true", "id = '{partly}'", "{partly}"),
        _set(
            "disputes",
            "status = 'WITHDRAWN', closed_at = now(), closed_by = opened_by",
            "id = '{open_dispute}'",
            "{disputed}",
        ),
        Corruption(("DROP INDEX one_open_dispute", _disputed("disputed", "OPEN")), ("{disputed}",)),
    ],
    "records_replace_void_ones": [
        _set("billing_records", "replaces_id = '{paid}'", "id = '{replacement}'", "{replacement}"),
        _set("billing_records", f"replaces_id = '{_MISSING}'", "id = '{replacement}'", "{replacement}"),
        Corruption(
            (
                "UPDATE billing_records SET replaces_id = NULL WHERE id = '{replacement}'",
                "UPDATE billing_records SET replaces_id = '{void}' WHERE id = '{imported}'",
            ),
            ("{imported}",),
        ),
    ],
    "records_replay_from_payable": [
        *(
            Corruption(_shifted(transaction, "PAYABLE", "EXPENSE"), (f"{{{record}}}",))
            for transaction, record in {"issue_open": "open", "void_void": "void", "credit_note": "partly"}.items()
        ),
        Corruption(
            _shifted("confirmation_confirmed", "PAYABLE", "SETTLEMENT", of="division_id = to_division_id"),
            ("{paid}", "{partly}"),
            ("ledger_settlements_mirror", "payments_are_posted_as_allocated"),
        ),
    ],
    "records_replay_from_receivable": [
        *(
            Corruption(_shifted(transaction, "RECEIVABLE", "REVENUE"), (f"{{{record}}}",), also)
            for transaction, record, also in (
                ("issue_open", "open", ()),
                ("void_void", "void", ()),
                ("credit_note", "partly", ("credit_notes_are_posted_once",)),
            )
        ),
        Corruption(
            _shifted("confirmation_confirmed", "RECEIVABLE", "SETTLEMENT", of="division_id = from_division_id"),
            ("{paid}", "{partly}"),
            ("ledger_settlements_mirror", "payments_are_posted_as_allocated"),
        ),
    ],
    "void_records_have_no_money": [
        Corruption(
            ("UPDATE payment_allocations SET billing_record_id = '{void}' WHERE payment_id = '{pending}'",),
            ("{void}",),
            ("records_count_pending_payments",),
        ),
        Corruption(
            ("UPDATE payment_allocations SET billing_record_id = '{void}' WHERE id = '{confirmed_of_paid}'",),
            ("{void}",),
            ("payments_are_posted_as_allocated", "records_count_confirmed_payments"),
        ),
        Corruption(
            (
                _without("billing_records", "money_only_when_issued"),
                "UPDATE payment_allocations SET billing_record_id = '{void}' WHERE payment_id = '{pending}'",
                "UPDATE billing_records SET pending_amount = 0.00 WHERE id = '{open}'",
                "UPDATE billing_records SET pending_amount = 40.00 WHERE id = '{void}'",
            ),
            ("{void}",),
        ),
        Corruption((_disputed("void", "OPEN"),), ("{void}",), ("records_follow_open_disputes",)),
        *(
            _set(
                "billing_records",
                f"{amount}_amount = 1.00",
                "id = '{void}'",
                "{void}",
                also=also,
                drop="money_only_when_issued",
            )
            for amount, also in {
                "credited": ("records_count_credit_notes", *_REPLAYS),
                "confirmed": ("records_count_confirmed_payments", *_REPLAYS),
                "pending": ("records_count_pending_payments",),
            }.items()
        ),
    ],
}


def cases() -> Iterator[tuple[str, int, Corruption]]:
    for invariant, corruptions in CORRUPTIONS.items():
        for index, corruption in enumerate(corruptions):
            yield invariant, index, corruption
