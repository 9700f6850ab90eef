"""Statements over trusted documents: the GraphQL documents that are listed, found by their hash."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, delete, select

from billing.db.rows import Row
from billing.db.tables import trusted_documents
from billing.db.transaction import Transaction
from billing.domain.identifiers import new_id


def by_hash(hash: str) -> Select[Any]:
    return select(trusted_documents.c.text).where(trusted_documents.c.hash == hash)


async def list_all(tx: Transaction) -> list[Row]:
    return await tx.rows(select(trusted_documents).order_by(trusted_documents.c.name, trusted_documents.c.hash))


async def find_all(tx: Transaction, hashes: Collection[str]) -> list[Row]:
    return await tx.rows(select(trusted_documents).where(trusted_documents.c.hash.in_(hashes)))


async def add(tx: Transaction, hash: str, name: str, text: str) -> None:
    await tx.add(trusted_documents, {"id": new_id(), "hash": hash, "name": name, "text": text, "trusted_at": tx.now})


async def remove(tx: Transaction, row: Row) -> None:
    await tx.execute(delete(trusted_documents).where(trusted_documents.c.id == row.id))
    tx.note_deleted(trusted_documents, row)
