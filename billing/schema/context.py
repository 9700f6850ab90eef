"""The context of one operation: who asks, the snapshot they read from, and the one way to change something."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast
from uuid import UUID

from strawberry.types import Info as StrawberryInfo

from billing.db.audit_events import Act
from billing.db.database import Database
from billing.db.loaders import LOADERS, Tables, can_nest
from billing.db.snapshot import Snapshot
from billing.domain.errors import ErrorCode
from billing.engine.columns import Columns
from billing.engine.plans import HERE, Asked
from billing.permissions.viewer import Viewer
from billing.schema.canonical import canonical
from billing.services.changes import Change, IdempotencyKey, audit_refusal, make
from billing.services.integrity_checks import Checker

if TYPE_CHECKING:
    from billing.schema.payloads import Payload

N = TypeVar("N")
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
        self.asked: Asked | None = None
        self.in_progress = False

    def run_in_one(self, asked: Asked) -> None:
        """All that is asked is answered level by level, and given up only as a whole."""
        self.asked = asked
        self.read.read_as_one()

    def columns(self, info: "Info", paths: Sequence[Sequence[str]], tables: Tables) -> Columns | None:
        """Of the rows that a root field answers, at these paths below it, the columns that are asked for.

        With all that hangs on them, where its statements fit into one that reads the tables.
        """
        if self.asked is None:
            return None
        node = info._raw_info.field_nodes[0]
        wanted = self.asked.wanted(node, paths, tables, lambda columns: can_nest(tables, columns))
        if wanted.is_all:
            self.read.read_once()
        return wanted.columns

    async def one(self, info: "Info", noun: type[N], loader: str, id: UUID) -> N | None:
        """What a root field answers for an id: the row as the noun clients see, with all that hangs on it."""
        columns = self.columns(info, HERE, LOADERS[loader].tables)
        if columns is None:
            return cast("N | None", await self.read.load(loader, id))
        return cast("N | None", (await self.read.load_level(loader, [id], columns))[id])

    async def write(self, payload: type[P], change: Change, input: Any, /, **also: Any) -> P:
        """One mutation field, one transaction: runs the change with the fields of the input and answers its payload.

        An input's `idempotency_key` and its canonical form go with it. The payload is read from a fresh snapshot.
        """
        await self.read.close()
        given = dict(vars(input))
        key = given.pop("idempotency_key", None)
        idempotency = None if key is None else IdempotencyKey(key, canonical(input))
        act = Act(self.viewer, change.__name__, self.request_id)
        self.read = self.database.snapshot(self.viewer)
        outcome = await make(self.database, act, change, {**given, **also}, idempotency, self.read)
        self.in_progress |= any(fault.code == ErrorCode.IN_PROGRESS for fault in outcome.faults)
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
        self.asked = None
        self.refused_fields.clear()
        self.read.forget()

    async def close(self) -> None:
        self.asked = None  # Which holds this.
        await self.read.close()


Info: TypeAlias = StrawberryInfo[Context, None]
