"""What the rows cost alone: bare ASGI, hand-written batched statements, dicts, orjson; five fixed operations by name.

It reads no document, checks no type and guards nothing, so a service that does cannot come below it by being cleverer
about GraphQL; what a service takes more is the price of GraphQL and of its guards.
"""

import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date
from typing import Any, TypeAlias

import asyncpg
import orjson
from starlette.types import Receive, Scope, Send

from benchmarks.yardsticks.serving import CONNECTIONS, database_url, serve
from benchmarks.yardsticks.statements import columns_of, statement

Row: TypeAlias = dict[str, Any]
Variables: TypeAlias = dict[str, Any]

_SCALARS = (
    *("id", "number", "status", "currency", "periodStart", "periodEnd", "issueDate", "dueDate", "total"),
    *("outstanding", "pendingAmount", "createdAt"),
)
_PARTIES = ("fromDivisionId", "toDivisionId")
_DASHBOARD = columns_of(*_SCALARS, *_PARTIES, "cursorDate")
_DEEP = columns_of("id", "number", "status", "total", "currency")
_WIDE = columns_of("id", "number", "status", "currency", *_SCALARS[6:])

_DASHBOARD_PAGE = statement("page_of_division", _DASHBOARD)
_DEEP_PAGE = statement("page_of_division", _DEEP)
_WIDE_PAGE = statement("page", _WIDE)
_RECORD = statement("record", columns_of(*_SCALARS, *_PARTIES))
_DIVISIONS, _LINES = statement("divisions"), statement("line_items")
_ITEMS, _PAYMENTS = statement("catalog_items"), statement("payments")
_ADD_PENDING, _ADD_PAYMENT = statement("add_pending"), statement("add_payment")
_ADD_ALLOCATION = statement("add_allocation")

_LAST = (date.max, uuid.UUID(int=2**128 - 1))  # The driver writes date.max as infinity: behind it lies the whole list.
_HEADERS = [(b"content-type", b"application/json")]


