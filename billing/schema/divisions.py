"""The division as clients see it."""

from datetime import datetime

import strawberry

from billing.schema.fields import relation
from billing.schema.nodes import Node


@strawberry.type(description="A unit of the organisation that provides services to others, or consumes theirs.")
class Division(Node):
    code: str = strawberry.field(description="Its short code; stands in the numbers of its records and never changes.")
    name: str = strawberry.field(description="Its name.")
    cost_centre: str | None = strawberry.field(description="The cost centre its charges are booked on.")
    gl_code: str | None = strawberry.field(description="Its account in the general ledger.")
    active: bool = strawberry.field(description="Whether new records may name it.")
    version: int = strawberry.field(description="Counts its changes; send it with an update.")
    created_at: datetime = strawberry.field(description="When it was created.")
    parent: "Division | None" = relation(
        "divisions_by_id", key="parent_id", description="The division directly above; null at the top of the tree."
    )
    children: list["Division"] = relation(
        "divisions_by_parent_id", key="id", size=20, description="The divisions directly below, by code."
    )
