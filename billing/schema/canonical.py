"""The canonical form of an input: the same for the same meaning, whatever the order or spelling it came in."""

from dataclasses import is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson

from billing.domain.money import shortest


def canonical(input: object) -> bytes:
    """JSON with sorted keys, without what was not given and without the key itself; 1.5 and 1.50 are one."""
    return orjson.dumps(_plain(input), option=orjson.OPT_SORT_KEYS)


def _plain(value: object) -> Any:
    if value.__class__ is str:  # Most are; an Enum may be one too, and is none of these.
        return value
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, Decimal):
        return shortest(value)
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, (date, UUID)):
        return str(value)
    if is_dataclass(value):
        return {
            name: _plain(part) for name, part in vars(value).items() if part is not None and name != "idempotency_key"
        }
    return value
