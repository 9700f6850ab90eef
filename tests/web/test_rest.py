"""REST: the same answers as GraphQL, in its own words and statuses."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from tests.support.client import Client
from tests.support.make import Make, key
from tests.support.rest import RestAnswer, RestClient
from tests.support.world import World

People = Callable[[str], Client]
Callers = Callable[[str], RestClient]

RECORD = """id number status currency total creditedAmount confirmedAmount pendingAmount outstanding periodStart
    periodEnd issueDate dueDate fromNote fromGlCode toNote toGlCode voidedAt voidReason createdAt version
    fromDivision { id code name } toDivision { id code name } createdBy { id displayName }"""
LINES = """lineItems { id position catalogItem { id sku } name description unit quantity unitPrice
    priceOverrideReason amount }"""
PAYMENT = """id status currency amount method reference paidOn note recordedAt decidedAt decisionReason version
    fromDivision { id code name } toDivision { id code name } recordedBy { id displayName }
    decidedBy { id displayName } allocations { amount billingRecord { id number } }"""


def charge(world: World, **also: Any) -> dict[str, Any]:
    """The body of a new record: 40 laptops for Marketing."""
    return {
        "toDivisionId": str(world.divisions["MKT"]),
        "currency": "USD",
        "periodStart": "2026-01-01",
        "periodEnd": "2026-01-31",
        "lines": [{"catalogItemId": str(world.laptop), "quantity": "40"}],
        **also,
    }


def transfer(record: dict[str, Any], paid: str, **also: Any) -> dict[str, Any]:
    """The body of a payment of one record."""
    return {
        "amount": paid,
        "method": "internal_transfer",
        "reference": key(),
        "allocations": [{"billingRecordId": record["id"], "amount": paid}],
        **also,
    }


def in_lower_case(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**row, **{name: row[name].lower() for name in names}}


async def all_pages(caller: RestClient, path: str, **parameters: Any) -> list[RestAnswer]:
    pages = [await caller.get(path, **parameters)]
    while (cursor := pages[-1].body["nextCursor"]) is not None:
        pages.append(await caller.get(path, **parameters, cursor=cursor))
    return pages


async def counts(client: People) -> tuple[int, int]:
    """How many records and payments there are."""
    answer = await client("admin").run("{ billingRecords { totalCount } payments { totalCount } }")
    return answer.data["billingRecords"]["totalCount"], answer.data["payments"]["totalCount"]


# Lists


async def test_a_list_of_records_says_what_the_graph_says(client: People, rest: Callers, make: Make) -> None:
    paid, disputed = await make.record("40.00"), await make.record("50.00", fromNote="Ask Ada.")
    await make.payment(paid, confirmed_by="coordinator-it")
    await make.dispute(disputed)
    await make.record("60.00", draft=True)

    listed = await rest("coordinator-it").get("/billing")

    graph = await client("coordinator-it").run(f"{{ billingRecords {{ nodes {{ {RECORD} }} }} }}")
    assert listed.status == 200
    assert listed.body == {
        "data": [in_lower_case(row, "status") for row in graph.field["nodes"]],
        "nextCursor": None,
    }
    assert [row["status"] for row in listed.data] == ["draft", "disputed", "paid"]


async def test_a_list_of_payments_says_what_the_graph_says(client: People, rest: Callers, make: Make) -> None:
    record = await make.record("100.00")
    await make.payment(record, "40.00", confirmed_by="coordinator-it", note="In part.")
    await make.payment(record, "10.00")

    listed = await rest("coordinator-mkt").get("/billing/payments")

    graph = await client("coordinator-mkt").run(f"{{ payments {{ nodes {{ {PAYMENT} }} }} }}")
    assert listed.status == 200
    assert listed.data == [in_lower_case(row, "status", "method") for row in graph.field["nodes"]]
    assert {row["status"] for row in listed.data} == {"confirmed", "pending"}


async def test_pages_lead_to_the_end_in_the_order_of_the_graph(client: People, rest: Callers, make: Make) -> None:
    for amount in range(1, 8):
        await make.payment(await make.record(f"{amount}.00"))

    for path, field in (("/billing", "billingRecords"), ("/billing/payments", "payments")):
        pages = await all_pages(rest("analyst"), path, limit=3)

        graph = await client("analyst").run(f"{{ {field} {{ nodes {{ id }} }} }}")
        assert [len(page.data) for page in pages] == [3, 3, 1]
        assert [id for page in pages for id in page.ids] == [row["id"] for row in graph.field["nodes"]]


async def test_a_page_has_25_rows_unless_told_otherwise(rest: Callers, make: Make) -> None:
    for _ in range(26):
        await make.record("1.00")

    first = await rest("analyst").get("/billing")

    assert len(first.data) == 25
    assert len((await rest("analyst").get("/billing", cursor=first.body["nextCursor"])).data) == 1


async def test_each_parameter_of_the_records_narrows_the_list(rest: Callers, make: Make, world: World) -> None:
    it_mkt = await make.record("10.00", periodStart="2026-02-01", periodEnd="2026-02-28")
    mkt_it = await make.record("20.00", from_="MKT", to="IT", currency="EUR", dueDate="2090-01-01")
    it_hr = await make.record("30.00", to="HR")
    await make.payment(it_hr, by="coordinator-hr", confirmed_by="coordinator-it")
    draft = await make.record("40.00", draft=True)
    ids = {name: str(id) for name, id in world.divisions.items()}
    today = it_mkt["issueDate"]

    async def listed(**parameters: Any) -> set[str]:
        return set((await rest("analyst").get("/billing", **parameters)).ids)

    names = {it_mkt["id"]: "it_mkt", mkt_it["id"]: "mkt_it", it_hr["id"]: "it_hr", draft["id"]: "draft"}
    for parameters, expected in (
        ({"id": it_mkt["id"]}, "it_mkt"),
        ({"id": [it_mkt["id"], draft["id"], str(uuid4())]}, "it_mkt draft"),
        ({"status": "paid"}, "it_hr"),
        ({"status": ["draft", "pending"]}, "it_mkt mkt_it draft"),
        ({"division": ids["HR"]}, "it_hr"),
        ({"fromDivision": ids["IT"]}, "it_mkt it_hr draft"),
        ({"toDivision": ids["IT"]}, "mkt_it"),
        ({"issuedFrom": today}, "it_mkt mkt_it it_hr"),
        ({"issuedTo": "2020-01-01"}, ""),
        ({"dueFrom": "2089-01-01"}, "mkt_it"),
        ({"dueTo": "2088-12-31"}, "it_mkt it_hr"),
        ({"periodFrom": "2026-02-01"}, "it_mkt"),
        ({"periodTo": "2026-01-31"}, "mkt_it it_hr draft"),
        ({"number": "MKT-"}, "mkt_it"),
        ({"currency": "EUR"}, "mkt_it"),
        ({"currency": "USD", "status": "pending", "toDivision": ids["MKT"]}, "it_mkt"),
    ):
        assert {names[id] for id in await listed(**parameters)} == set(expected.split()), parameters


async def test_each_parameter_of_the_payments_narrows_the_list(rest: Callers, make: Make, world: World) -> None:
    one, two = await make.record("10.00"), await make.record("20.00", from_="MKT", to="IT", currency="EUR")
    first = await make.payment(one, confirmed_by="coordinator-it")
    second = await make.payment(two, by="coordinator-it")
    ids = {name: str(id) for name, id in world.divisions.items()}
    today = one["issueDate"]

    for parameters, expected in (
        ({"id": second["id"]}, [second]),
        ({"status": "confirmed"}, [first]),
        ({"status": ["confirmed", "rejected"]}, [first]),
        ({"division": ids["HR"]}, []),
        ({"fromDivision": ids["MKT"]}, [second]),
        ({"toDivision": ids["MKT"]}, [first]),
        ({"paidFrom": today, "paidTo": today}, [second, first]),
        ({"paidTo": "2020-01-01"}, []),
        ({"currency": "EUR"}, [second]),
    ):
        listed = await rest("analyst").get("/billing/payments", **parameters)
        assert listed.ids == [payment["id"] for payment in expected], parameters


async def test_a_list_takes_as_many_statements_for_one_row_as_for_many(
    rest: Callers, make: Make, statements: list[str]
) -> None:
    counted: dict[str, set[int]] = {"/billing": set(), "/billing/payments": set()}

    for _ in range(3):
        await make.payment(await make.record("10.00"))
        for path, seen in counted.items():
            statements.clear()
            await rest("coordinator-it").get(path)
            seen.add(len(statements))

    assert {path: len(seen) for path, seen in counted.items()} == {"/billing": 1, "/billing/payments": 1}
    assert max(max(seen) for seen in counted.values()) <= 8


async def test_a_list_shows_a_coordinator_what_their_division_is_a_side_of(rest: Callers, make: Make) -> None:
    record = await make.record("10.00")
    payment = await make.payment(record)

    for name, shown in (
        ("coordinator-it", True),
        ("coordinator-mkt", True),
        ("coordinator-hr", False),
        ("coordinator-none", False),
        ("analyst", True),
        ("billing-admin", True),
        ("admin", True),
        ("superadmin", True),
    ):
        assert (await rest(name).get("/billing")).ids == [record["id"]] * shown, name
        assert (await rest(name).get("/billing", id=record["id"])).ids == [record["id"]] * shown, name
        assert (await rest(name).get("/billing/payments")).ids == [payment["id"]] * shown, name


async def test_each_side_reads_its_own_note(rest: Callers, make: Make) -> None:
    await make.record("10.00", fromNote="For IT alone.")

    notes = {
        name: (await rest(name).get("/billing")).data[0]["fromNote"] for name in ("coordinator-it", "coordinator-mkt")
    }

    assert notes == {"coordinator-it": "For IT alone.", "coordinator-mkt": None}


UNREADABLE_QUERIES: list[tuple[str, str]] = [
    ("colour=red", "colour"),
    ("=1", ""),
    ("status=PENDING", "status"),
    ("status=pending&status=late", "status"),
    ("status=pending,paid", "status"),
    ("&".join(["status=paid"] * 101), "status"),
    ("id=7", "id"),
    ("division=IT", "division"),
    ("fromDivision=", "fromDivision"),
    ("issuedFrom=yesterday", "issuedFrom"),
    ("issuedFrom=2026-02-30", "issuedFrom"),
    ("issuedFrom=2026-01-01&issuedFrom=2026-01-02", "issuedFrom"),
    ("dueTo=2026-1-1", "dueTo"),
    ("number=it-2026", "number"),
    ("number=%00", "number"),
    ("currency=usd", "currency"),
    ("limit=0", "limit"),
    ("limit=101", "limit"),
    ("limit=-1", "limit"),
    ("limit=007", "limit"),
    ("limit=1e1", "limit"),
    ("limit=" + "9" * 5000, "limit"),
    ("limit=٢", "limit"),
    ("limit", "limit"),
    ("cursor=", "cursor"),
    ("cursor=%27%20OR%201=1", "cursor"),
]


async def test_a_query_that_cannot_be_read_is_400(rest: Callers) -> None:
    for query, field in UNREADABLE_QUERIES:
        answer = await rest("analyst").send("GET", f"/billing?{query}")
        assert answer.refused == (400, [("BAD_INPUT", field or None)]), query
        assert len(answer.body["errors"][0]["message"]) < 300


async def test_the_faults_of_a_query_come_together(rest: Callers) -> None:
    answer = await rest("analyst").get("/billing/payments", number="IT", limit=0, paidFrom="x", **{"toDivision": "MKT"})

    assert answer.refused == (
        400,
        [("BAD_INPUT", "number"), ("BAD_INPUT", "toDivision"), ("BAD_INPUT", "paidFrom"), ("BAD_INPUT", "limit")],
    )


async def test_a_cursor_of_another_list_is_400(rest: Callers, make: Make) -> None:
    for _ in range(2):
        await make.payment(await make.record("10.00"))
    records = await rest("analyst").get("/billing", limit=1)

    for path, parameters in (("/billing/payments", {}), ("/billing", {"status": "pending"})):
        answer = await rest("analyst").get(path, cursor=records.body["nextCursor"], **parameters)
        assert answer.refused == (400, [("BAD_INPUT", None)])
        assert "cursor" in answer.body["errors"][0]["message"]


# Creating a record


async def test_a_record_is_created_and_found_at_its_location(
    client: People, rest: Callers, make: Make, world: World
) -> None:
    it = rest("coordinator-it")

    created = await it.post("/billing", charge(world, fromNote="January"))

    graph = await client("coordinator-it").run(f"{{ billingRecords {{ nodes {{ {RECORD} {LINES} }} }} }}")
    assert created.status == 201
    assert created.data == in_lower_case(graph.field["nodes"][0], "status")
    assert (created.data["total"], created.data["status"]) == ("1996.00", "pending")
    assert "Idempotent-Replayed" not in created.headers
    assert created.headers["Location"] == f"/api/itsm/billing?id={created.data['id']}"
    found = await it.get(created.headers["Location"].removeprefix("/api/itsm"))
    assert [{**row, "lineItems": created.data["lineItems"]} for row in found.data] == [created.data]


async def test_a_draft_has_no_number_yet(rest: Callers, world: World) -> None:
    created = await rest("coordinator-it").post("/billing", charge(world, draft=True, dueDate=None))

    assert (created.status, created.data["status"], created.data["number"]) == (201, "draft", None)


async def test_the_same_key_and_body_answers_what_was_done_before(client: People, rest: Callers, world: World) -> None:
    it, chosen = rest("coordinator-it"), key()
    first = await it.post("/billing", charge(world), key=chosen)

    again = await it.post("/billing", charge(world), key=chosen)

    assert (again.status, again.body, again.headers["Location"]) == (201, first.body, first.headers["Location"])
    assert again.headers["Idempotent-Replayed"] == "true"
    assert await counts(client) == (1, 0)


async def test_a_key_of_the_graph_is_the_same_key(client: People, rest: Callers, world: World) -> None:
    chosen = key()
    graph = await client("coordinator-it").change(
        "createBillingRecord", "billingRecord { id }", **charge(world), idempotencyKey=chosen
    )

    again = await rest("coordinator-it").post("/billing", charge(world), key=chosen)

    assert again.data["id"] == graph.field["billingRecord"]["id"]
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_the_same_key_with_another_body_is_409(client: People, rest: Callers, world: World) -> None:
    it, chosen = rest("coordinator-it"), key()
    await it.post("/billing", charge(world), key=chosen)

    other = await it.post("/billing", charge(world, fromNote="other"), key=chosen)

    assert other.refused == (409, [("IDEMPOTENCY_KEY_REUSED", "Idempotency-Key")])
    assert await counts(client) == (1, 0)


async def test_a_refusal_is_not_remembered(client: People, rest: Callers, world: World) -> None:
    it, chosen = rest("coordinator-it"), key()
    wrong = await it.post("/billing", charge(world, currency="XXX"), key=chosen)

    right = await it.post("/billing", charge(world), key=chosen)

    assert wrong.refused == (422, [("BAD_CURRENCY", "currency")])
    assert right.status == 201
    assert "Idempotent-Replayed" not in right.headers


async def test_a_post_without_a_usable_key_is_400(client: People, rest: Callers, world: World) -> None:
    it = rest("coordinator-it")
    for keys in ([], [""], ["k" * 256], ["two words"], ["tab\there"], ["schlüssel"], ["one", "another"]):
        headers = [("Authorization", it.authorization), *(("Idempotency-Key", chosen.encode()) for chosen in keys)]
        answer = await it.send("POST", "/billing", json=charge(world), headers=headers)
        assert answer.refused == (400, [("BAD_KEY", "Idempotency-Key")]), keys
    assert await counts(client) == (0, 0)


async def test_a_key_of_255_characters_is_taken(rest: Callers, world: World) -> None:
    assert (await rest("coordinator-it").post("/billing", charge(world), key="!" + "~" * 254)).status == 201


async def test_a_record_is_created_by_the_charging_side_alone(client: People, rest: Callers, world: World) -> None:
    body = charge(world, fromDivisionId=str(world.divisions["IT"]))

    for name in ("coordinator-mkt", "coordinator-hr", "coordinator-none", "analyst"):
        assert (await rest(name).post("/billing", body)).refused == (403, [("FORBIDDEN", None)]), name
    assert await counts(client) == (0, 0)
    for name in ("coordinator-it", "billing-admin", "admin", "superadmin"):
        assert (await rest(name).post("/billing", body)).status == 201, name
    assert await counts(client) == (4, 0)


async def test_the_faults_of_a_body_come_together(client: People, rest: Callers, world: World) -> None:
    body = charge(
        world,
        toDivisionId=str(world.divisions["IT"]),
        currency="usd",
        periodEnd="2025-12-31",
        fromNote="n" * 2001,
    )

    answer = await rest("coordinator-it").post("/billing", body)

    assert answer.refused == (
        422,
        [
            ("SAME_DIVISION", "toDivisionId"),
            ("BAD_DATES", "periodEnd"),
            ("BAD_INPUT", "fromNote"),
            ("BAD_CURRENCY", "currency"),
        ],
    )
    assert await counts(client) == (0, 0)


async def test_a_fault_of_a_line_names_the_line(rest: Callers, world: World) -> None:
    lines = [
        {"name": "Support", "unitPrice": "1.00", "quantity": "1"},
        {"catalogItemId": str(uuid4()), "quantity": "1"},
    ]

    answer = await rest("coordinator-it").post("/billing", charge(world, lines=lines))

    assert answer.refused == (422, [("UNKNOWN_CATALOG_ITEM", "lines.1.catalogItemId")])


UNREADABLE_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"colour": "red"}, "colour"),
    ({"idempotencyKey": "k"}, "idempotencyKey"),
    ({"c" * 70_000: 1}, "c" * 64),
    ({"toDivisionId": None}, "toDivisionId"),
    ({"toDivisionId": 7}, "toDivisionId"),
    ({"toDivisionId": "MKT"}, "toDivisionId"),
    ({"currency": 7}, "currency"),
    ({"currency": ["USD"]}, "currency"),
    ({"periodStart": "01/01/2026"}, "periodStart"),
    ({"periodStart": "2026-02-30"}, "periodStart"),
    ({"periodStart": 20260101}, "periodStart"),
    ({"draft": "yes"}, "draft"),
    ({"draft": 1}, "draft"),
    ({"lines": {"quantity": "1"}}, "lines"),
    ({"lines": None}, "lines"),
    ({"lines": [None]}, "lines.0"),
    ({"lines": ["x"]}, "lines.0"),
    ({"lines": [{"quantity": 40}]}, "lines.0.quantity"),
    ({"lines": [{"quantity": "1e3"}]}, "lines.0.quantity"),
    ({"lines": [{"quantity": "NaN"}]}, "lines.0.quantity"),
    ({"lines": [{"quantity": "1", "price": "1"}]}, "lines.0.price"),
    ({"lines": [{}]}, "lines.0.quantity"),
]


async def test_a_body_that_cannot_be_read_is_400(client: People, rest: Callers, world: World) -> None:
    for change, field in UNREADABLE_FIELDS:
        answer = await rest("coordinator-it").post("/billing", charge(world) | change)
        assert answer.refused == (400, [("BAD_INPUT", field)]), field
        assert "$" not in answer.body["errors"][0]["message"]
    assert await counts(client) == (0, 0)


async def test_what_is_missing_is_named(rest: Callers) -> None:
    answer = await rest("coordinator-it").post("/billing", {})

    assert answer.refused == (
        400,
        [("BAD_INPUT", name) for name in ("toDivisionId", "currency", "periodStart", "periodEnd", "lines")],
    )


async def test_of_many_faults_the_first_20_are_told(rest: Callers, world: World) -> None:
    answer = await rest("coordinator-it").post("/billing", charge(world) | {f"field{n}": n for n in range(5000)})

    assert len(answer.body["errors"]) == 20


async def test_a_body_that_is_no_json_object_is_400(rest: Callers) -> None:
    for content in (
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"\xff\xfe{}",
        b'{"currency": "\\ud800"}',
        b'{"currency": NaN}',
        b"[" * 100_000,
        b'{"draft": ' + b"9" * 5000 + b"}",
    ):
        answer = await rest("coordinator-it").send(
            "POST", "/billing", content=content, headers={"Content-Type": "application/json", "Idempotency-Key": key()}
        )
        assert answer.status == 400, content[:20]
        assert {error["code"] for error in answer.body["errors"]} == {"BAD_INPUT"}


async def test_a_body_of_another_kind_is_415(client: People, rest: Callers, world: World) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"):
        answer = await rest("coordinator-it").post("/billing", charge(world), **{"Content-Type": kind})
        assert answer.refused == (415, [("UNSUPPORTED_MEDIA_TYPE", None)]), kind
    assert await counts(client) == (0, 0)


# Recording a payment


async def test_a_payment_is_recorded_and_found_at_its_location(client: People, rest: Callers, make: Make) -> None:
    record = await make.record("100.00")
    marketing = rest("coordinator-mkt")

    created = await marketing.post("/billing/payments", transfer(record, "40.00", method="bank_transfer", note="Half"))

    graph = await client("coordinator-mkt").run(f"{{ payments {{ nodes {{ {PAYMENT} }} }} }}")
    assert created.status == 201
    assert created.data == in_lower_case(graph.field["nodes"][0], "status", "method")
    assert (created.data["status"], created.data["method"]) == ("pending", "bank_transfer")
    assert created.headers["Location"] == f"/api/itsm/billing/payments?id={created.data['id']}"
    assert (await marketing.get(created.headers["Location"].removeprefix("/api/itsm"))).data == [created.data]
    assert (await make.read(record))["pendingAmount"] == "40.00"


async def test_a_payment_sent_again_is_recorded_once(client: People, rest: Callers, make: Make) -> None:
    record, chosen = await make.record("100.00"), key()
    body = transfer(record, "40.00")
    first = await rest("coordinator-mkt").post("/billing/payments", body, key=chosen)

    again = await rest("coordinator-mkt").post("/billing/payments", body, key=chosen)
    other = await rest("coordinator-mkt").post("/billing/payments", {**body, "note": "x"}, key=chosen)

    assert (again.status, again.body, again.headers["Idempotent-Replayed"]) == (201, first.body, "true")
    assert other.refused == (409, [("IDEMPOTENCY_KEY_REUSED", "Idempotency-Key")])
    assert await counts(client) == (1, 1)


async def test_a_payment_that_is_refused_changes_nothing(client: People, rest: Callers, make: Make) -> None:
    record = await make.record("100.00")
    disputed = await make.record("100.00")
    await make.dispute(disputed)
    await make.payment(record, "1.00", reference="TAKEN", method="JOURNAL")
    before = await make.read(record), await counts(client)
    taken = {"reference": "TAKEN", "method": "journal"}

    for name, body, refused in (
        ("coordinator-mkt", transfer(record, "99.01"), (422, [("OVERPAYMENT", "allocations.0.amount")])),
        (
            "coordinator-mkt",
            transfer(record, "0.00"),
            (422, [("BAD_AMOUNT", "amount"), ("BAD_AMOUNT", "allocations.0.amount")]),
        ),
        ("coordinator-mkt", transfer(record, "1.00", paidOn="2090-01-01"), (422, [("BAD_DATES", "paidOn")])),
        ("coordinator-mkt", transfer(record, "1.00", allocations=[]), (422, [("BAD_INPUT", "allocations")])),
        ("coordinator-mkt", transfer(record, "1.00", amount="2.00"), (422, [("AMOUNT_MISMATCH", "amount")])),
        ("coordinator-mkt", transfer(record, "1.00", **taken), (409, [("DUPLICATE_REFERENCE", "reference")])),
        ("coordinator-mkt", transfer(disputed, "1.00"), (409, [("INVALID_STATE", "allocations.0.billingRecordId")])),
        ("coordinator-hr", transfer(record, "1.00"), (404, [("NOT_FOUND", "allocations.0.billingRecordId")])),
        ("coordinator-it", transfer(record, "1.00"), (403, [("FORBIDDEN", None)])),
        ("analyst", transfer(record, "1.00"), (403, [("FORBIDDEN", None)])),
        ("coordinator-mkt", transfer(record, "1.00", method="JOURNAL"), (400, [("BAD_INPUT", "method")])),
        ("coordinator-mkt", transfer(record, "1.00", method="cheque"), (400, [("BAD_INPUT", "method")])),
        ("coordinator-mkt", transfer(record, "1.00") | {"amount": 1}, (400, [("BAD_INPUT", "amount")])),
    ):
        assert (await rest(name).post("/billing/payments", body)).refused == refused
        assert (await make.read(record), await counts(client)) == before


# Confirming the payments of a record


async def test_all_pending_payments_of_a_record_are_confirmed(client: People, rest: Callers, make: Make) -> None:
    record, other = await make.record("100.00"), await make.record("50.00")
    await make.payment(record, "40.00")
    parts = [{"billingRecordId": record["id"], "amount": "60.00"}, {"billingRecordId": other["id"], "amount": "20.00"}]
    await make.payment(record, "80.00", allocations=parts)

    confirmed = await rest("coordinator-it").post(f"/billing/{record['id']}/confirm-payment")

    graph = await client("coordinator-it").run(f"{{ billingRecords {{ nodes {{ {RECORD} }} }} }}")
    by_id = {row["id"]: in_lower_case(row, "status") for row in graph.field["nodes"]}
    assert confirmed.status == 200
    assert confirmed.data["billingRecord"] == by_id[record["id"]]
    assert confirmed.data["otherBillingRecords"] == [by_id[other["id"]]]
    assert [(it["amount"], it["status"]) for it in confirmed.data["payments"]] == [
        ("40.00", "confirmed"),
        ("80.00", "confirmed"),
    ]
    assert (by_id[record["id"]]["status"], by_id[other["id"]]["outstanding"]) == ("paid", "30.00")


async def test_a_confirmation_sent_again_is_made_once(rest: Callers, make: Make) -> None:
    record, chosen = await make.record("100.00"), key()
    await make.payment(record, "40.00")
    path = f"/billing/{record['id']}/confirm-payment"
    first = await rest("coordinator-it").post(path, key=chosen)

    again = await rest("coordinator-it").post(path, {}, key=chosen)

    assert (again.status, again.body, again.headers["Idempotent-Replayed"]) == (200, first.body, "true")
    assert (await rest("coordinator-it").post(path)).refused == (409, [("INVALID_STATE", "id")])


async def test_a_confirmation_that_is_refused_changes_nothing(rest: Callers, make: Make) -> None:
    record = await make.record("100.00")
    await make.payment(record, "40.00", by="billing-admin")
    before = await make.read(record)
    path = f"/billing/{record['id']}/confirm-payment"

    for name, refused in (
        ("billing-admin", (403, [("FOUR_EYES", "id")])),
        ("coordinator-mkt", (403, [("FORBIDDEN", None)])),
        ("analyst", (403, [("FORBIDDEN", None)])),
        ("coordinator-hr", (404, [("NOT_FOUND", "id")])),
        ("coordinator-none", (404, [("NOT_FOUND", "id")])),
    ):
        assert (await rest(name).post(path)).refused == refused, name
    assert (await rest("coordinator-it").post(path, {"paidOn": "2026-01-01"})).refused == (
        400,
        [("BAD_INPUT", "paidOn")],
    )
    assert (await rest("coordinator-it").post(f"{path}?force=1")).refused == (400, [("BAD_INPUT", "force")])
    assert (await rest("coordinator-it").send("POST", path)).refused == (400, [("BAD_KEY", "Idempotency-Key")])
    assert await make.read(record) == before
    assert (await rest("billing-admin-2").post(path)).status == 200


async def test_foreign_missing_and_malformed_ids_answer_alike(rest: Callers, make: Make) -> None:
    foreign = await make.record("100.00")
    await make.payment(foreign, "40.00")

    answers = [
        await rest("coordinator-hr").post(f"/billing/{id}/confirm-payment")
        for id in (foreign["id"], str(uuid4()), "7", "%00", "%0A", "' OR 1=1 --", "payments")
    ]

    assert {answer.status for answer in answers} == {404}
    assert len({str({**answer.body, "correlationId": ""}) for answer in answers}) == 1
