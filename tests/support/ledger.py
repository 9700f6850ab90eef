"""Postings for what a test wrote past the service, as the service would have left them."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db import ledger
from billing.db.tables import billing_records, credit_notes, ledger_transactions, payment_records
from billing.db.transaction import Transaction
from billing.domain.postings import Posting
from tests.support.begun import as_ours


async def post_what_is_there(connection: AsyncConnection) -> None:
    """Posts every issued and void record, every confirmed payment and every credit note that has no posting yet."""
    now = datetime.now(UTC)
    tx = Transaction(await as_ours(connection), now, now.date())
    t, r, p, c = ledger_transactions.c, billing_records.c, payment_records.c, credit_notes.c
    issued = select(t.billing_record_id).where(t.kind == Posting.ISSUE.value)
    paid = select(t.payment_id).where(t.payment_id.is_not(None))
    credited = select(t.credit_note_id).where(t.credit_note_id.is_not(None))
    records = select(r.id, r.lifecycle, r.created_by).where(r.lifecycle != "DRAFT", r.id.not_in(issued))
    payments = select(p.id, p.decided_by).where(p.status == "CONFIRMED", p.id.not_in(paid))
    notes = select(c.id, c.issued_by).where(c.id.not_in(credited))
    for record in (await connection.execute(records.order_by(r.id))).all():
        await ledger.post_issues(tx, [record.id], by=record.created_by)
        if record.lifecycle == "VOID":
            await ledger.post_void(tx, record.id, by=record.created_by)
    for payment in (await connection.execute(payments.order_by(p.id))).all():
        await ledger.post_confirmations(tx, [payment.id], by=payment.decided_by)
    for note in (await connection.execute(notes.order_by(c.id))).all():
        await ledger.post_credit(tx, note.id, by=note.issued_by)
    await tx.flush()
