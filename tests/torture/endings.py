"""P7: many confirm and many cancel the same payment at once; it ends once, and everybody else is refused."""

import asyncio
from collections import Counter
from random import Random
from typing import Final

from sqlalchemy import text

from tests.torture import audit
from tests.torture.books import watched
from tests.torture.figures import SENDS_PER_ENDING, Figures
from tests.torture.findings import Findings
from tests.torture.sending import DONE, Senders, cancel, confirm, pay
from tests.torture.site import Site

_REFUSAL: Final = "INVALID_STATE"
_STATES: Final = text("""
    SELECT p.status, p.version, count(t.id) AS confirmations
    FROM payment_records AS p LEFT JOIN ledger_transactions AS t ON t.payment_id = p.id GROUP BY p.id
""")
_OUTSIDE: Final = "payment {} of version {} with {} confirmations posted"


async def storm(site: Site, figures: Figures, seed: int) -> Findings:
    findings, senders, random = Findings(seed), Senders(site), Random(seed)
    make = site.make(await site.furnish())
    record = (await make.record("1000000.00"))["id"]
    before, ends = await audit.count(site), Counter[str]()
    async with watched(site, figures, findings) as watch:
        for _ in range(figures.endings):
            if watch.alarm.is_set():
                break
            outcomes = await _end_one(senders, record, random)
            if outcomes[DONE] != 1 or set(outcomes) != {DONE, _REFUSAL}:
                watch.found(f"a payment that is ended by many answers {dict(outcomes)}")
            ends += outcomes
    refused = figures.endings * (2 * SENDS_PER_ENDING - 1)
    findings.equal("P7", f"ends of {figures.endings:,} payments", figures.endings, ends[DONE])
    findings.equal("P7", f"refusals, all {_REFUSAL}", refused, ends[_REFUSAL])
    outside, payments = await _outside(site)
    findings.none("P7", "states outside the table", outside, of=payments)
    senders.tell("P7", findings, expected={DONE, _REFUSAL})
    await audit.compare(site, senders, before, findings)
    return findings


async def _end_one(senders: Senders, record: str, random: Random) -> Counter[str]:
    payment = (await senders.settle(pay([record], "1.00", "1.00"))).payment_id
    changes = [end(payment) for end in (confirm, cancel) for _ in range(SENDS_PER_ENDING)]
    random.shuffle(changes)
    replies = await asyncio.gather(*(senders.settle(change) for change in changes))
    return Counter(reply.outcome for reply in replies)


async def _outside(site: Site) -> tuple[list[str], int]:
    """A payment that ended has counted its version up once, and is in the ledger if and only if it was confirmed."""
    async with site.engine.connect() as connection:
        rows = (await connection.execute(_STATES)).all()
    sound = {("CONFIRMED", 2, 1), ("CANCELLED", 2, 0)}
    states = [(row.status, row.version, row.confirmations) for row in rows]
    return [_OUTSIDE.format(*state) for state in states if state not in sound], len(states)
