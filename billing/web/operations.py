"""What a request asks for: its parameters read strictly, and the document that it sends, or names by a hash."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from graphql import OperationType

from billing.domain.errors import BadInput
from billing.permissions.viewer import Viewer
from billing.web.bodies import BadRequest
from billing.web.executor import Asked, Executed, Executor
from billing.web.persisted import PersistedQueries, checked_hash, hash_of, persisted_hash
from billing.web.trusted import DocumentNotTrusted, TrustedDocuments

_ID_PREFIX: Final = "sha256:"


@dataclass(frozen=True)
class Operations:
    """Runs what requests ask for; with `trusted_only` nothing but the documents that are listed."""

    executor: Executor
    persisted: PersistedQueries
    trusted: TrustedDocuments
    trusted_only: bool

    async def run(
        self, given: dict[str, Any], viewer: Viewer, allowed: Collection[OperationType], correlation_id: str
    ) -> Executed:
        """The operation of these parameters. Raises BadRequest, and what the executor raises."""
        text, variables, operation = _text(given, "query"), _object(given, "variables"), _text(given, "operationName")
        extensions, document_id = _object(given, "extensions"), _text(given, "documentId")
        named = persisted_hash(extensions) if document_id is None else _hash_of_id(document_id)
        document = text
        if document is None or named is not None or self.trusted_only:
            document = await self._document(text, named)
        executed = await self.executor.run(Asked(document, variables, operation), viewer, allowed, correlation_id)
        if text is not None and named is not None and executed.started:
            self.persisted.keep(named, text)
        return executed

    async def _document(self, text: str | None, named: str | None) -> str:
        if text is None and named is None:
            raise BadRequest("Send the document as a text in query.")
        if text is not None and named is not None and hash_of(text) != named:
            raise BadInput("The hash is not the SHA-256 of the document.")
        if self.trusted_only:
            trusted = await self.trusted.find(named or hash_of(text or ""))
            if trusted is None:
                raise DocumentNotTrusted
            return trusted
        if text is not None:
            return text
        assert named is not None
        return await self.trusted.find(named) or self.persisted.find(named)


def _text(given: dict[str, Any], name: str) -> str | None:
    """An empty text says as little as none."""
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRequest(f"Send {name} as a text.")
    return value or None


def _object(given: dict[str, Any], name: str) -> dict[str, Any]:
    value = given.get(name)
    if value is not None and not isinstance(value, dict):
        raise BadRequest(f"Send {name} as an object.")
    return value or {}


def _hash_of_id(document_id: str) -> str:
    return checked_hash(document_id.removeprefix(_ID_PREFIX), "documentId")
