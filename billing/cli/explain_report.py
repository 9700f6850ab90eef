"""What `billing explain` says: the plan, level by level, and the statements in the order in which they were sent."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from graphql import OperationType
from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from billing.cli.recording import Sent
from billing.engine.documents import Operation
from billing.engine.explain import How, Plan, PlannedPlace, how
from billing.engine.plans import Field
from billing.engine.relations import OperationGuard
from billing.permissions.fields import GrantedToProvider, Guard

if TYPE_CHECKING:
    from billing.cli.explain import Observed

_LABEL_WIDTH: Final = 15
_ITEMS_SHOWN_MAX: Final = 5
_FORMS: Final[Mapping[str | None, str]] = {None: "read as it is", "text": "read as text", "shortest": "read shortest"}
_CLAUSE: Final = re.compile(r" (?=(?:UNION ALL|ORDER BY|LEFT OUTER JOIN|SELECT set_config)\b)| (?<!OUTER )(?=JOIN\b)")
_SQL: Final = Syntax("", "postgresql", theme="ansi_dark", background_color="default")


def show_plan(
    console: Console, operation: Operation, plan: Plan, variables: Mapping[str, Any] | None, engine: str
) -> None:
    """The levels; the cost too where the variables are known, on which it hangs."""
    measure = operation.measure
    cost = "" if variables is None else f", cost {measure.cost.of(variables):,}"
    say(console, f"{operation.type.value} {operation.name or ''}".strip(), f": depth {measure.depth}{cost}")
    if measure.introspection:
        say(console, "It asks what the schema is: graphql-core answers all of it, and no plan is used.")
    elif operation.type is OperationType.MUTATION:
        _show_payloads(console, plan)
    else:
        _show_levels(console, plan.levels(), first=1)
    if engine == "reference":
        say(console, "ENGINE=reference: graphql-core runs it field by field, and this plan is not used.")


def _show_payloads(console: Console, plan: Plan) -> None:
    """One root field after the other, each with levels of its own."""
    for field in plan.root.fields:
        say(
            console,
            f"\n{field.name}",
            f" is run by graphql-core, once; this is the plan of the {field.type} it answers",
        )
        for guard in field.guards:
            _row(console, "guard", _guard(guard))
        _show_levels(console, plan.levels_below(field), first=2)


def _show_levels(console: Console, levels: Iterator[Sequence[PlannedPlace]], first: int) -> None:
    for number, places in enumerate(levels, first):
        say(console, f"\nLevel {number}")
        for place in places:
            _show_place(console, place)
        for (loader, within), loaded in _loads(places).items():
            how = "nested, else one load" if within else "one load"
            say(console, "", f"  {how} of {loader} for the distinct keys of {_and(loaded)}")


def _show_place(console: Console, place: PlannedPlace) -> None:
    names = ".".join(place.path)
    declared = str(place.type)
    among = "" if declared.strip("[]!") in place.kinds else f" where it is {' or '.join(place.kinds)}"
    say(console, f"  {names}: {declared}" if names else f"  {declared}", among)
    for label, text in _rows(place):
        _row(console, label, text)


def _rows(place: PlannedPlace) -> Iterator[tuple[str, str]]:
    """What is said of the fields of a place, those that are answered alike in one row."""
    by_how: dict[How, list[Field]] = {each: [] for each in How}
    for field in place.fields:
        by_how[how(field)].append(field)
    if by_how[How.CONSTANT]:
        yield "constant", _names(by_how[How.CONSTANT])
    if place.written and by_how[How.READ]:
        yield "as JSON", _names(by_how[How.READ])
    else:
        for form in dict.fromkeys(field.form for field in by_how[How.READ]):
            yield _FORMS[form], _names([field for field in by_how[How.READ] if field.form == form])
    for field in by_how[How.RELATION]:
        assert field.relation is not None
        yield "relation", f"{_name(field)}: {field.relation.loader} by {field.relation.key}"
    if by_how[How.HELD]:
        yield "attribute", _names(by_how[How.HELD])
    if by_how[How.RESOLVED]:
        yield "resolver", _names(by_how[How.RESOLVED])
    for field in place.fields:
        for guard in field.guards:
            yield "guard", f"{_name(field)}: {_guard(guard)}"


def _names(fields: Sequence[Field]) -> str:
    return ", ".join(map(_name, fields))


def _name(field: Field) -> str:
    """With the field's own name behind an alias."""
    asked = field.details[0].node.name.value
    return field.name if field.name == asked else f"{field.name} ({asked})"


