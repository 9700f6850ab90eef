"""`node` and `nodes`: anything again by its id alone."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

import strawberry

from billing.db import nodes as statements
from billing.domain.errors import BadInput
from billing.schema.context import Info
from billing.schema.fields import described, sized
from billing.schema.nodes import Node
from billing.schema.scalars import Id

NODES_MAX = 100


@strawberry.type
class NodeQuery:
    @strawberry.field(description="Whatever has the id; null where the viewer sees nothing.")
    async def node(self, info: Info, id: Annotated[Id, described("The id.")]) -> Node | None:
        found: Node | None = (await _found(info, [id]))[0]
        return found

    @strawberry.field(
        description="Whatever has each id, in the order asked; null where the viewer sees nothing.",
        metadata=sized("ids"),
    )
    async def nodes(
        self, info: Info, ids: Annotated[list[Id], described("The ids, 100 at most.")]
    ) -> list[Node | None]:
        if len(ids) > NODES_MAX:
            raise BadInput(f"nodes takes at most {NODES_MAX} ids.")
        return await _found(info, ids)


async def _found(info: Info, ids: list[Id]) -> list[Any]:
    """One statement says which noun each id is of; its loader answers under the viewer's rights."""
    read = info.context.read
    found = await read.rows(statements.loaders_of(info.context.viewer, ids))
    loaders: dict[UUID, str] = {row.id: row.loader for row in found}

    async def find(id: UUID) -> Any:
        return await read.load(loaders[id], id) if id in loaders else None

    return await asyncio.gather(*(find(id) for id in ids))
