"""Root fields over integrity checks."""

from typing import Annotated

import strawberry

from billing.db import integrity_checks as statements
from billing.permissions.fields import requires
from billing.permissions.grants import Permission
from billing.schema.context import Info
from billing.schema.fields import described
from billing.schema.inputs import RunIntegrityCheckInput
from billing.schema.integrity_checks import IntegrityCheck
from billing.schema.payloads import RunIntegrityCheckPayload
from billing.services import integrity_checks as service


@strawberry.type
class IntegrityCheckQuery:
    @strawberry.field(
        description="The integrity check that was started last, with what it found once it has ended; null before the "
        "first one. Needs INTEGRITY_READ.",
        extensions=[requires(Permission.INTEGRITY_READ)],
    )
    async def integrity_check(self, info: Info) -> IntegrityCheck | None:
        return await info.context.read.one(IntegrityCheck, statements.latest(info.context.viewer))


@strawberry.type
class IntegrityCheckMutation:
    @strawberry.mutation(
        description="Start an integrity check of all data. It goes on in the background, for minutes over millions of "
        "rows; ask integrityCheck for its result. INVALID_STATE while another is running.",
        extensions=[requires(Permission.INTEGRITY_RUN)],
    )
    async def run_integrity_check(
        self, info: Info, input: Annotated[RunIntegrityCheckInput, described("The key.")]
    ) -> RunIntegrityCheckPayload | None:
        return await info.context.write(
            RunIntegrityCheckPayload, service.run_integrity_check, input, checker=info.context.checker
        )
