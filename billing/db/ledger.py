"""Statements of the ledger: each posts what stands in the tables, for one fact or for many, in one statement.

The amounts are read from the rows that were just written, so a posting cannot say anything else than they do.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from billing.db.tables import ledger_entries
from billing.db.transaction import Transaction
from billing.db.writes import Write
from billing.domain.postings import LEGS, Posting

_RECORDS: Final = """
    SELECT r.from_division_id, r.to_division_id, r.currency, r.id AS billing_record_id, NULL::uuid AS payment_id,
           NULL::uuid AS credit_note_id, {corrected} AS corrects_id, 4 AS entry_count, {posted_on} AS posted_on, r.id
    FROM billing_records AS r {join} WHERE r.id = ANY ($1::uuid[]) ORDER BY r.number
"""
_PAYMENTS: Final = """
    SELECT p.from_division_id, p.to_division_id, p.currency, NULL::uuid AS billing_record_id, p.id AS payment_id,
           NULL::uuid AS credit_note_id, {corrected} AS corrects_id,
           4 * (SELECT count(*) FROM payment_allocations AS a WHERE a.payment_id = p.id) AS entry_count,
           $4::date AS posted_on, p.id
    FROM payment_records AS p {join} WHERE p.id = ANY ($1::uuid[]) ORDER BY p.id
"""
_CREDIT_NOTES: Final = """
    SELECT c.from_division_id, c.to_division_id, c.currency, c.billing_record_id, NULL::uuid AS payment_id,
           c.id AS credit_note_id, {corrected} AS corrects_id, 4 AS entry_count, c.issue_date AS posted_on, c.id
    FROM credit_notes AS c {join} WHERE c.id = ANY ($1::uuid[]) ORDER BY c.id
"""
_CORRECTED: Final = {
    "corrected": "corrected.id",
    "join": "JOIN ledger_transactions AS corrected ON corrected.{key} = {of} AND corrected.kind = '{kind}'",
}
_ALONE: Final = {"corrected": "NULL::bigint", "join": ""}

# What a fact moved, by record.
_TOTALS: Final = """
    SELECT posted.id, 1 AS part, r.id AS billing_record_id, r.total AS amount
    FROM posted JOIN billing_records AS r ON r.id = posted.billing_record_id
"""
_ALLOCATIONS: Final = """
    SELECT posted.id, row_number() OVER (PARTITION BY a.payment_id ORDER BY a.id) AS part, a.billing_record_id, a.amount
    FROM posted JOIN payment_allocations AS a ON a.payment_id = posted.payment_id
"""
_CREDITED: Final = """
    SELECT posted.id, 1 AS part, c.billing_record_id, c.amount
    FROM posted JOIN credit_notes AS c ON c.id = posted.credit_note_id
"""


async def post_issues(tx: Transaction, record_ids: Sequence[UUID], *, by: UUID) -> None:
    """Posts issued records on their day of issue."""
    await _post(tx, _ISSUE, record_ids, by)


async def post_void(tx: Transaction, record_id: UUID, *, by: UUID) -> None:
    await _post(tx, _VOID, [record_id], by)


async def post_confirmations(tx: Transaction, payment_ids: Sequence[UUID], *, by: UUID) -> None:
    await _post(tx, _CONFIRMATION, payment_ids, by)


async def post_reversal(tx: Transaction, payment_id: UUID, *, by: UUID) -> None:
    await _post(tx, _REVERSAL, [payment_id], by)


async def post_credit(tx: Transaction, credit_note_id: UUID, *, by: UUID) -> None:
    await _post(tx, _CREDIT, [credit_note_id], by)


async def _post(tx: Transaction, text: str, ids: Sequence[UUID], by: UUID) -> None:
    """What is posted has been written before. A fact is not posted when what it corrects has no posting."""
    await tx.flush()
    arguments = [list(ids), by, tx.now, *([tx.today] if "$4" in text else [])]
    await tx.write(Write(ledger_entries.name, text, arguments, counted="posted", count=len(ids)))


def _text(posting: Posting, facts: str, parts: str) -> str:
    legs = ", ".join(
        f"({position}, posted.{leg.side}_division_id, '{leg.account}', {leg.sign})"
        for position, leg in enumerate(LEGS[posting], start=1)
    )
    return f"""
        posted AS (
            INSERT INTO ledger_transactions (kind, from_division_id, to_division_id, currency, billing_record_id,
                payment_id, credit_note_id, corrects_id, entry_count, posted_on, posted_at, posted_by)
            SELECT '{posting}', from_division_id, to_division_id, currency, billing_record_id, payment_id,
                   credit_note_id, corrects_id, entry_count, posted_on, $3::timestamptz, $2::uuid
            FROM ({facts}) AS fact
            RETURNING *
        ),
        part AS ({parts}),
        entries AS (
            INSERT INTO ledger_entries (transaction_id, position, entry_count, division_id, account, currency, amount,
                billing_record_id, from_division_id, to_division_id, posted_on)
            SELECT posted.id, 4 * (part.part - 1) + leg.position, posted.entry_count, leg.division_id, leg.account,
                   posted.currency, leg.sign * part.amount, part.billing_record_id, posted.from_division_id,
                   posted.to_division_id, posted.posted_on
            FROM posted JOIN part ON part.id = posted.id
            CROSS JOIN LATERAL (VALUES {legs}) AS leg (position, division_id, account, sign)
            ORDER BY posted.id, part.part, leg.position
        )
    """  # noqa: S608 -- put together from the constants of this file and of the domain


def _corrected(kind: Posting, key: str, of: str) -> dict[str, str]:
    """The posting of the same thing that is corrected."""
    return {**_CORRECTED, "join": _CORRECTED["join"].format(key=key, of=of, kind=kind)}


_ISSUE = _text(Posting.ISSUE, _RECORDS.format(**_ALONE, posted_on="r.issue_date"), _TOTALS)
_VOID = _text(
    Posting.VOID,
    _RECORDS.format(**_corrected(Posting.ISSUE, "billing_record_id", "r.id"), posted_on="$4::date"),
    _TOTALS,
)
_CONFIRMATION = _text(Posting.CONFIRMATION, _PAYMENTS.format(**_ALONE), _ALLOCATIONS)
_REVERSAL = _text(
    Posting.REVERSAL,
    _PAYMENTS.format(**_corrected(Posting.CONFIRMATION, "payment_id", "p.id")),
    _ALLOCATIONS,
)
_CREDIT = _text(
    Posting.CREDIT,
    _CREDIT_NOTES.format(**_corrected(Posting.ISSUE, "billing_record_id", "c.billing_record_id")),
    _CREDITED,
)
