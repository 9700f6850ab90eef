"""Which noun an id belongs to: one UNION ALL of primary-key probes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, Text, literal, select, true, union_all

from billing.db.lists import one_of
from billing.db.scope import visible_to
from billing.db.tables import billing_records, credit_notes, disputes, divisions, payment_records, service_catalog
from billing.permissions.viewer import Viewer

LOADER_BY_TABLE: dict[Table, str] = {
    billing_records: "billing_records_by_id",
    payment_records: "payments_by_id",
    divisions: "divisions_by_id",
    service_catalog: "catalog_items_by_id",
    disputes: "disputes_by_id",
    credit_notes: "credit_notes_by_id",
}


def loaders_of(viewer: Viewer, ids: Sequence[UUID]) -> Select[Any]:
    """For each id that the viewer may see, the loader that answers it; a foreign id costs what a missing one costs."""
    probes = [
        select(table.c.id, literal(loader, Text).label("loader")).where(
            one_of(table.c.id, ids), _visible(viewer, table)
        )
        for table, loader in LOADER_BY_TABLE.items()
    ]
    found = union_all(*probes).subquery("found")
    return select(found.c.id, found.c.loader)


def _visible(viewer: Viewer, table: Table) -> ColumnElement[bool]:
    return visible_to(viewer, table) if "from_division_id" in table.c else true()
