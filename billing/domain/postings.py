"""How a fact is posted: which accounts of which side are debited and credited.

Double entry as in any textbook: each division keeps books of its own, and in every transaction the debits of a
division equal its credits. Debits are written as positive amounts, credits as negative ones.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal


class Account(StrEnum):
    """The accounts a division has, one of each in every currency."""

    RECEIVABLE = "RECEIVABLE"
    PAYABLE = "PAYABLE"
    REVENUE = "REVENUE"
    EXPENSE = "EXPENSE"
    SETTLEMENT = "SETTLEMENT"


class Posting(StrEnum):
    """The facts that are posted, and what corrects them."""

    ISSUE = "ISSUE"
    CONFIRMATION = "CONFIRMATION"
    REVERSAL = "REVERSAL"
    CREDIT = "CREDIT"
    VOID = "VOID"


@dataclass(frozen=True)
class Leg:
    """One entry: an account of the side that charges (`from`) or pays (`to`), debited (1) or credited (-1)."""

    side: Literal["from", "to"]
    account: Account
    sign: Literal[1, -1]


_CHARGE = (
    Leg("from", Account.RECEIVABLE, 1),
    Leg("from", Account.REVENUE, -1),
    Leg("to", Account.EXPENSE, 1),
    Leg("to", Account.PAYABLE, -1),
)
_PAYMENT = (
    Leg("from", Account.SETTLEMENT, 1),
    Leg("from", Account.RECEIVABLE, -1),
    Leg("to", Account.PAYABLE, 1),
    Leg("to", Account.SETTLEMENT, -1),
)


def _undone(legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    return tuple(replace(leg, sign=-leg.sign) for leg in legs)


LEGS: dict[Posting, tuple[Leg, ...]] = {
    Posting.ISSUE: _CHARGE,
    Posting.CREDIT: _undone(_CHARGE),
    Posting.VOID: _undone(_CHARGE),
    Posting.CONFIRMATION: _PAYMENT,
    Posting.REVERSAL: _undone(_PAYMENT),
}
