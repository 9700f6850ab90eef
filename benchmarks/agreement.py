"""Shows that all servers answer the same before anything is timed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
import orjson

from benchmarks.draw import Call
from benchmarks.issuer import Issuer
from benchmarks.operations import Operation
from benchmarks.posts import post, with_fresh_key
from benchmarks.servers import SERVICE, Server

_SECONDS_MAX = 60
_COMPARED = 20
# What another payment has otherwise: its id is new, and the reference was sent.
_NEW = {"recordPayment": ("id", "reference")}


class Disagreement(Exception):
    """Two servers answer differently; the text says which, to what, and where."""


async def assert_agreement(servers: Sequence[Server], operation: Operation, calls: Sequence[Call], by: Issuer) -> None:
    """The first calls of the sequence, asked of each server. Raises Disagreement."""
    for call in calls[:_COMPARED]:
        answers = {server.name: await _answer(server, operation, call, by) for server in servers}
        expected = answers.pop(SERVICE, None) or next(iter(answers.values()))
        for name, answer in answers.items():
            for difference in differences(expected, answer):
                raise Disagreement(f"{operation.name} {dict(call.variables)}: {name} differs at {difference}")


def differences(one: Any, other: Any, path: str = "data") -> Iterator[str]:
    """Where two answers differ; lists of another length are told as a whole."""
    if isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() == other.keys():
        for key in one:
            yield from differences(one[key], other[key], f"{path}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from differences(mine, theirs, f"{path}[{place}]")
    elif one != other:
        yield f"{path}: {_short(one)} and {_short(other)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]} …"


async def _answer(server: Server, operation: Operation, call: Call, by: Issuer) -> Any:
    head, _, body = with_fresh_key(post(operation, call, by)).partition(b"\r\n\r\n")
    lines = (line.partition(": ")[::2] for line in head.decode().split("\r\n")[1:])
    url = f"http://{server.host}:{server.port}/graphql"
    async with httpx.AsyncClient(timeout=_SECONDS_MAX, trust_env=False) as client:
        response = await client.post(url, content=body, headers=dict(lines))
    answer = orjson.loads(response.content) if response.status_code == httpx.codes.OK else {}
    if not answer.get("data") or answer.get("errors"):
        raise Disagreement(f"{operation.name}: {server.name} answers {response.status_code}: {response.text[:1000]}")
    return _without_what_is_new(operation, answer["data"])


def _without_what_is_new(operation: Operation, data: Any) -> Any:
    for name in _NEW.get(operation.name, ()):
        payment = data[operation.name]["payment"]
        if payment is not None:
            del payment[name]
    return data
