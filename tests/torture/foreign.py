"""P8: what one may not see answers as fast as what is not there, so that no clock tells them apart."""

import time
from collections.abc import Mapping
from statistics import median
from typing import Any, Final
from uuid import uuid4

from tests.support.client import Client
from tests.torture.figures import Figures
from tests.torture.findings import Findings
from tests.torture.site import Site

_SHARE_MAX: Final = 0.2
_WARMING: Final = 20
_ASKED: Final = {
    "a record by its id": "query($id: ID!) { billingRecord(id: $id) { id total lineItems { id } } }",
    "anything by its id": "query($id: ID!) { node(id: $id) { id } }",
    "a list by an id": "query($id: ID!) { billingRecords(filter: {id: {eq: $id}}) { nodes { id } totalCount } }",
    "a change of a record": """
        mutation($id: ID!) {
            updateBillingRecord(input: {id: $id, version: 1, fromNote: "x"}) { userErrors { code } }
        }
    """,
}


async def compare(site: Site, figures: Figures, seed: int) -> Findings:
    """The medians of both, asked in turn by someone of a third division."""
    findings = Findings(seed)
    record = await site.make(await site.furnish()).record()
    stranger = site.service.client("coordinator-hr")
    for what, document in _ASKED.items():
        foreign, missing = await _medians(stranger, document, record, figures.foreign_tries)
        apart = abs(foreign - missing) / missing
        seen = f"{apart:.1%} ({foreign * 1e3:.2f} and {missing * 1e3:.2f} ms)"
        findings.judged(
            "P8", f"{what}: foreign and missing apart", f"≤ {_SHARE_MAX:.0%}", seen, kept=apart <= _SHARE_MAX
        )
    return findings


async def _medians(client: Client, document: str, record: Mapping[str, Any], tries: int) -> tuple[float, float]:
    foreign, missing = [], []
    for _ in range(_WARMING + tries):
        foreign.append(await _seconds(client, document, record["id"]))
        missing.append(await _seconds(client, document, str(uuid4())))
    return median(foreign[_WARMING:]), median(missing[_WARMING:])


async def _seconds(client: Client, document: str, id: str) -> float:
    started = time.perf_counter()
    await client.run(document, id=id)
    return time.perf_counter() - started
