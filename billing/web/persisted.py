"""Automatic persisted queries: a document is sent once with its hash, and by the hash alone from then on."""

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from billing.domain.errors import BadInput, BillingError, ErrorCode

_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class PersistedQueryNotFound(BillingError):
    """The text is the one that clients of the protocol look for."""

    code = ErrorCode.PERSISTED_QUERY_NOT_FOUND

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


def hash_of(text: str) -> str:
    """The SHA-256 of a document, in hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def checked_hash(given: Any, where: str) -> str:
    if not isinstance(given, str) or not _HASH.fullmatch(given):
        raise BadInput(f"{where} is a SHA-256 in 64 lower-case hexadecimal digits.")
    return given


def persisted_hash(extensions: dict[str, Any]) -> str | None:
    """The hash that the extension `persistedQuery` names, None where the request has no such extension."""
    given = extensions.get("persistedQuery")
    if given is None:
        return None
    if not isinstance(given, dict) or given.get("version") is True or given.get("version") != 1:
        raise BadInput("Send extensions.persistedQuery as {version: 1, sha256Hash}.")
    return checked_hash(given.get("sha256Hash"), "extensions.persistedQuery.sha256Hash")


@dataclass
class PersistedQueries:
    """The texts by their hash, the least recently used given up first."""

    kept_max: int
    _kept: OrderedDict[str, str] = field(default_factory=OrderedDict)

    def find(self, named: str) -> str:
        """Raises PersistedQueryNotFound."""
        try:
            self._kept.move_to_end(named)
        except KeyError:
            raise PersistedQueryNotFound from None
        return self._kept[named]

    def keep(self, named: str, text: str) -> None:
        """Only for documents that can be run, so that nobody fills the room with others."""
        self._kept[named] = text
        self._kept.move_to_end(named)
        if len(self._kept) > self.kept_max:
            self._kept.popitem(last=False)
