"""What the database holds for an amount: the functions behind the constraints, beside the service's own table."""

from decimal import Decimal

import iso4217
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.domain.currencies import places


async def test_the_database_knows_the_same_currencies_as_the_service(connection: AsyncConnection) -> None:
    codes = [*iso4217.raw_table, "", "usd", "USDX", "US", "BTC", "ＵＳＤ"]

    found = await connection.execute(
        text("SELECT code, currency_places(code) FROM unnest(cast(:codes AS text[])) AS code"), {"codes": codes}
    )

    assert dict(found.all()) == {code: places(code) for code in codes}


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        *((amount, "JPY", amount in ("0", "-1", "1000000000000")) for amount in ("0", "-1", "1000000000000", "1.0")),
        *((amount, "USD", amount in ("0.00", "-1.50")) for amount in ("0.00", "-1.50", "1", "1.5", "1.005", "1.500")),
        *((amount, "KWD", amount == "1.500") for amount in ("1.500", "1.50", "1.5000", "1")),
        *((amount, "CLF", amount == "1.5000") for amount in ("1.5000", "1.500")),
        *((amount, "USD", False) for amount in ("NaN", "Infinity", "-Infinity", "1e30", "1000000000000.01")),
        *((amount, "USD", True) for amount in ("1000000000000.00", "-1000000000000.00")),
        *(("1.00", currency, False) for currency in ("XXX", "usd", "")),
    ],
)
async def test_an_amount_has_exactly_the_places_of_its_currency(
    connection: AsyncConnection, amount: str, currency: str, expected: bool
) -> None:
    found = await connection.scalar(
        text("SELECT is_amount(:amount, :currency)"), {"amount": Decimal(amount), "currency": currency}
    )

    assert found is expected


@pytest.mark.parametrize("given", [{"amount": None, "currency": "USD"}, {"amount": Decimal(1), "currency": None}])
async def test_nothing_is_no_amount(connection: AsyncConnection, given: dict[str, object]) -> None:
    """A check that answers null lets the row in; this one never does."""
    found = await connection.scalar(text("SELECT is_amount(cast(:amount AS numeric), cast(:currency AS text))"), given)

    assert found is False
