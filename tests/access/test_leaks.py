"""What a coordinator may not see does not exist: nothing of another pair's billing is in any answer to them."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLObjectType, get_named_type

from billing.db.loaders import LOADERS
from billing.permissions.grants import Role
from billing.permissions.viewer import Viewer
from billing.schema.enums import (
    BillingRecordOrderField,
    CreditNoteOrderField,
    DisputeOrderField,
    DisputeStatus,
    PaymentOrderField,
    PaymentStatus,
    RecordStatus,
)
from tests.access.asking import Asking
from tests.access.introspection import GRAPH, everything, mutation_document
from tests.access.scene import Scene, Things
from tests.support.database import Database

STRANGERS = ("coordinator-hr", "coordinator-none")
"""Neither sees what IT charges MKT; the first has billing of their own, the second has none."""

_RECORD = "id number fromNote fromGlCode toNote toGlCode total"
_PAYMENT = "id reference note"
_DISPUTE = "id reason"
_CREDIT = "id number reason"
_EVENT = (
    f"event text amount payment {{ {_PAYMENT} }} creditNote {{ {_CREDIT} }} dispute {{ {_DISPUTE} }} "
    "replacement { id number }"
)
_DEEP_RECORD = (
    f"{_RECORD} lineItems {{ id name }} disputes {{ {_DISPUTE} billingRecord {{ id }} creditNote {{ {_CREDIT} }} }} "
    f"creditNotes {{ {_CREDIT} lines {{ id lineItem {{ id name }} }} }} history {{ {_EVENT} }} "
    f"replaces {{ {_RECORD} }} replacedBy {{ {_RECORD} }} "
    f"payments {{ {_PAYMENT} allocations {{ id amount billingRecord {{ id number }} }} }} "
    f"allocations {{ id payment {{ {_PAYMENT} }} }}"
)
_DEEP_PAYMENT = f"{_PAYMENT} allocations {{ id billingRecord {{ {_DEEP_RECORD} }} }}"
_DEEP_DISPUTE = f"{_DISPUTE} billingRecord {{ {_DEEP_RECORD} }}"
_DEEP_CREDIT = f"{_CREDIT} billingRecord {{ {_DEEP_RECORD} }} dispute {{ {_DISPUTE} }} lines {{ lineItem {{ id }} }}"

_EITHER_SIDE = (
    "{divisionId: {eq: $from}}",
    "{divisionId: {in: [$from, $to]}}",
    "{fromDivisionId: {eq: $from}}",
    "{toDivisionId: {in: [$to]}}",
    '{currency: {eq: "USD"}}',
    "{not: {fromDivisionId: {eq: $own}}}",
    "{and: [{divisionId: {eq: $from}}, {divisionId: {eq: $to}}]}",
    "{or: [{divisionId: {eq: $from}}, {divisionId: {eq: $own}}]}",
    "{not: {not: {or: [{fromDivisionId: {eq: $from}}, {toDivisionId: {eq: $to}}]}}}",
)
_FILTERS = {
    "billingRecords": (
        *_EITHER_SIDE,
        "{id: {in: [$record, $draft]}}",
        '{number: {startsWith: ""}}',
        '{number: {startsWith: "IT-"}}',
        "{number: {in: [$number]}}",
        '{or: [{number: {startsWith: "IT-2026-"}}, {number: {startsWith: "HR-"}}]}',
        '{total: {gte: "0"}}',
        '{periodStart: {gte: "2000-01-01"}}',
        '{issueDate: {lte: "2099-12-31"}}',
        '{dueDate: {gt: "2000-01-01"}}',
        '{createdAt: {gt: "2000-01-01T00:00:00Z"}}',
        f"{{status: {{in: [{', '.join(status.value for status in RecordStatus)}]}}}}",
        *(
            f"{{status: {{eq: {status}}}, divisionId: {{eq: $from}}}}"
            for status in ("DRAFT", "PENDING", "DISPUTED", "PAID", "VOID")
        ),
        "{not: {status: {eq: VOID}}}",
    ),
    "payments": (
        *_EITHER_SIDE,
        "{id: {eq: $payment}}",
        '{reference: {startsWith: "transfer"}}',
        '{amount: {gt: "0"}}',
        f"{{status: {{in: [{', '.join(status.value for status in PaymentStatus)}]}}}}",
        "{not: {status: {eq: REVERSED}}}",
        '{paidOn: {gte: "2000-01-01"}}',
        "{method: {in: [JOURNAL]}}",
    ),
    "disputes": (
        *_EITHER_SIDE[:4],
        *_EITHER_SIDE[5:],
        "{id: {eq: $dispute}}",
        "{billingRecordId: {in: [$disputed]}}",
        f"{{status: {{in: [{', '.join(status.value for status in DisputeStatus)}]}}}}",
        '{openedAt: {gt: "2000-01-01T00:00:00Z"}}',
    ),
    "creditNotes": (
        *_EITHER_SIDE,
        "{id: {eq: $credit}}",
        "{billingRecordId: {in: [$credited]}}",
        '{number: {startsWith: "IT-2026-CN"}}',
        '{issueDate: {gte: "2000-01-01"}}',
    ),
}
_SHOWN = {"billingRecords": _RECORD, "payments": _PAYMENT, "disputes": _DISPUTE, "creditNotes": _CREDIT}
_DEEP = {
    "billingRecords": _DEEP_RECORD,
    "payments": _DEEP_PAYMENT,
    "disputes": _DEEP_DISPUTE,
    "creditNotes": _DEEP_CREDIT,
}
_ORDERS: dict[str, Any] = {
    "billingRecords": BillingRecordOrderField,
    "payments": PaymentOrderField,
    "disputes": DisputeOrderField,
    "creditNotes": CreditNoteOrderField,
}


def _lists() -> Iterator[str]:
    """Every list under every filter, from both ends, in every order."""
    for field, filters in _FILTERS.items():
        shown = f"{{ nodes {{ {_SHOWN[field]} }} totalCount }}"
        yield f"{field} {{ edges {{ cursor node {{ {_DEEP[field]} }} }} pageInfo {{ endCursor }} totalCount }}"
        for filter in filters:
            yield f"{field}(filter: {filter}) {shown}"
            yield f"{field}(filter: {filter}, last: 100) {{ edges {{ node {{ {_SHOWN[field]} }} }} }}"
        for order in _ORDERS[field]:
            for direction in ("ASC", "DESC"):
                yield f"{field}(orderBy: {{field: {order.name}, direction: {direction}}}) {shown}"


_BY_ID = (
    f"billingRecord(id: $record) {{ {_DEEP_RECORD} }}",
    f"billingRecord(id: $draft) {{ {_DEEP_RECORD} }}",
    f"billingRecord(number: $number) {{ {_DEEP_RECORD} }}",
    f"payment(id: $payment) {{ {_DEEP_PAYMENT} }}",
    f"node(id: $record) {{ ... on BillingRecord {{ {_DEEP_RECORD} }} }}",
    f"node(id: $payment) {{ id ... on PaymentRecord {{ {_DEEP_PAYMENT} }} }}",
    f"node(id: $dispute) {{ id ... on Dispute {{ {_DEEP_DISPUTE} }} }}",
    f"node(id: $credit) {{ id ... on CreditNote {{ {_DEEP_CREDIT} }} }}",
    "nodes(ids: [$from, $record, $payment, $dispute, $draft, $credit]) { __typename "
    "... on BillingRecord { number } ... on PaymentRecord { reference } ... on Dispute { reason } "
    "... on CreditNote { creditNumber: number } }",
)

_QUERIES = [*_lists(), *_BY_ID]

_PUBLIC_LOADERS = {
    "divisions_by_id",
    "divisions_by_parent_id",
    "catalog_items_by_id",
    "catalog_prices_by_id",
    "catalog_prices_by_item_id",
    "catalog_price_by_item_currency_day",
    "users_by_id",
}
"""What everyone sees; of a user all but the name stands behind a guard."""

_LOADERS_OF_THE_WHOLE = {"integrity_checks_by_id", "integrity_check_results_by_check_id"}
"""Behind a right that no coordinator has: test_integrity_checks.py."""


async def test_no_query_shows_a_stranger_anything_of_others_billing(scene: Scene, asking: Asking) -> None:
    blind, wrong = [], []

    for query in _QUERIES:
        document, variables = _document(query, scene.ours, own=scene.theirs.from_division)
        shown = await asking("billing-admin", document, **variables)
        if shown.errors or not _secrets(scene.ours, shown.text):
            blind.append(f"{query}: {shown.text}")
        for stranger in STRANGERS:
            said = await asking(stranger, document, **variables)
            own = set(said.all("id")) & scene.theirs.billing()
            if stranger == "coordinator-none" and own:
                wrong.append(f"{stranger}, {query}: {said.text}")
            if said.errors or _secrets(scene.ours, said.text) or any(n > len(own) for n in said.all("totalCount")):
                wrong.append(f"{stranger}, {query}: {said.text}")

    assert blind == [], "these queries show nobody anything, so they prove nothing"
    assert wrong == []
    assert len(_QUERIES) > 100


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_nothing_that_can_be_reached_from_what_everyone_sees_is_others_billing(
    stranger: str, scene: Scene, asking: Asking
) -> None:
    """A walk over the whole schema, five hops from every root field that needs no argument: what comes later too."""
    assert GRAPH.query_type is not None
    for name, field in GRAPH.query_type.fields.items():
        kind = get_named_type(field.type)
        if name in ("node", "nodes", "users") or not isinstance(kind, GraphQLObjectType):
            continue
        argument = {
            "division": '(code: "IT")',
            "catalogItem": "(id: $item)",
            "billingRecord": "(id: $record)",
            "payment": "(id: $payment)",
        }.get(name, "")
        query = f"{name}{argument} {{ {everything(kind, 4)} }}"
        document, variables = _document(query, scene.ours, own=scene.theirs.from_division)

        said = await asking(stranger, document, **variables)

        assert {code for code, _ in said.errors} <= {"FORBIDDEN"}, said.text[:2000]
        assert _secrets(scene.ours, said.text) == set(), query


@pytest.mark.parametrize("loader", sorted(LOADERS.keys() - _PUBLIC_LOADERS - _LOADERS_OF_THE_WHOLE))
async def test_no_loader_shows_a_stranger_anything_even_when_asked_for_it(
    loader: str, scene: Scene, database: Database
) -> None:
    """Loaders are reached through what one sees; should one ever be reached otherwise, it still knows who asks."""
    ours = [UUID(name) for name in scene.ours.names().values() if len(name) == 36]
    admin = Viewer(scene.world.users["billing-admin"], "billing-admin", Role.BILLING_ADMIN, None)
    other = Viewer(scene.world.users["coordinator-hr"], "coordinator-hr", Role.COORDINATOR, scene.theirs.from_division)
    nobody = Viewer(scene.world.users["coordinator-none"], "coordinator-none", Role.COORDINATOR, None)

    found = {}
    for viewer in (admin, other, nobody):
        snapshot = database.snapshot(viewer)
        found[viewer.name] = len(await snapshot.rows(LOADERS[loader].statement(viewer, ours)))
        await snapshot.close()

    assert found.pop("billing-admin") > 0
    assert found == {"coordinator-hr": 0, "coordinator-none": 0}


@pytest.mark.parametrize("page", ["first: 10, after: $cursor", "last: 10, before: $cursor"])
@pytest.mark.parametrize(("field", "order"), [(field, order.name) for field in _ORDERS for order in _ORDERS[field]])
async def test_a_cursor_of_a_hidden_row_opens_nothing(
    field: str, order: str, page: str, scene: Scene, asking: Asking
) -> None:
    by = f"orderBy: {{field: {order}}}"
    seen = await asking("billing-admin", f"{{ {field}({by}, first: 100) {{ edges {{ cursor }} }} }}")
    document = f"query($cursor: String) {{ {field}({by}, {page}) {{ nodes {{ id }} totalCount }} }}"
    assert len(seen.all("cursor")) >= 2, seen.text

    for cursor in seen.all("cursor"):
        said = await asking("coordinator-hr", document, cursor=cursor)
        none = await asking("coordinator-none", document, cursor=cursor)

        assert said.errors == none.errors == []
        assert set(said.all("id")) <= scene.theirs.billing()
        assert none.data == {field: {"nodes": [], "totalCount": 0}}


async def test_a_stranger_counts_only_their_own_billing(scene: Scene, asking: Asking) -> None:
    document = (
        "{ billingRecords { totalCount } payments { totalCount } disputes { totalCount } creditNotes { totalCount } }"
    )

    counts = {
        person: (await asking(person, document)).all("totalCount")
        for person in ("coordinator-it", "coordinator-mkt", "coordinator-hr", "coordinator-none", "analyst")
    }

    assert counts == {
        "coordinator-it": [8, 2, 2, 1],
        "coordinator-mkt": [8, 2, 2, 1],
        "coordinator-hr": [8, 2, 2, 1],
        "coordinator-none": [0, 0, 0, 0],
        "analyst": [16, 4, 4, 2],
    }


async def test_a_parents_coordinator_does_not_see_its_children(scene: Scene, asking: Asking) -> None:
    moved = await asking(
        "admin",
        "mutation($input: UpdateDivisionInput!) { updateDivision(input: $input) { userErrors { code } } }",
        input={"id": str(scene.ours.from_division), "version": 1, "parentId": str(scene.theirs.from_division)},
    )
    assert moved.data == {"updateDivision": {"userErrors": []}}

    said = await asking(
        "coordinator-hr",
        'query($id: ID!) { billingRecord(id: $id) { id } division(code: "HR") { children { code } } }',
        id=str(scene.ours.open),
    )

    assert said.data == {"billingRecord": None, "division": {"children": [{"code": "IT"}]}}


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("coordinator-it", ["from-note-of-IT", "from-gl-of-IT", None, None]),
        ("coordinator-mkt", [None, None, "to-note-of-IT", "to-gl-of-IT"]),
        *(
            (person, ["from-note-of-IT", "from-gl-of-IT", "to-note-of-IT", "to-gl-of-IT"])
            for person in ("analyst", "billing-admin", "admin", "superadmin")
        ),
    ],
)
async def test_the_notes_of_a_side_are_null_for_the_other_without_an_error(
    person: str, expected: list[str | None], scene: Scene, asking: Asking
) -> None:
    notes = "fromNote fromGlCode toNote toGlCode"
    document = f"""query($record: ID!, $payment: ID!, $dispute: ID!) {{
        billingRecord(id: $record) {{ {notes} }}
        billingRecords(filter: {{id: {{eq: $record}}}}) {{ nodes {{ {notes} }} edges {{ node {{ {notes} }} }} }}
        node(id: $record) {{ ... on BillingRecord {{ {notes} }} }}
        nodes(ids: [$record]) {{ ... on BillingRecord {{ {notes} }} }}
        payment(id: $payment) {{ allocations {{ billingRecord {{ {notes} }} }} }}
        disputes(filter: {{id: {{eq: $dispute}}}}) {{ nodes {{ billingRecord {{ {notes} }} }} }}
    }}"""

    said = await asking(
        person,
        document,
        record=str(scene.ours.open),
        payment=str(scene.ours.payment),
        dispute=str(scene.ours.dispute),
    )

    assert said.errors == []
    for name, value in zip(notes.split(), expected, strict=True):
        assert said.all(name) == [value] * 7, name


@pytest.mark.parametrize(
    ("field", "side"),
    [
        ("fromNote", "coordinator-it"),
        ("fromGlCode", "coordinator-it"),
        ("dueDate", "coordinator-it"),
        ("toNote", "coordinator-mkt"),
        ("toGlCode", "coordinator-mkt"),
    ],
)
async def test_each_field_of_a_record_is_written_by_its_side(
    field: str, side: str, scene: Scene, asking: Asking
) -> None:
    (other,) = {"coordinator-it", "coordinator-mkt"} - {side}
    change = {"id": str(scene.ours.open), "version": 1, field: "2099-05-01"}

    refused = await asking(other, mutation_document("updateBillingRecord"), input=change)
    made = await asking(side, mutation_document("updateBillingRecord"), input=change)

    assert refused.errors == [("FORBIDDEN", ["updateBillingRecord"])]
    assert made.all("userErrors") == [[]]


async def test_a_payload_shows_the_notes_of_the_own_side_only(scene: Scene, asking: Asking) -> None:
    said = await asking(
        "coordinator-mkt",
        "mutation($input: UpdateBillingRecordInput!) { updateBillingRecord(input: $input) "
        "{ billingRecord { fromNote fromGlCode toNote toGlCode } userErrors { code } } }",
        input={"id": str(scene.ours.open), "version": 1, "toNote": "ours"},
    )

    assert said.data["updateBillingRecord"] == {
        "billingRecord": {"fromNote": None, "fromGlCode": None, "toNote": "ours", "toGlCode": "to-gl-of-IT"},
        "userErrors": [],
    }


def _document(query: str, things: Things, *, own: object) -> tuple[str, dict[str, str]]:
    """The query with the variables that it uses."""
    values = {
        "from": things.from_division,
        "to": things.to_division,
        "own": own,
        "record": things.open,
        "draft": things.draft,
        "disputed": things.disputed,
        "payment": things.payment,
        "dispute": things.dispute,
        "credit": things.credit_note,
        "credited": things.credited,
        "item": things.item,
        "number": things.number,
    }
    used = {name: str(values[name]) for name in dict.fromkeys(re.findall(r"\$(\w+)", query))}
    kinds = ", ".join(f"${name}: {'String!' if name == 'number' else 'ID!'}" for name in used)
    return f"query{f'({kinds})' if kinds else ''} {{ {query} }}", used


def _secrets(things: Things, text: str) -> set[str]:
    """What of a pair's billing stands in a text: its ids, numbers, references, notes and reasons."""
    texts = ("from-note", "from-gl", "to-note", "to-gl", "line", "void-reason", "credit", "request")
    marks = {
        *things.billing(),
        *things.numbers(),
        things.credit_number,
        *(f"{kind}-of-{things.code}" for kind in texts),
        "transfer-of-MKT",
        "earlier-transfer-of-MKT",
        "note-of-payment-of-MKT",
        "reason-of-MKT",
    }
    return {mark for mark in marks if mark in text}
