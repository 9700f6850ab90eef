"""Texts (B7, B61): bounded, without control and bidirectional characters, and normalised so that twins collide."""

import json
from collections.abc import Callable, Iterator

import pytest
from graphql import GraphQLInputObjectType, build_schema, get_named_type

from billing.app import SCHEMA
from tests.support.client import Client
from tests.support.forms import filled_in, pay
from tests.support.make import Make, key
from tests.support.text_fields import FIELDS, KEYS_AND_CURRENCIES, TextField
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]


DISTURBING = {
    "NUL": "\0",
    "an escape sequence": "\x1b[31m",
    "backspace": "\b",
    "DEL": "\x7f",
    "a C1 control": "\x85",
    "bidi override": "\u202e",
    "bidi isolate": "\u2066",
    "left-to-right mark": "\u200e",
    "arabic letter mark": "\u061c",
    "line separator": "\u2028",
}
OF_SEVERAL_LINES = {"LF": "\n", "CR": "\r", "CRLF": "\r\n", "tab": "\t"}
HARMLESS = "<script>'; DROP TABLE users; --👩\u200d💻 {{7*7}} %_\\"


def texts_of(kind: GraphQLInputObjectType) -> Iterator[tuple[str, ...]]:
    """The places of all texts in an input."""
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if isinstance(inner, GraphQLInputObjectType):
            yield from ((name, *path) for path in texts_of(inner))
        elif inner.name == "String" and name not in KEYS_AND_CURRENCIES:
            yield (name,)


def test_every_text_of_every_mutation_is_tried() -> None:
    mutations = build_schema(SCHEMA.as_str()).mutation_type
    assert mutations is not None
    inputs = {name: get_named_type(field.args["input"].type) for name, field in mutations.fields.items()}
    texts = {
        (name, *path)
        for name, kind in inputs.items()
        if isinstance(kind, GraphQLInputObjectType)
        for path in texts_of(kind)
    }

    assert {(field.mutation, *(part for part in field.path if part != 0)) for field in FIELDS} == texts


@pytest.mark.parametrize("field", FIELDS, ids=str)
async def test_a_text_that_disturbs_or_is_too_long_is_refused(
    client: People, make: Make, world: World, unchanged: Unchanged, field: TextField
) -> None:
    input = await filled_in(field.mutation, make, world)
    bad = {
        name: f"a{text}b" for name, text in (DISTURBING if field.multiline else DISTURBING | OF_SEVERAL_LINES).items()
    }
    bad |= {"too long": "x" * (field.length_max + 1), "far too long": "x" * 100_000}
    place = [str(part) for part in field.path]

    async with unchanged():
        answers = {
            name: (await client("superadmin").change(field.mutation, "", **field.filled(input, text))).user_errors
            for name, text in bad.items()
        }

    assert answers == {name: [("BAD_INPUT", place)] for name in bad}


@pytest.mark.parametrize("field", FIELDS, ids=str)
async def test_a_text_as_long_as_it_may_be_is_accepted(
    client: People, make: Make, world: World, field: TextField
) -> None:
    input = await filled_in(field.mutation, make, world)
    text = HARMLESS + "e\u0301" * (field.length_max - len(HARMLESS))
    if field.path == ("code",):
        text = "A" * field.length_max

    answer = await client("superadmin").change(field.mutation, "", **field.filled(input, text))

    assert answer.user_errors == []


@pytest.mark.parametrize(
    ("mutation", "field"), [("createDivision", "name"), ("createCatalogItem", "sku"), ("addUser", "name")]
)
async def test_twins_of_a_name_collide(
    client: People, make: Make, world: World, unchanged: Unchanged, mutation: str, field: str
) -> None:
    superadmin = client("superadmin")
    first, second = await filled_in(mutation, make, world), await filled_in(mutation, make, world)
    assert (await superadmin.change(mutation, "", **{**first, field: "Café"})).user_errors == []
    if mutation == "createDivision":
        second["code"] = "OTHER"

    async with unchanged():
        answer = await superadmin.change(mutation, "", **{**second, field: " Cafe\u0301 "})

    assert answer.user_errors == [("ALREADY_EXISTS", [field])]


