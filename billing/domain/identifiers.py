"""Ids: UUIDv7, made by the service, so that they grow with time."""

from uuid import UUID

from uuid_utils.compat import uuid7

NOBODY = UUID(int=0)
"""The id of nothing: what an id that is no UUID means, so that malformed, missing and foreign ids answer alike."""


def new_id() -> UUID:
    return uuid7()


def parse_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return NOBODY
