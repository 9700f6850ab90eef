"""The payloads of mutations: what changed, whether it was a replay, and what was refused."""

from typing import Any

import strawberry

from billing.domain.errors import Fault, Item
from billing.schema.billing_records import BillingRecord, CreditNote, Dispute, PaymentRecord
from billing.schema.catalog_items import CatalogItem, CatalogPrice
from billing.schema.context import Info
from billing.schema.divisions import Division
from billing.schema.enums import ErrorCode
from billing.schema.fields import relation, sized
from billing.schema.integrity_checks import IntegrityCheck
from billing.schema.scalars import Id
from billing.schema.users import User
from billing.services.changes import Outcome


@strawberry.type(description="One thing that is wrong with the input; nothing was changed.")
class UserError:
    fault: strawberry.Private[Fault]

    @strawberry.field(description='Where in the input, e.g. ["lines", "0", "quantity"]; null where it is the whole.')
    def field(self) -> list[str] | None:
        return [_camel(part) for part in self.fault.field] or None

    @strawberry.field(description="What is wrong and what to do, in English.")
    def message(self) -> str:
        return self.fault.message

    @strawberry.field(description="Which kind of fault, for programs.")
    def code(self) -> ErrorCode:
        return self.fault.code


def _camel(part: str | int) -> str:
    head, *tail = str(part).split("_")
    return head + "".join(word.capitalize() for word in tail)


class _Ids(dict[str, Any]):
    """What a change touched, each name an attribute; None of what it did not touch."""

    def __getattr__(self, name: str) -> Any:
        return self.get(name)


@strawberry.interface(description="What every mutation answers.")
class Payload:
    outcome: strawberry.Private[Outcome]

    @property
    def ids(self) -> _Ids:
        return _Ids(self.outcome.changed)

    @strawberry.field(
        description="Whether the same key and input came before, and this is what it did then, read anew."
    )
    def replayed(self) -> bool:
        return self.outcome.replayed

    @strawberry.field(description="What was refused; empty when the change was made.", metadata=sized(1))
    def user_errors(self) -> list[UserError]:
        return [UserError(fault=fault) for fault in self.outcome.faults]


def _changed(loader: str, name: str, description: str) -> Any:
    """One thing the change made or touched, read from the payload's snapshot; null when it was refused."""
    return relation(loader, key=f"ids.{name}", description=description)


def _all_changed(loader: str, name: str, description: str) -> Any:
    """All things of a kind that the change touched and the viewer still sees; empty when it was refused."""

    async def resolve(root: strawberry.Parent[Any], info: Info):  # type: ignore[no-untyped-def]
        found = await info.context.read.load_level(loader, root.outcome.changed.get(name, []))
        return [row for row in found.values() if row is not None]

    return strawberry.field(resolver=resolve, description=description, metadata=sized(10))


def _record() -> Any:
    return _changed("billing_records_by_id", "billing_record", "The billing record; null when the change was refused.")


def _records() -> Any:
    return _all_changed("billing_records_by_id", "billing_records", "The billing records the payment touches.")


def _payment() -> Any:
    return _changed("payments_by_id", "payment", "The payment; null when the change was refused.")


def _credit_note(description: str) -> Any:
    return _changed("credit_notes_by_id", "credit_note", description)


def _dispute() -> Any:
    return _changed("disputes_by_id", "dispute", "The dispute; null when the change was refused.")


@strawberry.type(description="What createBillingRecord answers.")
class CreateBillingRecordPayload(Payload):
    billing_record: BillingRecord | None = _record()


def _item(loader: str, description: str) -> Any:
    """The thing that an item of a bulk change made or changed; null where that item was refused."""

    async def resolve(root: strawberry.Parent[Any], info: Info):  # type: ignore[no-untyped-def]
        id = root.item.id
        return None if id is None else await info.context.read.load(loader, id)

    return strawberry.field(resolver=resolve, description=description)


@strawberry.type(description="What became of one item of a bulk change.")
class ItemResult:
    item: strawberry.Private[Item]
    index: int = strawberry.field(description="Its place in the input, from 0.")

    @strawberry.field(
        description="What this item was refused for; the fields are those of the item.", metadata=sized(1)
    )
    def user_errors(self) -> list[UserError]:
        return [UserError(fault=fault) for fault in self.item.faults]


@strawberry.type(description="What became of one record of createBillingRecords.")
class BillingRecordResult(ItemResult):
    billing_record: BillingRecord | None = _item(
        "billing_records_by_id", "The billing record; null when it was refused, or all were."
    )


@strawberry.type(description="What createBillingRecords answers.")
class CreateBillingRecordsPayload(Payload):
    @strawberry.field(description="A result for each record, in the order they were sent.", metadata=sized(100))
    def results(self) -> list[BillingRecordResult]:
        return [BillingRecordResult(item=item, index=index) for index, item in enumerate(self.outcome.items)]


@strawberry.type(description="What issueCreditNote answers.")
class IssueCreditNotePayload(Payload):
    credit_note: CreditNote | None = _credit_note("The credit note; null when the change was refused.")
    billing_record: BillingRecord | None = _record()


@strawberry.type(description="What updateBillingRecord answers.")
class UpdateBillingRecordPayload(Payload):
    billing_record: BillingRecord | None = _record()


@strawberry.type(description="What issueBillingRecord answers.")
class IssueBillingRecordPayload(Payload):
    billing_record: BillingRecord | None = _record()


