"""A route that lists: query parameters become a filter and a page, the page becomes `data` and `nextCursor`."""

from dataclasses import dataclass
from typing import Any, ClassVar

from billing.web.requests import Request
from billing.web.rest.parameters import Parameter, variables
from billing.web.rest.reading import Reading
from billing.web.rest.refusals import Answer
from billing.web.rest.shapes import lowered, shape
from billing.web.rest.stored import Part, Stored


@dataclass(frozen=True, kw_only=True)
class Listing:
    """GET of a list. The operation answers a connection of which `nodes` and `pageInfo` are selected."""

    method: ClassVar = "GET"
    success: ClassVar = 200
    statuses: ClassVar = (400, 401, 429, 500, 503)

    path: str
    operation: str
    summary: str
    parameters: tuple[Parameter, ...]

    def variables(self, request: Request, body: bytes, stored: Stored) -> dict[str, Any]:
        reading = Reading()
        found = variables(self.parameters, request.query_params, stored, reading)
        reading.refuse_if_any()
        return found

    def shown(self, stored: Stored) -> Part:
        return stored.part(stored.root, "nodes")

    def answer(self, page: Any, stored: Stored, correlation_id: str) -> Answer:
        place = page["pageInfo"]
        return Answer(
            self.success,
            {
                "data": lowered(page["nodes"], shape(stored, self.shown(stored))),
                "nextCursor": place["endCursor"] if place["hasNextPage"] else None,
            },
        )
