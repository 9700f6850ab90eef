"""Postings for records and payments that a test wrote past the service, as the service would have left them."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db import ledger
from billing.db.tables import billing_records, ledger_transactions, payment_records
from billing.db.transaction import Transaction
from billing.domain.postings import Posting


async def post_what_is_there(connection: AsyncConnection) -> None:
    """Posts every issued and void record, and every confirmed payment, that has no posting yet."""
    now = datetime.now(UTC)
    tx = Transaction(connection, now, now.date())
    posted = select(ledger_transactions.c.billing_record_id).where(ledger_transactions.c.kind == Posting.ISSUE.value)
    paid = select(ledger_transactions.c.payment_id).where(ledger_transactions.c.payment_id.is_not(None))
    r, p = billing_records.c, payment_records.c
    records = (
        await connection.execute(
            select(r.id, r.lifecycle, r.created_by).where(r.lifecycle != "DRAFT", r.id.not_in(posted))
        )
    ).all()
    payments = (
        await connection.execute(
            select(p.id, p.decided_by).where(p.status == "CONFIRMED", p.id.not_in(paid))
        )
    ).all()
    for record in records:
        await ledger.post_issues(tx, [record.id], by=record.created_by)
        if record.lifecycle == "VOID":
            await ledger.post_void(tx, record.id, by=record.created_by)
    for payment in payments:
        await ledger.post_confirmations(tx, [payment.id], by=payment.decided_by)
