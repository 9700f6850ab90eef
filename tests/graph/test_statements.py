"""Each shape of query with its number of SQL statements: none of them grows with the number of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from graphql import FieldNode, TypeInfo, TypeInfoVisitor, Visitor, parse, visit
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db import tables
from billing.domain.identifiers import new_id
from billing.settings import Settings
from tests.access.asking import Asking, at_the_door
from tests.access.introspection import GRAPH, FieldName, mutation_document, resolved_fields
from tests.access.rows import MUTATIONS, OF_THE_WHOLE
from tests.access.scene import set_up
from tests.support.database import Database
from tests.support.make import key
from tests.support.world import World, fill

DOOR = 1
"""Who is asking."""

BEGIN = 1
"""For whom, and which day it is, go out with it."""

OPENING = DOOR + BEGIN

ALONE = 1 - BEGIN
"""A statement that is all says itself for whom it is."""

MOMENT = 1
"""What time it is, where anything is changed, and what the change asks first. The key goes out with BEGIN."""

FEW, MANY = 2, 12


@dataclass(frozen=True)
class Shape:
    """A query and how many statements it takes beyond its opening."""

    statements: int
    document: str
    person: str = "superadmin"


def _one(statements: int, asked: str, variable: str = "") -> Shape:
    return Shape(statements, f"query{f'({variable})' if variable else ''} {{ {asked} }}")


def _page(statements: int, field: str) -> Shape:
    """A page with all that a connection has."""
    connection = "edges { cursor node { id } } nodes { id } pageInfo { hasNextPage endCursor } totalCount"
    return Shape(statements, f"{{ {field}(first: 100) {{ {connection} }} }}")


def _rows(statements: int, field: str, selection: str, filter: str = "{}") -> Shape:
    """All rows of a list, with so much of each."""
    return Shape(statements, f"{{ {field}(first: 100, filter: {filter}) {{ nodes {{ {selection} }} }} }}")


_NODES = """id __typename
    ... on BillingRecord { number fromDivision { code } lineItems { name } }
    ... on PaymentRecord { reference allocations { amount } }
    ... on Dispute { reason billingRecord { number } }
    ... on CreditNote { creditNumber: number lines { amount } }
    ... on Division { code children { code } }
    ... on CatalogItem { sku prices { unitPrice } }"""
_PRICES = """usd: price(currency: "USD", on: "2026-03-01") { unitPrice costPrice }
    jpy: price(currency: "JPY", on: "2026-03-01") { unitPrice }
    today: price(currency: "USD") { unitPrice }"""
_USER = "displayName name role active version createdAt division { code parent { code } }"
_OPEN = '{status: {in: [PENDING, OVERDUE, PAID]}, number: {startsWith: "D"}}'

# fmt: off
SHAPES: dict[str, Shape] = {
    "me": Shape(3, "{ me { name permissions division { code parent { code } children { code } } } }", "coordinator-d1"),
    "a record": _one(ALONE, "billingRecord(id: $record) { number status total outstanding }", "$record: ID!"),
    "a record by its number": _one(1, "billingRecord(number: $number) { id }", "$number: String!"),
    "a record and its lines": _one(
        ALONE, "billingRecord(id: $record) { lineItems { amount catalogItem { sku provider { code } } } }",
        "$record: ID!"),
    "a payment": _one(ALONE, "payment(id: $payment) { amount allocations { amount } }", "$payment: ID!"),
    "a division": _one(3, 'division(code: "D1") { name parent { code } children { code } }'),
    "an item": _one(3, 'catalogItem(sku: "S1") { name provider { code } prices { unitPrice } }'),
    "a node": _one(3, "node(id: $record) { id ... on BillingRecord { number lineItems { name } } }", "$record: ID!"),
    "nodes of every kind": _one(12, f"nodes(ids: $ids) {{ {_NODES} }}", "$ids: [ID!]!"),
    "a page of records": _page(2, "billingRecords"),
    "a page of payments": _page(2, "payments"),
    "a page of disputes": _page(2, "disputes"),
    "a page of credit notes": _page(2, "creditNotes"),
    "a page of the audit trail": _page(2, "auditEvents"),
    "a page of divisions": _page(2, "divisions"),
    "a page of items": _page(2, "catalogItems"),
    "a page of users": _page(2, "users"),
    "records from the end": _one(ALONE, "billingRecords(last: 100) { nodes { id } pageInfo { startCursor } }"),
    "records under a filter": _one(2, f"billingRecords(filter: {_OPEN}) {{ nodes {{ id }} totalCount }}"),
    "records in two orders": _one(
        2, "due: billingRecords(first: 99, orderBy: {field: DUE_DATE}) { nodes { toDivision { code } } } "
        "new: billingRecords(last: 99, orderBy: {field: ISSUE_DATE}) { nodes { toDivision { code } } }"),
    "records and their parties": _rows(
        4, "billingRecords", "fromDivision { code parent { code } } toDivision { code children { code } }"),
    "records and who created them": _rows(4, "billingRecords", f"createdBy {{ {_USER} }}"),
    "records and their lines": _rows(
        5, "billingRecords", "lineItems { name catalogItem { sku provider { code } prices { unitPrice costPrice } } }"),
    "records and their payments": _rows(
        5, "billingRecords", "payments { recordedBy { id } decidedBy { id } allocations { billingRecord { id } } }"),
    "records and their allocations": _rows(
        ALONE, "billingRecords",
        "allocations { payment { fromDivision { id } toDivision { id } } billingRecord { id } }"),
    "records and their disputes": _rows(
        5, "billingRecords", "disputes { openedBy { division { code } } closedBy { name } billingRecord { number } }"),
    "records and their credit notes": _rows(
        ALONE, "billingRecords", "creditNotes { issuedBy { id } dispute { reason } lines { lineItem { name } } "
        "fromDivision { code } toDivision { code } billingRecord { number } }"),
    "records and what they replace": _rows(3, "billingRecords", "replaces { number } replacedBy { number }"),
    "records and their history": _rows(
        7, "billingRecords", "history { event amount actor { displayName } payment { reference } "
        "creditNote { number } dispute { reason } replacement { number } }"),
    "payments and their parties": _rows(
        3, "payments", "fromDivision { code } toDivision { code } recordedBy { name } decidedBy { name } "
        "reversedBy { name }"),
    "payments and what they pay": _rows(
        ALONE, "payments", "allocations { payment { id } billingRecord { lineItems { name } fromDivision { code } } }"),
    "disputes and what they are about": _rows(
        ALONE, "disputes", "openedBy { id } closedBy { id } billingRecord { toDivision { code } payments { id } }"),
    "disputes and their credit notes": _rows(ALONE, "disputes", "creditNote { number }"),
    "credit notes and what they credit": _rows(
        ALONE, "creditNotes", "billingRecord { number } lines { amount }"),
    "the audit trail and who did it": _rows(
        2, "auditEvents", "kind code actor { displayName } changes { table objectId columns { name before after } }"),
    "the last integrity check": _one(
        3, "integrityCheck { status startedBy { name } results { invariant offendingIds } }"),
    "divisions three levels up": _rows(
        4, "divisions", "parent { parent { parent { code } } }", '{code: {startsWith: "K"}}'),
    "divisions three levels down": _rows(
        4, "divisions", "children { children { children { code } } }", '{code: {startsWith: "G"}}'),
    "items and their prices": _rows(4, "catalogItems", "prices { costPrice } provider { code parent { code } }"),
    "items and their price of a day": _rows(2, "catalogItems", _PRICES),
    "users and their divisions": _rows(4, "users", "name division { code parent { code } children { code } }"),
    "every list counted at once": _one(
        16, "billingRecords { totalCount } payments { totalCount } disputes { totalCount } "
        "creditNotes { totalCount } auditEvents { totalCount } "
        "divisions { totalCount } catalogItems { totalCount } users { totalCount }"),
}

# What each mutation takes beyond its opening and the moment: the change, and its payload read anew, whose BEGIN goes
# out with the COMMIT.
CHANGES: dict[FieldName, int] = {
    "Mutation.createBillingRecord": 6,
    "Mutation.createBillingRecords": 6,
    "Mutation.issueBillingRecord": 6,
    "Mutation.updateBillingRecord": 3,
    "Mutation.deleteDraftBillingRecord": 4,
    "Mutation.voidBillingRecord": 4,
    "Mutation.issueCreditNote": 7,
    "Mutation.recordPayment": 4,
    "Mutation.confirmPayment": 6,
    "Mutation.confirmPayments": 6,
    "Mutation.reversePayment": 6,
    "Mutation.confirmBillingRecordPayment": 10,
    "Mutation.rejectPayment": 5,
    "Mutation.cancelPayment": 5,
    "Mutation.openDispute": 4,
    "Mutation.withdrawDispute": 7,
    "Mutation.resolveDispute": 7,
    "Mutation.createDivision": 6,
    "Mutation.updateDivision": 4,
    "Mutation.deactivateDivision": 5,
    "Mutation.createCatalogItem": 5,
    "Mutation.updateCatalogItem": 4,
    "Mutation.retireCatalogItem": 4,
    "Mutation.setCatalogPrice": 6,
    "Mutation.addUser": 5,
    "Mutation.assignRole": 5,
    "Mutation.deactivateUser": 5,
}

# By how many statements a mutation grows with each further thing on its list.
GROWTH = {
    "lines of a new record": 0,
    "records of a new payment": 0,
    "records of a confirmed payment": 0,
    "payments of a confirmed record": 0,
    "records made at once": 0,
    "payments confirmed at once": 0,
    "lines of a credit note": 0,
}
# fmt: on


@pytest.fixture(scope="module")
async def counted(database: Database, settings: Settings) -> dict[int, dict[str, int]]:
    """How many statements each shape took, over few rows and over many."""
    counts: dict[int, dict[str, int]] = {}
    async with at_the_door(database, settings) as asking:
        for size in (FEW, MANY):
            variables = await _populate(database, asking, size)
            counts[size] = {name: await _count(database, asking, shape, variables) for name, shape in SHAPES.items()}
    return counts


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_takes_its_statements_however_many_rows_there_are(
    name: str, counted: dict[int, dict[str, int]], settings: Settings
) -> None:
    """The engine nests statements in others; graphql-core takes one for each relation."""
    expected = OPENING + SHAPES[name].statements

    assert counted[FEW][name] == counted[MANY][name]
    assert counted[FEW][name] == expected or (settings.engine == "reference" and counted[FEW][name] > expected)


def test_every_field_that_is_resolved_stands_in_a_shape_or_in_a_mutation() -> None:
    changes = [name.split(".")[1] for name in (*CHANGES, *OF_THE_WHOLE) if name.startswith("Mutation.")]
    documents = [shape.document for shape in SHAPES.values()] + [mutation_document(change) for change in changes]
    asked = {field for document in documents for field in _asked(document)}

    assert sorted(set(resolved_fields()) - asked) == [], "add them to a shape, with its number of statements"
    assert sorted(set(CHANGES) ^ set(MUTATIONS)) == []


@pytest.mark.parametrize("name", CHANGES)
async def test_a_mutation_takes_its_statements(name: FieldName, database: Database, settings: Settings) -> None:
    async with database.owner.begin() as connection:
        scene = await set_up(connection)
    row = MUTATIONS[name][0]

    async with at_the_door(database, settings) as asking:
        with database.recorded() as statements:
            said = await asking("superadmin", mutation_document(name.split(".")[1]), input=row.input(scene.ours))

    assert not any(said.all("userErrors"))
    assert len(statements) == OPENING + MOMENT + CHANGES[name], "\n".join(statements)


async def test_a_list_in_a_mutation_costs_what_it_is_known_to_cost(database: Database, settings: Settings) -> None:
    counts: dict[str, list[int]] = {name: [] for name in GROWTH}

    async with at_the_door(database, settings) as asking:
        for size in (FEW, MANY):
            async with database.owner.begin() as connection:
                world = await fill(connection)
            for name, count in (await _count_lists(database, asking, world, size)).items():
                counts[name].append(count)

    assert {name: many - few for name, (few, many) in counts.items()} == {
        name: growth * (MANY - FEW) for name, growth in GROWTH.items()
    }


def _asked(document: str) -> set[FieldName]:
    """The fields that a document asks for, as `Type.field`."""
    info = TypeInfo(GRAPH)
    found: set[FieldName] = set()

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            parent = info.get_parent_type()
            assert parent is not None
            found.add(f"{parent.name}.{node.name.value}")

    visit(parse(document), TypeInfoVisitor(info, Fields()))
    return found


async def _count(database: Database, asking: Asking, shape: Shape, variables: dict[str, Any]) -> int:
    used = {name: value for name, value in variables.items() if f"${name}:" in shape.document}
    with database.recorded() as statements:
        said = await asking(shape.person, shape.document, **used)
    assert said.errors == [], said.text
    return len(statements)


async def _count_lists(database: Database, asking: Asking, world: World, size: int) -> dict[str, int]:
    """The statements of each mutation that takes or touches a list, with lists of this size."""

    async def counted(person: str, mutation: str, **input: Any) -> tuple[str, int]:
        with database.recorded() as statements:
            id = await _made(asking, person, mutation, **input)
        return id, len(statements)

    charge = {
        "fromDivisionId": str(world.divisions["IT"]),
        "toDivisionId": str(world.divisions["MKT"]),
        "currency": "USD",
        "periodStart": "2026-01-01",
        "periodEnd": "2026-01-31",
    }
    line = {"name": "Support", "unit": "hour", "quantity": "1", "unitPrice": "50.00"}
    pay = {"method": "JOURNAL", "amount": f"{size}.00"}
    long, lines = await counted("billing-admin", "createBillingRecord", **charge, lines=[line] * size)
    short = [await _made(asking, "billing-admin", "createBillingRecord", **charge, lines=[line]) for _ in range(size)]
    parts = [{"billingRecordId": record, "amount": "1.00"} for record in short]
    payment, paid = await counted("coordinator-mkt", "recordPayment", **pay, reference="all", allocations=parts)
    _, confirmed = await counted("coordinator-it", "confirmPayment", id=payment)
    for index in range(size):
        part = {"billingRecordId": long, "amount": "1.00"}
        one = {**pay, "amount": "1.00", "reference": f"{index}"}
        await _made(asking, "coordinator-mkt", "recordPayment", **one, allocations=[part])
    _, settled = await counted("coordinator-it", "confirmBillingRecordPayment", billingRecordId=long)
    bulk = {"onError": "REJECT_ALL"}
    charges = [{**charge, "lines": [line]}] * size
    _, made = await counted("billing-admin", "createBillingRecords", **bulk, records=charges)
    pending = [
        await _made(
            asking,
            "coordinator-mkt",
            "recordPayment",
            **{**pay, "amount": "1.00", "reference": f"again {index}"},
            allocations=[{"billingRecordId": record, "amount": "1.00"}],
        )
        for index, record in enumerate(short)
    ]
    _, ended = await counted("coordinator-it", "confirmPayments", **bulk, ids=pending)
    found = await asking("billing-admin", "query($id: ID!) { billingRecord(id: $id) { lineItems { id } } }", id=long)
    credit = [{"lineItemId": line_item["id"], "amount": "1.00"} for line_item in found.all("lineItems")[0]]
    _, credited = await counted("coordinator-it", "issueCreditNote", billingRecordId=long, reason="Each.", lines=credit)
    return dict(zip(GROWTH, (lines, paid, confirmed, settled, made, ended, credited), strict=True))


async def _populate(database: Database, asking: Asking, size: int) -> dict[str, Any]:
    """So many of everything, each of another division and by another person; the variables that the shapes use."""
    divisions, items = [new_id() for _ in range(size)], [new_id() for _ in range(size)]
    async with database.owner.begin() as connection:
        world = await fill(connection)
        for index in range(size):
            await _offer(connection, world, index, divisions[index], items[index])
        await _check(connection, world, size)
    bills = [await _bill(asking, divisions, items, index, (index + 1) % size) for index in range(size)]
    found = await asking("superadmin", "query($id: ID!) { billingRecord(id: $id) { number } }", id=bills[0][0])
    return {
        "record": bills[0][0],
        "payment": bills[0][1],
        "number": found.data["billingRecord"]["number"],
        "ids": [str(id) for id in (*divisions, *items, *(id for bill in bills for id in bill))],
    }


async def _offer(connection: AsyncConnection, world: World, index: int, division: UUID, item: UUID) -> None:
    """A division with a line of others around it, its coordinator, and what it provides, priced in two currencies."""
    above: UUID | None = None
    for kind in "GPDK":
        id = division if kind == "D" else new_id()
        names = {"code": f"{kind}{index}", "name": f"{kind} {index}", "cost_centre": "", "gl_code": ""}
        await connection.execute(insert(tables.divisions).values(id=id, parent_id=above, **names))
        above = id
    person = {"name": f"coordinator-d{index}", "display_name": "Coordinator", "role": "COORDINATOR"}
    await connection.execute(insert(tables.users).values(id=new_id(), division_id=division, **person))
    about = {"sku": f"S{index}", "name": "Service", "category": "Services", "unit": "month"}
    await connection.execute(insert(tables.service_catalog).values(id=item, provider_division_id=division, **about))
    for currency in ("USD", "JPY"):
        await connection.execute(
            insert(tables.service_catalog_prices).values(
                id=new_id(),
                catalog_item_id=item,
                currency=currency,
                valid_from=date(2020, 1, 1),
                unit_price=Decimal(10),
                cost_price=Decimal(7),
                created_by=world.users["admin"],
            )
        )


async def _check(connection: AsyncConnection, world: World, size: int) -> None:
    """An integrity check with so many results."""
    id, now = new_id(), datetime.now(UTC)
    about = {"status": "PASSED", "started_at": now, "finished_at": now, "started_by": world.users["admin"]}
    await connection.execute(insert(tables.integrity_checks).values(id=id, **about))
    found = {"invariant": "i", "description": "d", "rows_checked": 1, "fault_count": 0, "offending_ids": []}
    await connection.execute(
        insert(tables.integrity_check_results),
        [{"integrity_check_id": id, "position": position, **found} for position in range(1, size + 1)],
    )


async def _bill(
    asking: Asking, divisions: Sequence[UUID], items: Sequence[UUID], payee: int, payer: int
) -> tuple[str, ...]:
    """A record with two lines, a confirmed payment of it, a reversed one, and a dispute about it that was upheld.

    Its credit note is of one of the lines. Beside it a void record, and the one in its place.
    """
    charger, other = f"coordinator-d{payee}", f"coordinator-d{payer}"
    charge: dict[str, Any] = {
        "toDivisionId": str(divisions[payer]),
        "currency": "USD",
        "periodStart": "2026-01-01",
        "periodEnd": "2026-01-31",
        "lines": [
            {"catalogItemId": str(items[payee]), "quantity": "5"},
            {"name": "Support", "unit": "hour", "quantity": "1", "unitPrice": "50.00"},
        ],
    }
    record = await _made(asking, charger, "createBillingRecord", **charge)
    payment, undone = [
        await _made(
            asking,
            other,
            "recordPayment",
            amount="40.00",
            method="JOURNAL",
            reference=reference,
            allocations=[{"billingRecordId": record, "amount": "40.00"}],
        )
        for reference in ("a transfer", "a transfer that went back")
    ]
    await _made(asking, charger, "confirmBillingRecordPayment", billingRecordId=record)
    await _made(asking, "billing-admin", "reversePayment", id=undone, reason="It went back.")
    dispute = await _made(asking, other, "openDispute", billingRecordId=record, reason="Not ordered.")
    found = await asking(charger, "query($id: ID!) { billingRecord(id: $id) { lineItems { id } } }", id=record)
    credit = [{"lineItemId": found.all("lineItems")[0][0]["id"], "amount": "5.00"}]
    note = await _made(
        asking,
        charger,
        "resolveDispute",
        id=dispute,
        resolution="UPHELD",
        note="So it is.",
        creditLines=credit,
        show="creditNote",
    )
    void = await _made(asking, charger, "createBillingRecord", **charge)
    await _made(asking, charger, "voidBillingRecord", id=void, reason="Twice.")
    await _made(asking, charger, "createBillingRecord", **charge, replacesId=void)
    return record, payment, dispute, note


async def _made(asking: Asking, person: str, mutation: str, show: str | None = None, **input: Any) -> str:
    """The id of what was made: the first that the payload shows, or that of the object named."""
    said = await asking(person, mutation_document(mutation), input={**input, "idempotencyKey": key()})
    assert not any(said.all("userErrors")), said.text
    return str(said.all("id")[0] if show is None else said.all(show)[0]["id"])