@strawberry.type(description="What deleteDraftBillingRecord answers.")
class DeleteDraftBillingRecordPayload(Payload):
    @strawberry.field(description="The id of the draft that is gone; null when it was refused.")
    def deleted_id(self) -> Id | None:
        return self.outcome.changed.get("deleted")  # type: ignore[return-value]


@strawberry.type(description="What voidBillingRecord answers.")
class VoidBillingRecordPayload(Payload):
    billing_record: BillingRecord | None = _record()


@strawberry.type(description="What recordPayment answers.")
class RecordPaymentPayload(Payload):
    payment: PaymentRecord | None = _payment()
    billing_records: list[BillingRecord] = _records()


@strawberry.type(description="What confirmPayment answers.")
class ConfirmPaymentPayload(Payload):
    payment: PaymentRecord | None = _payment()
    billing_records: list[BillingRecord] = _records()


@strawberry.type(description="What became of one payment of confirmPayments.")
class PaymentResult(ItemResult):
    payment: PaymentRecord | None = _item("payments_by_id", "The payment; null when it was refused, or all were.")


@strawberry.type(description="What confirmPayments answers.")
class ConfirmPaymentsPayload(Payload):
    @strawberry.field(description="A result for each payment, in the order they were sent.", metadata=sized(100))
    def results(self) -> list[PaymentResult]:
        return [PaymentResult(item=item, index=index) for index, item in enumerate(self.outcome.items)]

    billing_records: list[BillingRecord] = _records()


@strawberry.type(description="What reversePayment answers.")
class ReversePaymentPayload(Payload):
    payment: PaymentRecord | None = _payment()
    billing_records: list[BillingRecord] = _records()


@strawberry.type(description="What confirmBillingRecordPayment answers.")
class ConfirmBillingRecordPaymentPayload(Payload):
    billing_record: BillingRecord | None = _record()
    payments: list[PaymentRecord] = _all_changed("payments_by_id", "payments", "The payments that are confirmed now.")
    other_billing_records: list[BillingRecord] = _all_changed(
        "billing_records_by_id", "other_billing_records", "The other records that these payments touch, changed too."
    )


@strawberry.type(description="What rejectPayment answers.")
class RejectPaymentPayload(Payload):
    payment: PaymentRecord | None = _payment()
    billing_records: list[BillingRecord] = _records()


@strawberry.type(description="What cancelPayment answers.")
class CancelPaymentPayload(Payload):
    payment: PaymentRecord | None = _payment()
    billing_records: list[BillingRecord] = _records()


@strawberry.type(description="What openDispute answers.")
class OpenDisputePayload(Payload):
    dispute: Dispute | None = _dispute()
    billing_record: BillingRecord | None = _record()


@strawberry.type(description="What withdrawDispute answers.")
class WithdrawDisputePayload(Payload):
    dispute: Dispute | None = _dispute()
    billing_record: BillingRecord | None = _record()


@strawberry.type(description="What resolveDispute answers.")
class ResolveDisputePayload(Payload):
    dispute: Dispute | None = _dispute()
    billing_record: BillingRecord | None = _record()
    credit_note: CreditNote | None = _credit_note("The credit note of an UPHELD dispute; null otherwise.")


def _division() -> Any:
    return _changed("divisions_by_id", "division", "The division; null when the change was refused.")


def _catalog_item() -> Any:
    return _changed("catalog_items_by_id", "catalog_item", "The catalog item; null when the change was refused.")


def _user() -> Any:
    return _changed("users_by_id", "user", "The user; null when the change was refused.")


@strawberry.type(description="What createDivision answers.")
class CreateDivisionPayload(Payload):
    division: Division | None = _division()


@strawberry.type(description="What updateDivision answers.")
class UpdateDivisionPayload(Payload):
    division: Division | None = _division()


@strawberry.type(description="What deactivateDivision answers.")
class DeactivateDivisionPayload(Payload):
    division: Division | None = _division()


@strawberry.type(description="What createCatalogItem answers.")
class CreateCatalogItemPayload(Payload):
    catalog_item: CatalogItem | None = _catalog_item()


@strawberry.type(description="What updateCatalogItem answers.")
class UpdateCatalogItemPayload(Payload):
    catalog_item: CatalogItem | None = _catalog_item()


@strawberry.type(description="What retireCatalogItem answers.")
class RetireCatalogItemPayload(Payload):
    catalog_item: CatalogItem | None = _catalog_item()


@strawberry.type(description="What setCatalogPrice answers.")
class SetCatalogPricePayload(Payload):
    catalog_price: CatalogPrice | None = _changed(
        "catalog_prices_by_id", "catalog_price", "The price; null when the change was refused."
    )
    catalog_item: CatalogItem | None = _catalog_item()


@strawberry.type(description="What addUser answers.")
class AddUserPayload(Payload):
    user: User | None = _user()


@strawberry.type(description="What assignRole answers.")
class AssignRolePayload(Payload):
    user: User | None = _user()


@strawberry.type(description="What deactivateUser answers.")
class DeactivateUserPayload(Payload):
    user: User | None = _user()


@strawberry.type(description="What runIntegrityCheck answers.")
class RunIntegrityCheckPayload(Payload):
    integrity_check: IntegrityCheck | None = _changed(
        "integrity_checks_by_id", "integrity_check", "The check, which is running; null when it was refused."
    )