@pytest.mark.parametrize(
    ("mutation", "path", "code"),
    [
        ("createBillingRecord", ("lines", 0, "name"), "BAD_INPUT"),
        ("createDivision", ("code",), "BAD_INPUT"),
        ("createDivision", ("name",), "BAD_INPUT"),
        ("createCatalogItem", ("sku",), "BAD_INPUT"),
        ("createCatalogItem", ("unit",), "BAD_INPUT"),
        ("addUser", ("displayName",), "BAD_INPUT"),
        ("createBillingRecords", ("records", 0, "lines", 0, "name"), "BAD_INPUT"),
        ("voidBillingRecord", ("reason",), "REASON_REQUIRED"),
        ("issueCreditNote", ("reason",), "REASON_REQUIRED"),
        ("reversePayment", ("reason",), "REASON_REQUIRED"),
        ("rejectPayment", ("reason",), "REASON_REQUIRED"),
        ("openDispute", ("reason",), "REASON_REQUIRED"),
        ("resolveDispute", ("note",), "REASON_REQUIRED"),
    ],
)
@pytest.mark.parametrize("text", ["", " \r\n "], ids=["empty", "blank"])
async def test_a_text_that_must_be_there_is_not_blank(
    client: People,
    make: Make,
    world: World,
    unchanged: Unchanged,
    mutation: str,
    path: tuple[str | int, ...],
    code: str,
    text: str,
) -> None:
    input = TextField(mutation, path, 0).filled(await filled_in(mutation, make, world), text)

    async with unchanged():
        answer = await client("superadmin").change(mutation, "", **input)

    assert answer.user_errors == [(code, [str(part) for part in path])]


@pytest.mark.parametrize("code", ["it", "1T", "I_T", "I--T", "-IT", "IT-", "I T", "ＩＴ", "ÄB", "IT\n", "A" * 25])
async def test_the_code_of_a_division_is_capital_letters_and_digits(
    client: People, unchanged: Unchanged, code: str
) -> None:
    async with unchanged():
        answer = await client("admin").change("createDivision", "", code=code, name="New", idempotencyKey=key())

    assert answer.user_errors == [("BAD_INPUT", ["code"])]


async def test_a_note_keeps_its_lines(client: People, make: Make) -> None:
    record = await make.record()

    answer = await client("coordinator-it").change(
        "updateBillingRecord",
        "billingRecord { fromNote }",
        id=record["id"],
        version=1,
        fromNote=" one\r\ntwo\rthree\tfour ",
    )

    assert answer.field["billingRecord"] == {"fromNote": "one\ntwo\nthree\tfour"}


@pytest.mark.parametrize("surrogate", [rb"\ud800", rb"\udc00", rb"\ud800\ud800", rb"a\udbff"])
async def test_half_a_surrogate_pair_is_no_json(
    client: People, make: Make, unchanged: Unchanged, surrogate: bytes
) -> None:
    """B7: in the variables the body is refused, in the document its syntax."""
    marketing = client("coordinator-mkt")
    record = await make.record()
    input = json.dumps(pay((record, "1.00"), reference="HERE")).encode().replace(b"HERE", surrogate)
    document = b"mutation($input: RecordPaymentInput!) { recordPayment(input: $input) { replayed } }"

    async with unchanged():
        in_variables = await marketing.post(b'{"query": "%s", "variables": {"input": %s}}' % (document, input))
        in_document = await marketing.run(f'{{ billingRecord(number: "{surrogate.decode()}") {{ id }} }}')

    assert (in_variables.status, in_variables.codes) == (400, ["BAD_INPUT"])
    assert in_document.codes == ["GRAPHQL_PARSE_FAILED"]


@pytest.mark.parametrize("field", ["billingRecord(number: $text)", "division(code: $text)", "catalogItem(sku: $text)"])
async def test_a_text_with_nul_names_nothing(client: People, field: str) -> None:
    answer = await client("analyst").run(
        f"query($text: String!) {{ found: {field} {{ id }} me {{ name }} }}", text="IT\0"
    )

    assert answer.data == {"found": None, "me": {"name": "analyst"}}
