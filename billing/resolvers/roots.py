"""The two roots of the graph, put together from the nouns."""

import strawberry

from billing.resolvers.audit_events import AuditEventQuery
from billing.resolvers.billing_records import BillingRecordMutation, BillingRecordQuery
from billing.resolvers.catalog_items import CatalogItemMutation, CatalogItemQuery
from billing.resolvers.credit_notes import CreditNoteMutation, CreditNoteQuery
from billing.resolvers.disputes import DisputeMutation, DisputeQuery
from billing.resolvers.divisions import DivisionMutation, DivisionQuery
from billing.resolvers.integrity_checks import IntegrityCheckMutation, IntegrityCheckQuery
from billing.resolvers.nodes import NodeQuery
from billing.resolvers.payments import PaymentMutation, PaymentQuery
from billing.resolvers.users import UserMutation, UserQuery


@strawberry.type(description="What can be asked.")
class Query(
    BillingRecordQuery,
    PaymentQuery,
    CreditNoteQuery,
    DisputeQuery,
    DivisionQuery,
    CatalogItemQuery,
    UserQuery,
    AuditEventQuery,
    IntegrityCheckQuery,
    NodeQuery,
): ...


@strawberry.type(description="What can be changed. Each field is one transaction.")
class Mutation(
    BillingRecordMutation,
    PaymentMutation,
    CreditNoteMutation,
    DisputeMutation,
    DivisionMutation,
    CatalogItemMutation,
    UserMutation,
    IntegrityCheckMutation,
): ...
