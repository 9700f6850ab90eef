"""The scalars of the graph; each says in its description what it takes, and takes nothing else."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, NewType
from uuid import UUID

import orjson
import strawberry
from asyncpg.pgproto.pgproto import UUID as DriverUUID  # noqa: N811
from graphql import GraphQLError, GraphQLNamedType, GraphQLScalarType
from strawberry.types.scalar import ScalarDefinition

from billing.db.columns import BOOLEAN, INT, MOMENT, QUOTED, QUOTED_SHORTEST, SHORTEST, TEXT
from billing.domain.identifiers import parse_id
from billing.domain.money import format_money, parse_decimal, parse_money, shortest
from billing.engine.leaves import Scalars

Id = NewType("Id", UUID)
"""An id. A text that is no UUID is the id of nothing, so malformed, missing and foreign ids answer alike."""

Money = NewType("Money", Decimal)
"""An amount with exactly the places of its currency."""

Quantity = NewType("Quantity", Decimal)
"""A quantity or a unit price, with up to 10 places."""

BigInt = NewType("BigInt", int)
"""A whole number that may exceed 32 bits."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


def _parsed_money(value: Any) -> Decimal:
    return _from_text(value, parse_money, 'Money is a text of digits such as "1234.50"')


def _parsed_quantity(value: Any) -> Decimal:
    return _from_text(value, parse_decimal, 'A Decimal is a text of digits such as "0.125"')


def _from_text(value: Any, parse: Any, expected: str) -> Decimal:
    if not isinstance(value, str):
        raise GraphQLError(f"{expected}, with a point, without exponent or spaces.")
    try:
        return parse(value)  # type: ignore[no-any-return]
    except ValueError:
        raise GraphQLError(f"{expected}, with a point, without exponent or spaces.") from None


def _parsed_date(value: Any) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise GraphQLError('A Date is a day of the calendar such as "2026-01-31".')


def _parsed_instant(value: Any) -> datetime:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise GraphQLError('A DateTime names its offset, such as "2026-01-31T12:00:00Z".')


def _instant_as_text(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _parsed_id(value: Any) -> UUID:
    """As rows have ids, which is made faster than Python's own; that reads more spellings."""
    if value.__class__ is str:
        try:
            return DriverUUID(value)
        except ValueError:
            return parse_id(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return parse_id(str(value))
    raise GraphQLError("An ID is a text.")


class _IdType(GraphQLScalarType):
    """The GraphQL `ID`, parsed to a UUID on the way in; graphql-core reserves the name for its own."""

    reserved_types: Mapping[str, GraphQLNamedType] = {}  # the base declares it so


_ID = _IdType("ID", description="An id: a text, a UUID.", serialize=str, parse_value=_parsed_id)

IN_STATEMENTS: Final = Scalars(
    forms={"ID": TEXT, "Money": TEXT, "Decimal": SHORTEST, "BigInt": TEXT, "Date": TEXT},
    key_form=TEXT,
    written={"DateTime": datetime},
    json={
        **{"ID": QUOTED, "Money": QUOTED, "Decimal": QUOTED_SHORTEST, "BigInt": QUOTED, "Date": QUOTED},
        **{"DateTime": MOMENT, "String": QUOTED, "Int": INT, "Boolean": BOOLEAN},
    },
    write=lambda value: orjson.dumps(value, option=orjson.OPT_UTC_Z).decode(),
    splice=orjson.Fragment,
)
"""How they may come from statements as answers show them; a moment is written in UTC by the writer of JSON too."""

SCALARS: dict[object, ScalarDefinition] = {
    Id: replace(strawberry.scalar(name="ID"), implementation=_ID),
    Money: strawberry.scalar(
        name="Money",
        description="An exact amount as a text with exactly the decimal places of its currency by ISO 4217: "
        '"1234.50" in '
        'USD, "1235" in JPY, "1234.500" in KWD. As input a text too, with at most these places: ASCII digits, an '
        "optional leading minus, a point; no exponent, no thousands separator, no number.",
        serialize=format_money,
        parse_value=_parsed_money,
    ),
    Quantity: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number as a text, with up to 10 decimal places: "2.5". As input a text too: '
        "ASCII "
        "digits, an optional leading minus, a point; no exponent, no number.",
        serialize=shortest,
        parse_value=_parsed_quantity,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description='An exact whole number as a text, since it may exceed the 32 bits of Int: "8000000000". Only in '
        "answers.",
        serialize=str,
    ),
    date: strawberry.scalar(
        name="Date",
        description='A day of the calendar as a text: "2026-01-31".',
        serialize=date.isoformat,
        parse_value=_parsed_date,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description='A moment as a text with its offset from UTC: "2026-01-31T12:00:00Z". Answers are in UTC; an input '
        "without an offset is refused.",
        serialize=_instant_as_text,
        parse_value=_parsed_instant,
    ),
}
