"""The context of one operation: who asks, the snapshot they read from, and the one way to change something."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from strawberry.types import Info as StrawberryInfo

from billing.db.audit_events import Act
from billing.db.database import Database
from billing.db.snapshot import Snapshot
from billing.domain.errors import ErrorCode
from billing.permissions.viewer import Viewer
from billing.schema.canonical import canonical
from billing.services.changes import Change, IdempotencyKey, audit_refusal, make
from billing.services.integrity_checks import Checker

if TYPE_CHECKING:
    from billing.schema.payloads import Payload

P = TypeVar("P", bound="Payload")


@dataclass(frozen=True)
class Limits:
    """What the settings say about lists and terms."""

    page_size_default: int
    page_size_max: int
    payment_terms_days: int


@dataclass
class Context:
    """Made for one operation, closed after it; `refused_fields` are the guarded fields that have their error."""

    database: Database
    viewer: Viewer
    limits: Limits
    checker: Checker
    request_id: str = ""
    refused_fields: set[tuple[str, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.read: Snapshot = self.database.snapshot(self.viewer)
        self.in_progress = False

    async def write(self, payload: type[P], change: Change, input: Any, /, **also: Any) -> P:
        """One mutation field, one transaction: runs the change with the fields of the input and answers its payload.

        An input's `idempotency_key` and its canonical form go with it. The payload is read from a fresh snapshot.
        """
        await self.read.close()
        given = dict(vars(input))
        key = given.pop("idempotency_key", None)
        idempotency = None if key is None else IdempotencyKey(key, canonical(input))
        act = Act(self.viewer, change.__name__, self.request_id)
        outcome = await make(self.database, act, change, {**given, **also}, idempotency)
        self.in_progress |= any(fault.code == ErrorCode.IN_PROGRESS for fault in outcome.faults)
        self.read = self.database.snapshot(self.viewer)
        return payload(outcome=outcome)

    async def refuse(self, mutation: str) -> None:
        """Leaves the audit row of a mutation that the viewer's role does not allow."""
        await self.read.close()
        await audit_refusal(self.database, Act(self.viewer, mutation, self.request_id), ErrorCode.FORBIDDEN)
        self.read = self.database.snapshot(self.viewer)

    def begin_again(self) -> None:
        """All fields are answered anew, from the same snapshot.

        They read it anew too: which of several errors is told hangs on what is waited for.
        """
        self.refused_fields.clear()
        self.read.forget()

    async def close(self) -> None:
        await self.read.close()


Info: TypeAlias = StrawberryInfo[Context, None]
