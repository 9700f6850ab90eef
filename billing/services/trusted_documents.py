"""Trusted documents: listed from a file of a client's build, and taken off the list again."""

from collections.abc import Mapping

from billing.db import audit_events, trusted_documents, users
from billing.db.audit_events import Act
from billing.db.database import Database
from billing.permissions.viewer import Viewer


async def trust(database: Database, viewer: Viewer, documents: Mapping[str, tuple[str, str]]) -> list[str]:
    """Lists the documents, name and text by hash, all or none; answers the hashes that were not listed before."""
    async with database.transaction(viewer) as tx:
        await users.add_system_user_if_missing(tx)
        listed = {row.hash for row in await trusted_documents.find_all(tx, documents)}
        new = [hash for hash in documents if hash not in listed]
        for hash in new:
            name, text = documents[hash]
            await trusted_documents.add(tx, hash, name, text)
        if new:
            await audit_events.add_change(tx, Act(viewer, "trust_documents", request_id=""))
    return new


async def revoke(database: Database, viewer: Viewer, hash: str) -> bool:
    """Takes a document off the list; whether it was on it."""
    async with database.transaction(viewer) as tx:
        await users.add_system_user_if_missing(tx)
        rows = await trusted_documents.find_all(tx, [hash])
        for row in rows:
            await trusted_documents.remove(tx, row)
        if rows:
            await audit_events.add_change(tx, Act(viewer, "revoke_document", request_id=""))
    return bool(rows)
