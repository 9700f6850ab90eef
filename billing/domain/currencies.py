"""Which currencies exist and how many decimal places each has (ISO 4217)."""

from decimal import Decimal
from typing import Final

import iso4217


def _table() -> dict[str, int]:
    """Code to minor units; what has none ("N.A.": XXX, XTS, gold) is left out."""
    minor_units = {code: entry.get("CcyMnrUnts") for code, entry in iso4217.raw_table.items()}
    return {code: int(units) for code, units in minor_units.items() if isinstance(units, str) and units.isdigit()}


_PLACES: Final = _table()


def places(currency: str) -> int | None:
    """Decimal places of the currency: JPY 0, USD 2, KWD 3, CLF 4; None for any code that amounts cannot be in."""
    return _PLACES.get(currency)


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of the currency: USD 0.01, JPY 1. ValueError for a code that `places` does not know."""
    if currency not in _PLACES:
        raise ValueError("Expected an ISO 4217 currency code with minor units, such as USD.")
    return Decimal((0, (1,), -_PLACES[currency]))
