"""Which noun an id belongs to: one UNION ALL of primary-key probes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, Text, literal, select, union_all

from billing.db.lists import one_of
from billing.db.tables import billing_records, disputes, divisions, payment_records, service_catalog

LOADER_BY_TABLE: dict[Table, str] = {
    billing_records: "billing_records_by_id",
    payment_records: "payments_by_id",
    divisions: "divisions_by_id",
    service_catalog: "catalog_items_by_id",
    disputes: "disputes_by_id",
}


def loaders_of(ids: Sequence[UUID]) -> Select[Any]:
    """For each id that exists, the loader that answers it under the viewer's rights."""
    probes = [
        select(table.c.id, literal(loader, Text).label("loader")).where(one_of(table.c.id, ids))
        for table, loader in LOADER_BY_TABLE.items()
    ]
    found = union_all(*probes).subquery("found")
    return select(found.c.id, found.c.loader)
