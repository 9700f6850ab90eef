"""Root fields over the audit trail."""

from typing import Annotated

import strawberry

from billing.db import audit_events as statements
from billing.permissions.fields import requires
from billing.permissions.grants import Permission
from billing.schema.audit_events import AuditEvent
from billing.schema.connections import After, Before, Connection, First, Last, list_page
from billing.schema.context import Info
from billing.schema.fields import described
from billing.schema.filters import AuditEventFilter
from billing.schema.orders import AuditEventOrder


@strawberry.type
class AuditEventQuery:
    @strawberry.field(
        description="The audit trail: who changed what, and who was refused a right; the latest first.",
        extensions=[requires(Permission.AUDIT_READ)],
    )
    async def audit_events(
        self,
        info: Info,
        filter: Annotated[AuditEventFilter | None, described("Which ones.")] = None,
        order_by: Annotated[
            AuditEventOrder | None, described("In which order; the latest first when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AuditEvent] | None:
        return await list_page(info, statements.LIST, filter, order_by, first, after, last, before)
