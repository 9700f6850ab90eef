"""The pages of the manual that are printed from the code: docs/policy.md and docs/errors.md."""

from enum import Enum
from typing import Any

from billing.domain.errors import ErrorCode
from billing.permissions.grants import GRANTS, Role, Scope
from billing.schema import enums
from billing.web import answers

_codes = list(ErrorCode)
TOP_LEVEL = frozenset(_codes[: _codes.index(ErrorCode.NOT_FOUND)])
EITHER = frozenset({ErrorCode.BAD_INPUT})

_POLICY = """\
# Who may do what

A token says who someone is; the `users` table says what they are: a role, and for a coordinator a division. A
row for each right, a column for each role.

{table}

What the cells say:

| | on which rows |
|---|---|
| {all} | all of them |
| {own_from} | records, payments and disputes in which the own division is `fromDivision`: it provided and charges |
| {own_to} | those in which the own division is `toDivision`: it consumed and pays |
| {own_either} | both of these; what lies between two others does not exist for the viewer |
| {own_provider} | catalog items that the own division provides |
| {below_admin} | users that are coordinators, analysts or billing admins, and these roles |
| {none} | none |

Three rules stand above the table:

- Whoever recorded a payment cannot confirm or reject it, in any role (`FOUR_EYES`).
- The note and the GL code of a side are that side's: a coordinator of the other side reads `null` and cannot
  write them.
- The last active superadmin cannot be taken away (`LAST_SUPERADMIN`).

The coordinator of a division does not see the records of the divisions below it.

`me {{ role permissions }}` answers the rights of whoever asks. This page is printed from
`billing/permissions/grants.py` by `billing reference policy`.
"""

_ERRORS = """\
# Error codes

A program decides by the code; the message is for people and may change. A code stands in one of two places:

- `userErrors` of a mutation's payload: the change was refused for what was sent or for the state of things, and
  nothing was written. `field` says where in the input.
- `errors` of the answer, as `extensions.code`: the request, or one field of it, was not answered.
  `extensions.correlationId` finds it in our logs.

{table}

HTTP says 200, but for a request that was refused whole:

{statuses}

A document or variable that does not fit, and anything else that is refused before an operation runs, is 400 for
clients that accept `application/graphql-response+json`, and 200 for those that accept `application/json` only. A
body that cannot be read is 400 for both. 429, 503 and `IN_PROGRESS` come with `Retry-After`: send the same request
again after that time. With 401 get a new token. The rest needs another request.

This page is printed from `billing/schema/enums.py` by `billing reference errors`.
"""


def policy() -> str:
    """docs/policy.md."""
    rights = [
        [f"`{permission}`", _description(type(permission), permission), *(scope.value for scope in by_role.values())]
        for permission, by_role in GRANTS.items()
    ]
    scopes = {scope.name.lower(): scope.value for scope in Scope}
    return _POLICY.format(table=_table(["right", "", *map(_role, Role)], rights), **scopes)


def errors() -> str:
    """docs/errors.md."""
    rows = [[f"`{code}`", _description(ErrorCode, code), _place(code)] for code in ErrorCode]
    statuses = [[str(status), f"`{code}`"] for code, status in sorted(answers.STATUS.items(), key=lambda it: it[1])]
    return _ERRORS.format(table=_table(["code", "means", "stands in"], rows), statuses=_table(["", ""], statuses))


def _place(code: ErrorCode) -> str:
    if code in EITHER:
        return "`errors`; for the input of a mutation `userErrors`"
    return "`errors`" if code in TOP_LEVEL else "`userErrors`"


def _role(role: Role) -> str:
    return role.value.replace("_", " ").lower()


def _description(enum: type[Enum], value: Enum) -> str:
    """What the graph's schema says about the value."""
    assert enum.__name__ in enums.__all__
    definition: Any = enum.__strawberry_definition__  # type: ignore[attr-defined]
    (description,) = (each.description for each in definition.values if each.name == value.name)
    assert isinstance(description, str)
    return description


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])