def _guard(guard: OperationGuard) -> str:
    if not isinstance(guard, Guard):
        return type(guard).__name__
    permission = str(guard.permission_class.permission)
    return f"{permission} as provider" if issubclass(guard.permission_class, GrantedToProvider) else permission


def _loads(places: Sequence[PlannedPlace]) -> dict[tuple[str, bool], list[str]]:
    """By loader the relations of a level that it serves; what hangs on objects that are written may be so too."""
    loads: dict[tuple[str, bool], list[str]] = {}
    for place in places:
        for field in place.fields:
            if field.relation is not None:
                served = loads.setdefault((field.relation.loader, place.written), [])
                served.append(".".join((*place.path[-1:], field.name)))
    return loads


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def show_statements(console: Console, observed: "Observed", *, values: bool) -> None:
    """Each text as it was sent; then how the answer came about, and its errors."""
    viewer = observed.viewer
    say(console, "\nStatements", f" as {viewer.name}, {viewer.role}")
    for number, sent in enumerate(observed.sent, 1):
        _show_sent(console, number, sent, values=values)
    say(console, "")
    if observed.anew_from is not None:
        text = "Something was not plain, so graphql-core answered the query anew"
        more = len(observed.sent) >= observed.anew_from
        say(console, "", f"{text}, from statement {observed.anew_from} on." if more else f"{text}.")
    for error in observed.executed.errors if observed.executed else ():
        place = ".".join(map(str, error.get("path", ())))
        say(console, f"{place}: " if place else "", f"{error['message']} ({error['extensions']['code']})", "red")


def _show_sent(console: Console, number: int, sent: Sent, *, values: bool) -> None:
    rows = "" if sent.rows is None else ": 1 row" if sent.rows == 1 else f": {sent.rows:,} rows"
    say(console, f"\n{number}", rows)
    broken = _CLAUSE.sub("\n", sent.text)
    lines = [part for line in broken.splitlines() for part in _wrapped(console, line.strip(), "  ")]
    console.print(_SQL.highlight("\n".join(lines)), soft_wrap=True, end="")
    if sent.arguments:
        for line in _wrapped(console, f"-- {', '.join(_arguments(sent.arguments, values=values))}", "  "):
            say(console, "", line)
    for line in sent.analysis:
        say(console, "", f"  {line}")


def _wrapped(console: Console, line: str, indent: str) -> list[str]:
    """Whole where another program reads it."""
    if not console.is_terminal:
        return [indent + line]
    return wrap(line, console.width, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False)


def _arguments(arguments: Sequence[Any], *, values: bool) -> Iterator[str]:
    """Each with its value, or those of one type behind each other together."""
    if values:
        yield from (f"${number} {_value(value)}" for number, value in enumerate(arguments, 1))
        return
    for kind, run in groupby(enumerate(arguments, 1), lambda each: _kind(each[1])):
        numbers = [number for number, _ in run]
        yield f"${numbers[0]} {kind}" if len(numbers) == 1 else f"${numbers[0]}–${numbers[-1]} {kind}"


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        return f"list of {len(value)} {' or '.join(dict.fromkeys(map(_kind, value)))}".rstrip()
    return type(value).__name__


def _value(value: Any) -> str:
    if isinstance(value, list):
        more = len(value) - _ITEMS_SHOWN_MAX
        shown = ", ".join(map(_value, value[:_ITEMS_SHOWN_MAX]))
        return f"[{shown}, and {more:,} more]" if more > 0 else f"[{shown}]"
    return "null" if value is None else str(value) if isinstance(value, int | float) else repr(str(value))


def _row(console: Console, label: str, text: str) -> None:
    indent = " " * 6
    first, rest = f"{indent}{label:<{_LABEL_WIDTH}}", indent + " " * _LABEL_WIDTH
    lines = wrap(text, console.width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
    say(console, "", "\n".join(lines))


def say(console: Console, heading: str, text: str = "", style: str = "") -> None:
    """The heading stands out on a terminal."""
    console.print(Text.assemble((heading, "bold"), (text, style)), soft_wrap=True)
