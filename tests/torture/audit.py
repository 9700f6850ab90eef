"""P13: as many audit rows as changes that were acknowledged, and as refusals for want of a right."""

from collections import Counter

from sqlalchemy import text

from tests.torture.findings import Findings
from tests.torture.sending import Senders
from tests.torture.site import Site


async def count(site: Site) -> Counter[str]:
    """The audit rows of each kind."""
    async with site.engine.connect() as connection:
        rows = await connection.execute(text("SELECT kind, count(*) AS number FROM audit_events GROUP BY kind"))
        return Counter({row.kind: row.number for row in rows})


async def compare(site: Site, senders: Senders, before: Counter[str], findings: Findings) -> None:
    """After a load in which every change was settled."""
    rows = await count(site)
    rows.subtract(before)
    findings.equal("P13", "audit rows of changes: one for each that succeeded", len(senders.made), rows["CHANGE"])
    findings.equal("P13", "audit rows of refusals: one for each", senders.refused_by_right, rows["REFUSAL"])
