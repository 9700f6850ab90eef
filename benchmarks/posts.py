"""Calls as the bytes that are sent, made before anything is timed."""

import itertools
import secrets
from collections.abc import Iterator, Sequence

import orjson

from benchmarks.draw import FRESH, Call
from benchmarks.issuer import Issuer
from benchmarks.operations import Operation

_FRESH = FRESH.encode()


def post(operation: Operation, call: Call, issuer: Issuer) -> bytes:
    """One POST on a connection that is kept; the token goes to every server, though only this service looks at it."""
    body = orjson.dumps(
        {"query": operation.document, "operationName": operation.name, "variables": dict(call.variables)}
    )
    lines = (
        "POST /graphql HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {issuer.token(call.caller)}",
        "Accept: application/json",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join([*lines, "", ""]).encode() + body


def posts(operation: Operation, calls: Sequence[Call], issuer: Issuer) -> list[bytes]:
    return [post(operation, call, issuer) for call in calls]


def endless(made: Sequence[bytes], begin: int) -> Iterator[bytes]:
    """From one place of the sequence on, round and round; each with keys of its own where it has any."""
    sequence = itertools.cycle([*made[begin % len(made) :], *made[: begin % len(made)]])
    return map(with_fresh_key, sequence) if _FRESH in made[0] else sequence


def with_fresh_key(made: bytes) -> bytes:
    return made.replace(_FRESH, f"bench-{secrets.token_hex(9)}".encode())
