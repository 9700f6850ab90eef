"""The executable schema, built from the two roots, and its printed form."""

import logging
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from billing.schema.billing_records import BillingRecord, Dispute, PaymentRecord
from billing.schema.catalog_items import CatalogItem
from billing.schema.divisions import Division
from billing.schema.scalars import SCALARS


class Schema(strawberry.Schema):
    """Errors are reported by whoever answers the request, once, so Strawberry's own logging stays silent."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        logging.getLogger(__name__).debug("operation answered with %d errors", len(errors))


def build(query: type, mutation: type) -> Schema:
    return Schema(
        query=query,
        mutation=mutation,
        types=[BillingRecord, PaymentRecord, Division, CatalogItem, Dispute],
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
    )
