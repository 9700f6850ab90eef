"""Whether the books agree: the integrity check, asked of whatever a connection sees."""

from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db.invariants import INVARIANTS, Finding, look
from tests.support.begun import as_ours


async def findings(connection: AsyncConnection) -> dict[str, Finding]:
    """What every invariant finds, by its name."""
    ours = await as_ours(connection)
    return {invariant.name: await look(ours, invariant) for invariant in INVARIANTS}


async def assert_books_balance(connection: AsyncConnection) -> None:
    """Fails with all that is wrong; each invariant is one statement, true at one moment whatever goes on beside it."""
    wrong = [
        f"{name}: {finding.fault_count} of {finding.rows_checked}, {', '.join(finding.offending_ids)}"
        for name, finding in (await findings(connection)).items()
        if finding.fault_count
    ]
    assert not wrong, "\n".join(["The books do not agree:", *wrong])
