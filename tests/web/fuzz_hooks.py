"""Brings some of schemathesis' requests near to what people send, so that it gets beyond the first refusal.

Loaded by schemathesis itself (schemathesis.toml). FUZZ_DIVISIONS names the ids of two divisions, FUZZ_RECORDS those of
billing records between them on which much is outstanding, FUZZ_OTHERS ids of anything else that there is.
"""

import json
import os
from datetime import date, timedelta
from typing import Any
from uuid import uuid4
from zlib import crc32

import schemathesis
from hypothesis import strategies
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData

Case = schemathesis.Case[Any]

_DIVISIONS = os.environ["FUZZ_DIVISIONS"].split()
_RECORDS = os.environ["FUZZ_RECORDS"].split()
_OTHERS = os.environ["FUZZ_OTHERS"].split()

schemathesis.openapi.format(
    "uuid", strategies.one_of(strategies.sampled_from([*_DIVISIONS, *_RECORDS, *_OTHERS]), strategies.uuids().map(str))
)


@schemathesis.hook
def map_case(context: schemathesis.HookContext, case: Case) -> Case:
    """Of the valid requests three in four go without a cursor, and become plausible."""
    if case.meta is None or case.meta.generation.mode.is_negative:
        return case
    chance = crc32(json.dumps([case.query, case.body, case.path_parameters], default=str).encode()) % 4
    if case.method == "POST":
        # A key of its own, or all but the first would be refused for its sake.
        case.headers["Idempotency-Key"] = uuid4().hex
    if chance == 0:
        return case
    if case.query:
        case.query.pop("cursor", None)
    if isinstance(case.body, dict):
        _make_plausible(case.body)
    return case


def _make_plausible(body: dict[str, Any]) -> None:
    if "periodStart" in body:
        start = date.fromisoformat(body["periodStart"])
        start = start.replace(year=2000 + start.year % 90)
        body |= {"currency": "USD", "periodStart": str(start), "periodEnd": str(start + timedelta(days=27))}
        body["fromDivisionId"], body["toDivisionId"] = _DIVISIONS
        body |= {name: "fuzzed" for name in ("fromNote", "fromGlCode") if name in body}
        body.pop("dueDate", None)
        for line in body["lines"]:
            line |= {"quantity": line["quantity"][:8].strip("-."), "unitPrice": "2.50", "name": "Support"}
            line |= {name: "fuzzed" for name in ("unit", "description") if name in line}
            line.pop("catalogItemId", None)
    elif "allocations" in body:
        # Each record once.
        body["allocations"] = [
            {"billingRecordId": id, "amount": "0.01"} for id, _ in zip(_RECORDS, body["allocations"], strict=False)
        ]
        body["amount"] = f"{len(body['allocations']) / 100:.2f}"
        body["reference"] = uuid4().hex
        body.pop("paidOn", None)
        body.pop("note", None)


@schemathesis.hook
def filter_failure(context: schemathesis.HookContext, failure: Failure, case: Case, response: Any) -> bool:
    """A cursor is what the service made for that list: one made up is refused, though the schema allows its letters."""
    cursor = (case.query or {}).get("cursor")
    return not (
        isinstance(failure, RejectedPositiveData) and cursor and "This cursor is not of this list" in response.text
    )
