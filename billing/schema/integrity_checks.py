"""What clients see of an integrity check."""

from datetime import datetime

import strawberry

from billing.schema.enums import IntegrityCheckStatus
from billing.schema.fields import relation
from billing.schema.scalars import BigInt, Id
from billing.schema.users import User


@strawberry.type(description="A look at all data, at one moment: whether everything that must agree does.")
class IntegrityCheck:
    id: Id = strawberry.field(description="The id, a UUID.")
    status: IntegrityCheckStatus = strawberry.field(description="The status.")
    started_at: datetime = strawberry.field(description="When it was started.")
    finished_at: datetime | None = strawberry.field(description="When it ended; null while it is running.")
    started_by: User = relation(
        "users_by_id",
        key="started_by",
        description="Who started it; the service itself for the command `billing check`.",
    )
    results: list["IntegrityCheckResult"] = relation(
        "integrity_check_results_by_check_id",
        key="id",
        size=60,
        description="What it found, a result for each invariant; none before the check has come to its end.",
    )


@strawberry.type(description="What an integrity check found of one invariant.")
class IntegrityCheckResult:
    invariant: str = strawberry.field(description="The name of the invariant.")
    description: str = strawberry.field(description="What must hold, in a sentence.")
    rows_checked: BigInt = strawberry.field(description="At how many things it looked.")
    fault_count: BigInt = strawberry.field(description="How many of these are wrong.")
    offending_ids: list[Id] = strawberry.field(
        description="Which ones, the first 20 by id: a UUID, or what else names the thing, as IT-2026 does a series of "
        "numbers."
    )
