"""Who asks for what: callers and variables drawn from the data, for everybody the same under the same seed."""

import random
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import orjson

from benchmarks.operations import Operation

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

PAGE_SIZE = 50
WIDE_SIZE = 1000
FRESH = "fresh-key-of-24-letters-"
"""Stands in a call where each request needs another text; as long as what it is replaced with."""

_RECORDS = """
SELECT id, from_division_id, to_division_id, issue_date FROM billing_records
WHERE lifecycle <> 'DRAFT' AND issue_date > $3 ORDER BY md5(id::text || $1) LIMIT $2
"""
# Payments of a cent a time, on records that owe enough for all of a run.
_PAYABLE = """
SELECT id, from_division_id, to_division_id, issue_date FROM billing_records
WHERE lifecycle = 'ISSUED' AND NOT disputed AND settlement <> 'SETTLED' AND currency IN ('USD', 'EUR')
  AND total - credited_amount - confirmed_amount - pending_amount > 100
  AND to_division_id IN (SELECT division_id FROM users WHERE role = 'COORDINATOR' AND active)
ORDER BY md5(id::text || $1) LIMIT $2
"""
# So that a wide page behind any record drawn is full.
_OLD = "SELECT issue_date FROM billing_records ORDER BY issue_date OFFSET $1 LIMIT 1"
_PEOPLE = "SELECT name, division_id FROM users WHERE role = 'COORDINATOR' AND active ORDER BY name"
_ANALYST = "SELECT name FROM users WHERE role = 'ANALYST' AND active ORDER BY name LIMIT 1"


@dataclass(frozen=True)
class Call:
    """One request: who asks, and with which variables."""

    caller: str
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class Sample:
    """What is drawn from: records, more of a division the more it has, the coordinators of each, and who sees all."""

    records: Sequence[Any]
    payable: Sequence[Any]
    people: Mapping[UUID, Sequence[str]]
    analyst: str
    seed: int

    @classmethod
    async def of(cls, connection: Connection, seed: int, count: int) -> "Sample":
        people: defaultdict[UUID, list[str]] = defaultdict(list)
        for row in await connection.fetch(_PEOPLE):
            people[row["division_id"]].append(row["name"])
        oldest = await connection.fetchval(_OLD, WIDE_SIZE * 3 // 2)
        records = [
            row
            for row in await connection.fetch(_RECORDS, str(seed), count, oldest)
            if row["from_division_id"] in people and row["to_division_id"] in people
        ]
        payable = await connection.fetch(_PAYABLE, str(seed), 10 * count)
        return cls(records, payable, people, str(await connection.fetchval(_ANALYST)), seed)

    def calls(self, operation: Operation) -> list[Call]:
        """A call per record drawn."""
        draw = random.Random(f"{self.seed} {operation.name}")  # noqa: S311 -- drawn again from its seed
        make = _MAKERS.get(operation.name, _wide)
        records = self.payable if operation.changes else self.records
        return [make(self, record, draw) for record in records]

    def coordinator(self, division_id: UUID, draw: random.Random) -> str:
        return draw.choice(self.people[division_id])


def cursor(record: Any) -> str:
    """Behind this record, in the default order of billing records."""
    place = orjson.dumps(["ISSUE_DATE", record["issue_date"], str(record["id"])])
    return urlsafe_b64encode(place).decode().rstrip("=")


def _page_of_division(sample: Sample, record: Any, draw: random.Random) -> Call:
    """A third are first pages, the others begin anywhere."""
    division_id = record[draw.choice(("from_division_id", "to_division_id"))]
    after = None if draw.random() < 1 / 3 else cursor(record)
    variables = {"division": str(division_id), "first": PAGE_SIZE, "after": after}
    return Call(sample.coordinator(division_id, draw), variables)


def _by_id(sample: Sample, record: Any, draw: random.Random) -> Call:
    division_id = record[draw.choice(("from_division_id", "to_division_id"))]
    return Call(sample.coordinator(division_id, draw), {"id": str(record["id"])})


def _wide(sample: Sample, record: Any, draw: random.Random) -> Call:
    return Call(sample.analyst, {"first": WIDE_SIZE, "after": cursor(record)})


def _record_payment(sample: Sample, record: Any, draw: random.Random) -> Call:
    allocation = {"billingRecordId": str(record["id"]), "amount": "0.01"}
    payment = {
        "amount": "0.01",
        "method": "INTERNAL_TRANSFER",
        "reference": FRESH,
        "idempotencyKey": FRESH,
        "allocations": [allocation],
    }
    return Call(sample.coordinator(record["to_division_id"], draw), {"input": payment})


_MAKERS: dict[str, Callable[[Sample, Any, random.Random], Call]] = {
    "dashboard": _page_of_division,
    "deep": _page_of_division,
    "byId": _by_id,
    "wide": _wide,
    "recordPayment": _record_payment,
}
