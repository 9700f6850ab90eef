"""The trusted documents as a request meets them: looked up in the database, and remembered for a short while."""

from collections import OrderedDict
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from billing.db import trusted_documents
from billing.db.database import Database
from billing.domain.errors import BillingError, ErrorCode

_SECONDS: Final = 30
_KEPT_MAX: Final = 1_000


class DocumentNotTrusted(BillingError):
    """Only listed documents are run here."""

    code = ErrorCode.DOCUMENT_NOT_TRUSTED

    def __init__(self) -> None:
        super().__init__("Only trusted documents run here, and this one is not; `billing documents trust` lists it.")


@dataclass
class TrustedDocuments:
    """What is trusted or no longer trusted is known within half a minute, in every process."""

    database: Database
    _kept: OrderedDict[str, tuple[str | None, float]] = field(default_factory=OrderedDict)

    async def find(self, named: str) -> str | None:
        """The text of the hash, None where it is not listed."""
        text, until = self._kept.get(named, (None, 0.0))
        if until < monotonic():
            row = await self.database.read_one(trusted_documents.by_hash(named))
            text = None if row is None else row.text
            self._kept[named] = (text, monotonic() + _SECONDS)
            if len(self._kept) > _KEPT_MAX:
                self._kept.popitem(last=False)
        return text
