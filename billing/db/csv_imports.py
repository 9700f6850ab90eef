"""Statements of CSV imports: many rows looked up and written at once, and what a file has said so far.

What was said is kept in temporary tables, which end with the transaction: the service's memory stays flat.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Date,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    any_,
    column,
    func,
    insert,
    literal,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY

from billing.db import bulk
from billing.db.catalog_prices import ItemCurrencyDay
from billing.db.rows import Row
from billing.db.tables import (
    billing_records,
    divisions,
    imported_records,
    imports,
    service_catalog,
    service_catalog_prices,
)
from billing.db.transaction import Transaction
from billing.domain.states import Lifecycle

_temporary = MetaData()
_keys = Table(
    "csv_keys", _temporary, Column("scope", Text), Column("key", Text), Column("line", Integer), prefixes=["TEMPORARY"]
)
_parents = Table("csv_parents", _temporary, Column("line", Integer), Column("code", Text), Column("parent_code", Text))
_issues = Table("csv_issues", _temporary, Column("line", Integer), Column("id", Uuid()), Column("division_id", Uuid()))

LOCKED = {
    "divisions": divisions,
    "catalog": service_catalog,
    "prices": service_catalog_prices,
    "records": imported_records,
}
"""What nobody else changes while a file of the kind is imported, so that what was looked up stays true."""


async def begin(tx: Transaction, kind: str) -> None:
    await bulk.lock_alone(tx, LOCKED[kind])
    for columns in (
        'csv_keys (scope text, key text COLLATE "C", line integer, PRIMARY KEY (scope, key))',
        'csv_parents (line integer PRIMARY KEY, code text COLLATE "C", parent_code text COLLATE "C")',
        "csv_issues (line integer PRIMARY KEY, id uuid, division_id uuid)",
    ):
        await tx.execute(text(f"CREATE TEMPORARY TABLE {columns} ON COMMIT DROP"))


async def note(tx: Transaction, **values: Any) -> None:
    """That the file came in."""
    await tx.execute(insert(imports).values(imported_at=tx.now, **values))


async def claim_keys(tx: Transaction, scope: str, lines: Mapping[str, int]) -> dict[str, int]:
    """Those of the keys that the file has had before, with the line they were first on; the others are noted."""
    if not lines:
        return {}
    rows = [{"scope": scope, "key": key, "line": line} for key, line in lines.items()]
    source = bulk.given(_keys, rows)
    found = await tx.rows(
        select(_keys.c.key, _keys.c.line).where(
            _keys.c.scope == scope, _keys.c.key == any_(literal(list(lines), ARRAY(Text)))
        )
    )
    statement = postgresql.insert(_keys).from_select(["scope", "key", "line"], select(*source.c))
    await tx.execute(statement.on_conflict_do_nothing())
    return {row.key: row.line for row in found}


async def find_divisions(tx: Transaction, codes: Sequence[str]) -> dict[str, Row]:
    """The divisions that exist among the codes, held so that none is deactivated meanwhile."""
    rows = await tx.rows(
        select(divisions)
        .where(divisions.c.code == any_(literal(list(codes), ARRAY(Text))))
        .order_by(divisions.c.id)
        .with_for_update(key_share=True, read=True)
    )
    return {row.code: row for row in rows}


async def note_parents(tx: Transaction, rows: Sequence[bulk.Row]) -> None:
    """Which parent each division of the file shall have; '' for none."""
    await bulk.add_all(tx, _parents, rows)


async def move_to_parents(tx: Transaction) -> None:
    """Gives every division of the file its parent; versions were counted up with the other values."""
    parent = divisions.alias("parent")
    wanted = (
        select(divisions.c.id, parent.c.id.label("parent_id"))
        .select_from(_parents)
        .join(divisions, divisions.c.code == _parents.c.code)
        .outerjoin(parent, parent.c.code == _parents.c.parent_code)
        .where(divisions.c.parent_id.is_distinct_from(parent.c.id))
        .subquery("wanted")
    )
    await tx.execute(update(divisions).where(divisions.c.id == wanted.c.id).values(parent_id=wanted.c.parent_id))


async def unfit_parents(tx: Transaction, limit: int) -> list[Row]:
    """Lines whose parent is not there, or is not active and not the parent already; line and parent_code.

    A parent that the file itself has is not named: where its own row is wrong, that is said there.
    """
    parent = divisions.alias("parent")
    in_file = select(_keys.c.key).where(_keys.c.scope == "code")
    statement = (
        select(_parents.c.line, _parents.c.parent_code)
        .outerjoin(divisions, divisions.c.code == _parents.c.code)
        .outerjoin(parent, parent.c.code == _parents.c.parent_code)
        .where(
            _parents.c.parent_code != "",
            (parent.c.id.is_(None) & _parents.c.parent_code.not_in(in_file))
            | (~parent.c.active & (divisions.c.id.is_(None) | divisions.c.parent_id.is_distinct_from(parent.c.id))),
        )
        .order_by(_parents.c.line)
        .limit(limit)
    )
    return await tx.rows(statement)


async def below_themselves(tx: Transaction) -> list[Row]:
    """The divisions that no way leads to from the top, with the parent of each: they are in a circle, or below one."""
    parent = divisions.alias("parent")
    reached = select(divisions.c.id).where(divisions.c.parent_id.is_(None)).cte("reached", recursive=True)
    reached = reached.union_all(select(divisions.c.id).where(divisions.c.parent_id == reached.c.id))
    statement = (
        select(divisions.c.code, _parents.c.line, parent.c.code.label("parent_code"))
        .join(parent, parent.c.id == divisions.c.parent_id)
        .outerjoin(_parents, _parents.c.code == divisions.c.code)
        .outerjoin(reached, reached.c.id == divisions.c.id)
        .where(reached.c.id.is_(None))
        .order_by(_parents.c.line)
    )
    return await tx.rows(statement)


async def find_prices(tx: Transaction, keys: Sequence[ItemCurrencyDay]) -> dict[ItemCurrencyDay, Row]:
    """The prices that start on exactly these days."""
    price = service_catalog_prices.c
    if not keys:
        return {}
    asked = (
        func.unnest(
            literal([item for item, _, _ in keys], ARRAY(Uuid())),
            literal([currency for _, currency, _ in keys], ARRAY(Text())),
            literal([day for _, _, day in keys], ARRAY(Date())),
        )
        .table_valued(column("item_id", Uuid()), column("currency", Text()), column("day", Date()))
        .render_derived("asked")
    )
    rows = await tx.rows(
        select(service_catalog_prices).join(
            asked,
            (price.catalog_item_id == asked.c.item_id)
            & (price.currency == asked.c.currency)
            & (price.valid_from == asked.c.day),
        )
    )
    return {(row.catalog_item_id, row.currency, row.valid_from): row for row in rows}


async def find_imported_records(tx: Transaction, keys: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], bytes]:
    """With which contents records came in under these external ids of their charging divisions."""
    known = imported_records.c
    if not keys:
        return {}
    source = bulk.given(imported_records, [{"from_division_id": id, "external_id": text} for id, text in keys])
    rows = await tx.rows(
        select(known.from_division_id, known.external_id, known.content_hash).join(
            source,
            tuple_(known.from_division_id, known.external_id)
            == tuple_(source.c.from_division_id, source.c.external_id),
        )
    )
    return {(row.from_division_id, row.external_id): row.content_hash for row in rows}


async def note_issues(tx: Transaction, rows: Sequence[bulk.Row]) -> None:
    """Which of the drafts are to be issued at the end, in the order of the file."""
    await bulk.add_all(tx, _issues, rows)


async def issues_by_division(tx: Transaction) -> list[Row]:
    """How many drafts of each division are to be issued; in one order for everyone, so that nobody waits in a ring."""
    statement = (
        select(divisions.c.id, divisions.c.code, func.count().label("issue_count"))
        .join(_issues, _issues.c.division_id == divisions.c.id)
        .group_by(divisions.c.id)
        .order_by(divisions.c.id)
    )
    return await tx.rows(statement)


async def issues_after(tx: Transaction, line: int) -> list[Row]:
    """The next drafts to be issued."""
    statement = select(_issues).where(_issues.c.line > line).order_by(_issues.c.line).limit(bulk.ROWS_MAX)
    return await tx.rows(statement)


async def issue(tx: Transaction, numbers: Mapping[UUID, str]) -> None:
    """Issues drafts of this transaction, which have their due dates already."""
    rows = [{"id": id, "number": number} for id, number in numbers.items()]
    for chunk in bulk.in_chunks(rows):
        numbered = bulk.given(billing_records, chunk)
        await tx.execute(
            update(billing_records)
            .where(billing_records.c.id == numbered.c.id)
            .values(lifecycle=Lifecycle.ISSUED.value, number=numbered.c.number, issue_date=tx.today)
        )
