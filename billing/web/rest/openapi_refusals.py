"""The refusals of the OpenAPI document: what each status means, and the schemas of their bodies."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLEnumType

from billing.web.rest.examples import REFUSALS
from billing.web.rest.refusals import FAULT_STATUS, STATUS

Json = dict[str, Any]

STATUSES: Mapping[int, str] = {
    400: "The request cannot be read: no JSON, a wrong type, a field or parameter that there is not, a cursor of "
    "another list, no usable Idempotency-Key. Nothing was changed.",
    401: "No valid token of an active user was sent.",
    403: "The user's role or side does not allow it, or the user recorded the payment that they would confirm. "
    "Nothing was changed.",
    404: "There is no such thing, or the user may not see it. Nothing was changed.",
    409: "The state of things or the key does not allow it; an IN_PROGRESS may be sent again after Retry-After. "
    "Nothing was changed.",
    413: "The body is longer than a request may be. Nothing was changed.",
    415: "The body is not application/json, or it is compressed. Nothing was changed.",
    422: "The request was read, and something in it is wrong. Nothing was changed.",
    429: "The user asked for more than their share; the same request may work after Retry-After. Nothing was changed.",
    500: "A mistake of ours; the correlation id finds it in our logs.",
    503: "The database cannot be reached or took too long; the same request may work after Retry-After.",
}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}}
_HEADERS: Mapping[int, Json] = {
    401: {"WWW-Authenticate": {"description": "Bearer.", "required": True, "schema": {"type": "string"}}},
    409: _RETRY_AFTER,
    429: {"Retry-After": {**_RETRY_AFTER["Retry-After"], "required": True}},
    503: {"Retry-After": {**_RETRY_AFTER["Retry-After"], "required": True}},
}


def refusal(status: int) -> Json:
    """The response of one status."""
    code, field, message = REFUSALS[status]
    example = {
        "errors": [{"code": code, "field": field, "message": message}],
        "correlationId": "5f2b9c0e8d7a4f31b6c2d1e0f9a8b7c6",
    }
    return {
        "description": STATUSES[status],
        **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
        "content": media({"$ref": "#/components/schemas/Errors"}, example),
    }


def schemas(codes: GraphQLEnumType) -> Json:
    """The schemas of the body of a refusal; each code with its meaning in the graph and its status here."""
    meanings = []
    for code in STATUS:
        status = " or ".join(str(it) for it in dict.fromkeys((STATUS[code], FAULT_STATUS[code])))
        meanings.append(f"- `{code}` ({status}): {codes.values[code].description}")
    return {
        "ErrorCode": {
            "type": "string",
            "description": "Why something was refused, with the status it has.\n\n" + "\n".join(meanings),
            "enum": [str(code) for code in STATUS],
        },
        "Error": {
            "type": "object",
            "description": "One thing that is wrong.",
            "required": ["code", "field", "message"],
            "properties": {
                "code": {"$ref": "#/components/schemas/ErrorCode", "description": "Which kind, for programs."},
                "field": {
                    "type": ["string", "null"],
                    "description": "Where: `lines.0.quantity`, a parameter, a header; null where it is the whole.",
                },
                "message": {"type": "string", "description": "What is wrong and what to do, in English."},
            },
        },
        "Errors": {
            "type": "object",
            "description": "Why a request was refused; nothing was changed.",
            "required": ["errors", "correlationId"],
            "properties": {
                "errors": {
                    "type": "array",
                    "description": "What is wrong; the first of them decides the status.",
                    "minItems": 1,
                    "items": {"$ref": "#/components/schemas/Error"},
                },
                "correlationId": {"type": "string", "description": "Names this answer in our logs."},
            },
        },
    }


def media(schema: Json, example: Any) -> Json:
    """A JSON body with an example."""
    return {"application/json": {"schema": schema, "example": example}}
