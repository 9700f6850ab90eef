"""What is asked: the documents in `operations/`, and documents made up for slopes and for memory."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "operations"

SCALARS = (
    *("id", "number", "status", "currency", "periodStart", "periodEnd", "issueDate", "dueDate", "total"),
    *("outstanding", "pendingAmount", "createdAt", "creditedAmount", "confirmedAmount", "version", "voidedAt"),
)
"""Scalar fields of a billing record that everybody who sees it may see."""


@dataclass(frozen=True)
class Operation:
    """A document with one operation, which bears the name."""

    name: str
    document: str

    @property
    def changes(self) -> bool:
        return self.document.startswith("mutation")


def _read(name: str) -> Operation:
    return Operation(name, (_FOLDER / f"{name}.graphql").read_text(encoding="utf-8"))


OPERATIONS = {name: _read(name) for name in ("dashboard", "deep", "byId", "wide", "recordPayment")}


def page_of(fields: Collection[str]) -> Operation:
    """A page of all records with these fields."""
    chosen = " ".join(fields)
    return Operation(
        "page",
        f"query page($first: Int!, $after: String) "
        f"{{ billingRecords(first: $first, after: $after) {{ nodes {{ {chosen} }} }} }}",
    )


def one_of_many(number: int, names: Sequence[str] = SCALARS) -> Operation:
    """The number-th of 2^16 operations that differ in which fields of one record they ask for, and in their name."""
    chosen = [name for place, name in enumerate(names) if (number + 1) >> place & 1]
    return Operation(
        f"record{number}",
        f"query record{number}($id: ID!) {{ billingRecord(id: $id) {{ {' '.join(chosen)} }} }}",
    )
