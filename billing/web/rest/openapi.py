"""The OpenAPI 3.1 document of the routes, made from their table, the stored operations and the graph."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLEnumType

from billing.schema.contract import Schema
from billing.web.rest import openapi_refusals
from billing.web.rest.change import KEY_HEADER, KEY_PATTERN, REPLAYED_HEADER, Change
from billing.web.rest.examples import ANSWERS, REQUESTS
from billing.web.rest.listing import Listing
from billing.web.rest.openapi_refusals import media
from billing.web.rest.routes import PREFIX, ROUTES, Route
from billing.web.rest.schemas import Schemas
from billing.web.rest.stored import Stored, load

Json = dict[str, Any]

_ABOUT = """\
Billing records and payments between divisions, for callers who do not speak GraphQL. Each route is a stored \
operation of the graph, run under the same rights: what the token's user may not see does not exist here either.

Amounts are texts with exactly the places of their currency, ids are UUIDs, days are `2026-01-31`, moments are in UTC. \
Every POST names an `Idempotency-Key`: the same key with the same body is answered by what was done before, with \
`Idempotent-Replayed: true`; a refusal is not remembered, so that a corrected request may use its key again.

An answer is `data`, for lists with the `nextCursor` of the following page, or `errors`, each with a `code` for \
programs, the `field` it is about and a `message` for people. Several faults come together; the first one decides \
the status.
"""

_KEY = (
    "Chosen by the caller, new for each change that is meant, the same when a request is sent again: 1 to 255 visible "
    "ASCII characters, a UUID for example."
)
_LINKS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "CreateBillingRecord": {
        "itself": ("billingRecords", "/data/id"),
        "confirmation": ("confirmBillingRecordPayment", "/data/id"),
    },
    "RecordPayment": {
        "itself": ("payments", "/data/id"),
        "confirmation": ("confirmBillingRecordPayment", "/data/allocations/0/billingRecord/id"),
    },
}
"""Where to go on from an answer: the operation, and the place in the body of the `id` that it takes."""


def document(schema: Schema) -> Json:
    """The whole document."""
    stored, schemas = load(schema), Schemas()
    paths: dict[str, Json] = {}
    for route in ROUTES:
        operation = _operation(route, stored[route.operation], schemas)
        paths.setdefault(f"{PREFIX}{route.path}", {})[route.method.lower()] = operation
    codes = schema._schema.type_map["ErrorCode"]
    assert isinstance(codes, GraphQLEnumType)
    named = {**schemas.named, **openapi_refusals.schemas(codes)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Internal Billing", "version": "1.0.0", "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A token of an active user: `Authorization: Bearer <token>`.",
                }
            },
            "parameters": {"IdempotencyKey": _key()},
            "responses": {str(status): openapi_refusals.refusal(status) for status in openapi_refusals.STATUSES},
            "schemas": dict(sorted(named.items())),
        },
    }


def _operation(route: Route, stored: Stored, schemas: Schemas) -> Json:
    about = {
        "operationId": stored.name[0].lower() + stored.name[1:],
        "summary": route.summary,
        "description": stored.root.description,
    }
    refusals = {str(status): {"$ref": f"#/components/responses/{status}"} for status in route.statuses}
    if isinstance(route, Listing):
        asked: Json = {"parameters": _query(route, stored, schemas)}
        success = _page(route, stored, schemas)
    else:
        asked = {"parameters": _given(route), "requestBody": _body(route, stored, schemas)}
        success = _changed(route, stored, schemas)
    return {
        **about,
        **asked,
        "responses": {str(route.success): success, **refusals},
        "x-graphql-operation": stored.text,
    }


def _query(route: Listing, stored: Stored, schemas: Schemas) -> list[Json]:
    found = []
    for parameter in route.parameters:
        schema = {**schemas.of_input(parameter.type(stored)), **parameter.bounds}
        found.append(
            {
                "name": parameter.name,
                "in": "query",
                "description": parameter.described(stored),
                "schema": schema,
                **({"style": "form", "explode": True} if parameter.repeatable(stored) else {}),
                **({} if parameter.example is None else {"example": parameter.example}),
            }
        )
    return found


def _given(route: Change) -> list[Json]:
    key: Json = {"$ref": "#/components/parameters/IdempotencyKey"}
    if route.named_by_path is None:
        return [key]
    path = {"name": "id", "in": "path", "required": True, "description": "The id of the billing record."}
    return [{**path, "schema": {"type": "string", "format": "uuid"}}, key]


def _body(route: Change, stored: Stored, schemas: Schemas) -> Json:
    empty = route.body_is_empty(stored)
    name = route.operation
    schemas.named[name] = schemas.of_fields(route.input(stored), route.not_in_body)
    if empty:
        schemas.named[name]["description"] = "Nothing; the body may be left out."
    return {
        "required": not empty,
        "content": media({"$ref": f"#/components/schemas/{name}"}, REQUESTS[name]),
    }


def _page(route: Listing, stored: Stored, schemas: Schemas) -> Json:
    properties = {
        "data": {**schemas.of_part(stored, route.shown(stored)), "description": "The rows of the page."},
        "nextCursor": {
            "type": ["string", "null"],
            "description": "The `cursor` of the next page; null where there is none.",
        },
    }
    schema = {"type": "object", "required": ["data", "nextCursor"], "properties": properties}
    return {"description": "A page of the list.", "content": media(schema, ANSWERS[route.operation])}


def _changed(route: Change, stored: Stored, schemas: Schemas) -> Json:
    parts = {
        part.name: {**schemas.of_result(stored, part), "description": part.description} for part in route.shown(stored)
    }
    data = parts[route.result] if route.result else {"type": "object", "required": list(parts), "properties": parts}
    headers: Json = {
        REPLAYED_HEADER: {
            "description": "Sent where the key and the body came before: this was done then, and is shown as it is "
            "now.",
            "schema": {"const": "true"},
        }
    }
    if route.location is not None:
        headers["Location"] = {
            "description": "Where it can be read again.",
            "required": True,
            "schema": {"type": "string"},
        }
    schema = {"type": "object", "required": ["data"], "properties": {"data": data}}
    return {
        "description": "Done." if route.success == 200 else "Created.",
        "headers": headers,
        "content": media(schema, ANSWERS[route.operation]),
        "links": {
            name: {"operationId": operation, "parameters": {"id": f"$response.body#{place}"}}
            for name, (operation, place) in _LINKS.get(route.operation, {}).items()
        },
    }


def _key() -> Json:
    return {
        "name": KEY_HEADER,
        "in": "header",
        "required": True,
        "description": _KEY,
        "schema": {"type": "string", "pattern": KEY_PATTERN},
        "example": "7d0c9a52-64f3-4b0e-9d3a-5a1c8f1f2b77",
    }
