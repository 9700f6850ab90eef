"""The orders of the lists: a field and a direction."""

from enum import Enum
from typing import Protocol

import strawberry

from billing.schema.enums import (
    AuditEventOrderField,
    BillingRecordOrderField,
    CatalogItemOrderField,
    CreditNoteOrderField,
    DisputeOrderField,
    DivisionOrderField,
    OrderDirection,
    PaymentOrderField,
    UserOrderField,
)

_FIELD = "What to order by; rows that are equal in it are ordered by id."
_DIRECTION = "The direction."


class OrderBy(Protocol):
    """Any of the order inputs."""

    @property
    def field(self) -> Enum: ...
    @property
    def direction(self) -> OrderDirection: ...


@strawberry.input(description="The order of billing records.")
class BillingRecordOrder:
    field: BillingRecordOrderField = strawberry.field(description=_FIELD)
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description=_DIRECTION)


@strawberry.input(description="The order of payments.")
class PaymentOrder:
    field: PaymentOrderField = strawberry.field(description=_FIELD)
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description=_DIRECTION)


@strawberry.input(description="The order of disputes.")
class DisputeOrder:
    field: DisputeOrderField = strawberry.field(description=_FIELD)
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description=_DIRECTION)


@strawberry.input(description="The order of divisions.")
class DivisionOrder:
    field: DivisionOrderField = strawberry.field(description=_FIELD)
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description=_DIRECTION)


@strawberry.input(description="The order of catalog items.")
class CatalogItemOrder:
    field: CatalogItemOrderField = strawberry.field(description=_FIELD)
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description=_DIRECTION)


@strawberry.input(description="The order of users.")
class UserOrder:
    field: UserOrderField = strawberry.field(description=_FIELD)
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description=_DIRECTION)


@strawberry.input(description="The order of credit notes.")
class CreditNoteOrder:
    field: CreditNoteOrderField = strawberry.field(description=_FIELD)
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description=_DIRECTION)


@strawberry.input(description="The order of the audit trail.")
class AuditEventOrder:
    field: AuditEventOrderField = strawberry.field(description=_FIELD)
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description=_DIRECTION)