class RowsFloor:
    """The ASGI application."""

    def __init__(self) -> None:
        self._operations: dict[str, Callable[[Variables], Awaitable[Row]]] = {
            "dashboard": self._dashboard,
            "deep": self._deep,
            "byId": self._by_id,
            "wide": self._wide,
            "recordPayment": self._record_payment,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        asked = orjson.loads(await _body(receive))
        data = await self._operations[asked["operationName"]](asked["variables"])
        content = orjson.dumps({"data": data}, option=orjson.OPT_UTC_Z)
        length = (b"content-length", str(len(content)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, length]})
        await send({"type": "http.response.body", "body": content})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._pool = await asyncpg.create_pool(
            database_url("postgresql"),
            min_size=CONNECTIONS,
            max_size=CONNECTIONS,
            init=_numbers_as_texts,
            reset=_nothing,
            server_settings={"timezone": "UTC", "jit": "off"},
        )
        self._recorder = await self._pool.fetchval("SELECT id FROM users ORDER BY id LIMIT 1")
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _dashboard(self, asked: Variables) -> Row:
        async with self._pool.acquire() as connection:
            found = await connection.fetch(_DASHBOARD_PAGE, *_page_of_division(asked))
            nodes = [dict(row) for row in found[: asked["first"]]]
            cursors = [_encode(node.pop("cursorDate"), node["id"]) for node in nodes[:1] + nodes[1:][-1:]]
            for node in nodes[1:-1]:
                del node["cursorDate"]
            await _name_parties(connection, nodes)
        page_info = {
            "hasNextPage": len(found) > asked["first"],
            "hasPreviousPage": bool(asked.get("after")),
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        }
        return {"billingRecords": {"nodes": nodes, "pageInfo": page_info}}

    async def _deep(self, asked: Variables) -> Row:
        async with self._pool.acquire() as connection:
            found = await connection.fetch(_DEEP_PAGE, *_page_of_division(asked))
            nodes = [dict(row) for row in found[: asked["first"]]]
            ids = [node["id"] for node in nodes]
            lines = await connection.fetch(_LINES, ids)
            item_ids = {line["catalogItemId"] for line in lines} - {None}
            items = {row["id"]: dict(row) for row in await connection.fetch(_ITEMS, item_ids)}
            payments = _by_record(await connection.fetch(_PAYMENTS, ids))
        for item in items.values():
            del item["id"]
        lines_of = _by_record(lines)
        for line in (line for of_record in lines_of.values() for line in of_record):
            line["catalogItem"] = items.get(line.pop("catalogItemId"))
        for node in nodes:
            node["lineItems"] = lines_of.get(node["id"], [])
            node["payments"] = payments.get(node["id"], [])
        return {"billingRecords": {"nodes": nodes}}

    async def _by_id(self, asked: Variables) -> Row:
        async with self._pool.acquire() as connection:
            nodes = [dict(row) for row in await connection.fetch(_RECORD, asked["id"])]
            await _name_parties(connection, nodes)
        return {"billingRecord": nodes[0] if nodes else None}

    async def _wide(self, asked: Variables) -> Row:
        async with self._pool.acquire() as connection:
            found = await connection.fetch(_WIDE_PAGE, *_decode(asked.get("after")), asked["first"] + 1)
        return {"billingRecords": {"nodes": [dict(row) for row in found[: asked["first"]]]}}

    async def _record_payment(self, asked: Variables) -> Row:
        given = asked["input"]
        (allocation,) = given["allocations"]
        async with self._pool.acquire() as connection, connection.transaction():
            paid = dict(await _one(connection, _ADD_PENDING, allocation["billingRecordId"], allocation["amount"]))
            parties = (paid.pop("fromDivisionId"), paid.pop("toDivisionId"), paid.pop("currency"))
            moved = (given["amount"], given["method"], given["reference"])
            payment = await _one(connection, _ADD_PAYMENT, uuid.uuid4(), *parties, *moved, self._recorder)
            await connection.execute(_ADD_ALLOCATION, payment["id"], paid["id"], *parties, allocation["amount"])
        return {"recordPayment": {"payment": dict(payment), "billingRecords": [paid], "userErrors": []}}


async def _one(connection: Any, text: str, *values: Any) -> Any:
    return await connection.fetchrow(text, *values)


async def _name_parties(connection: Any, nodes: Sequence[Row]) -> None:
    """Puts both divisions of each record in place of their ids, from one statement for all."""
    ids = {node[side] for node in nodes for side in _PARTIES}
    named = {row["id"]: dict(row) for row in await connection.fetch(_DIVISIONS, ids)}
    for node in nodes:
        node["fromDivision"] = named[node.pop("fromDivisionId")]
        node["toDivision"] = named[node.pop("toDivisionId")]


def _by_record(rows: Iterable[Any]) -> dict[uuid.UUID, list[Row]]:
    found: defaultdict[uuid.UUID, list[Row]] = defaultdict(list)
    for row in map(dict, rows):
        found[row.pop("recordId")].append(row)
    return found


def _page_of_division(asked: Variables) -> tuple[Any, ...]:
    return (asked["division"], *_decode(asked.get("after")), asked["first"] + 1)


def _encode(day: date, id: Any) -> str:
    return urlsafe_b64encode(orjson.dumps(["ISSUE_DATE", day, str(id)])).decode().rstrip("=")


def _decode(cursor: str | None) -> tuple[date, Any]:
    if not cursor:
        return _LAST
    _, day, id = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return date.fromisoformat(day), id


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _numbers_as_texts(connection: Any) -> None:
    """As they are shown; the driver's own uuid has a class of its own, which orjson does not know."""
    await connection.set_type_codec("numeric", schema="pg_catalog", encoder=str, decoder=str, format="text")
    await connection.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str, format="text")


async def _nothing(connection: Any) -> None:
    """In place of a round trip whenever a connection is given back."""


if __name__ == "__main__":
    serve(RowsFloor())
