"""A route that changes something: a JSON body and the Idempotency-Key become the input of a mutation."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from graphql import GraphQLInputObjectType, get_named_type

from billing.domain.errors import ErrorCode
from billing.domain.texts import KEY_LENGTH_MAX
from billing.web.bodies import json_object, require_json
from billing.web.requests import Request
from billing.web.rest.reading import Reading
from billing.web.rest.refusals import Answer, of_user_errors
from billing.web.rest.shapes import lowered, shape
from billing.web.rest.stored import Part, Stored

KEY_HEADER = "Idempotency-Key"
KEY_PATTERN = f"^[!-~]{{1,{KEY_LENGTH_MAX}}}$"
REPLAYED_HEADER = "Idempotent-Replayed"


@dataclass(frozen=True, kw_only=True)
class Change:
    """POST of a change. The payload's field `result` is shown, or all its fields where that is None.

    `named_by_path` is the field of the input that the `{id}` of the path gives; `location` the list in which the new
    thing is found by its id.
    """

    method: ClassVar = "POST"

    path: str
    operation: str
    summary: str
    success: int
    statuses: tuple[int, ...]
    result: str | None = None
    named_by_path: str | None = None
    location: str | None = None

    def input(self, stored: Stored) -> GraphQLInputObjectType:
        kind = get_named_type(stored.variables["input"])
        assert isinstance(kind, GraphQLInputObjectType)
        return kind

    @property
    def not_in_body(self) -> frozenset[str]:
        """The fields of the input that a header and the path give."""
        return frozenset({"idempotencyKey", self.named_by_path or ""})

    def body_is_empty(self, stored: Stored) -> bool:
        return set(self.input(stored).fields) <= self.not_in_body

    def variables(self, request: Request, body: bytes, stored: Stored) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if body or not self.body_is_empty(stored):
            require_json(request, "the body")
            given = json_object(body, "the body")
        reading = Reading()
        for name in request.query_params:
            reading.fault("There are no query parameters here.", name[:64])
        key = _key(request, reading)
        read = reading.object(given, self.input(stored), without=self.not_in_body)
        reading.refuse_if_any()
        named = {self.named_by_path: request.path_params["id"]} if self.named_by_path else {}
        return {"input": {**read, **named, "idempotencyKey": key}}

    def shown(self, stored: Stored) -> list[Part]:
        """What of the payload stands in `data`."""
        return [
            part
            for part in stored.parts(stored.root)
            if part.name not in ("replayed", "userErrors") and self.result in (None, part.name)
        ]

    def answer(self, payload: Any, stored: Stored, correlation_id: str) -> Answer:
        if payload["userErrors"]:
            names = {"idempotencyKey": KEY_HEADER} | ({self.named_by_path: "id"} if self.named_by_path else {})
            return of_user_errors(payload["userErrors"], names, correlation_id)
        data = {part.name: lowered(payload[part.name], shape(stored, part)) for part in self.shown(stored)}
        headers = {REPLAYED_HEADER: "true"} if payload["replayed"] else {}
        if self.result is not None:
            data = data[self.result]
        if self.location is not None:
            headers["Location"] = f"{self.location}?id={data['id']}"
        return Answer(self.success, {"data": data}, headers)


def _key(request: Request, reading: Reading) -> str:
    keys = request.lines(KEY_HEADER.lower().encode())
    if len(keys) == 1 and re.fullmatch(KEY_PATTERN, keys[0]):
        return keys[0]
    text = f"Send one {KEY_HEADER} header of 1 to {KEY_LENGTH_MAX} visible ASCII characters, new for each new change."
    reading.fault(text, KEY_HEADER, code=ErrorCode.BAD_KEY)
    return ""
