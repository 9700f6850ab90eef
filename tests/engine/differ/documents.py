"""Questions to billing's graph, drawn from the schema itself: whatever a valid document can ask, and who asks it.

Ids and numbers stand in it by name, as `<ours.open>`, and are filled in when it is asked: that reads well, and it is
the same question over every scene.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    Undefined,
    get_named_type,
    is_leaf_type,
    parse,
    print_ast,
)
from hypothesis import strategies as st

from tests.access.introspection import GRAPH, input_of
from tests.access.rows import MUTATIONS

PEOPLE: Final = (
    "superadmin", "coordinator-it", "coordinator-mkt", "analyst", "billing-admin", "admin", "coordinator-none",
)  # fmt: skip
_RECORDS: Final = ("open", "paid", "credited", "awaiting", "disputed", "draft", "void", "replaced")
_PAYMENTS: Final = ("payment", "confirmed")
_DIVISIONS: Final = ("from_division", "to_division")
_THINGS: Final = {
    "billingRecord": _RECORDS,
    "payment": _PAYMENTS,
    "division": _DIVISIONS,
    "catalogItem": ("item",),
    "node": (*_RECORDS, *_PAYMENTS, *_DIVISIONS, "item", "dispute", "upheld", "credit_note", "line"),
}
_TEXTS: Final = {
    "number": ("<ours.number>", "<ours.credit_number>", "<theirs.number>", "none"),
    "sku": ("<ours.sku>", "LAPTOP", "none"),
    "code": ("IT", "MKT", "none"),
    "currency": ("USD", "JPY", "EURO"),
    "startsWith": ("IT", "", "coordinator"),
    "after": ("no cursor",),
    "before": ("no cursor",),
}
_SCALARS: Final = {
    "Int": (2, 1, 3, 0, 101),
    "Boolean": (True, False),
    "String": ("IT", "USD", "x", ""),
    "Date": ("2026-01-15", "2026-01-31", "2099-01-01", "1999-12-31"),
    "DateTime": ("2026-01-15T12:00:00Z", "2026-01-01T00:00:00+02:00"),
    "Money": ("100.00", "0", "40.00"),
    "Decimal": ("1", "0.5"),
}
_WRONG: Final = ("wrong", 1.5, {"x": 1}, True, ["?"])
_INTROSPECTION: Final = (
    "__schema { queryType { name } types { name kind } }",
    '__type(name: "BillingRecord") { name kind interfaces { name } fields { name type { name kind } } }',
    '__type(name: "Nothing") { name }',
)
_DEPTH_MAX: Final = 7
_FIELDS_MAX: Final = 40

Draw = Callable[[st.SearchStrategy[Any]], Any]
Composite = GraphQLObjectType | GraphQLInterfaceType


@dataclass(frozen=True)
class Change:
    """The input of a mutation: which of those that `tests/access/rows.py` knows, over whose things."""

    mutation: str
    which: int
    things: str


@dataclass
class Question:
    """Who asks what."""

    person: str
    document: str
    variables: dict[str, Any]
    changes: dict[str, Change] = field(default_factory=dict)

    def __repr__(self) -> str:
        given = {**self.variables, **self.changes}
        return f"{self.person} asks:\n{print_ast(parse(self.document))}\nwith {given}\nas written: {self.document!r}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What hypothesis shows."""
        printer.text(repr(self))


def _clashing() -> frozenset[str]:
    """The fields that return different types on different objects, and cannot be merged without an alias."""
    types: dict[str, set[str]] = {}
    for kind in GRAPH.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            for name, definition in kind.fields.items():
                types.setdefault(name, set()).add(str(definition.type))
    return frozenset(name for name, found in types.items() if len(found) > 1)


_CLASHING: Final = _clashing()


def _conditions(kind: Composite) -> list[Composite]:
    """The types whose fragments may apply to an object of this one, itself first."""
    possible = set(GRAPH.get_possible_types(kind)) if isinstance(kind, GraphQLInterfaceType) else {kind}
    others = [
        other
        for other in GRAPH.type_map.values()
        if isinstance(other, (GraphQLObjectType, GraphQLInterfaceType)) and other is not kind
        and possible & (set(GRAPH.get_possible_types(other)) if isinstance(other, GraphQLInterfaceType) else {other})
    ]  # fmt: skip
    return [kind, *sorted(others, key=lambda it: it.name)]


_CONDITIONS: Final = {
    kind.name: _conditions(kind)
    for kind in GRAPH.type_map.values()
    if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType))
}


class _Writing:
    """One document as it is written."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.definitions: list[str] = []
        self.variables: dict[str, Any] = {}
        self.fragments: list[tuple[str, Composite, str]] = []
        self.left = _FIELDS_MAX
        self._conditions: list[str] = []
        self._aliases = 0
        self._with_arguments: set[str] = set()
        self._heads: dict[tuple[str, str], list[str]] = {}

    def one_of(self, choices: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(choices))

    def once_in(self, times: int) -> bool:
        return bool(self.draw(st.integers(0, times - 1)) == times - 1)

    def selection(self, kind: Composite, depth: int, *, abstract: bool, parts_max: int = 5) -> str:
        """`abstract`: objects of several types may meet here, so that what clashes needs an alias."""
        abstract = abstract or isinstance(kind, GraphQLInterfaceType)
        count = self.draw(st.integers(1, parts_max))
        return "{ " + " ".join(self._part(kind, depth, abstract) for _ in range(count)) + " }"

    def _part(self, kind: Composite, depth: int, abstract: bool) -> str:
        self.left -= 1
        ways = ["field"] * 6 + ["typename"]
        if depth and self.left > 0:
            ways += ["inline", "spread"] + (["inline"] * 3 if isinstance(kind, GraphQLInterfaceType) else [])
        match self.one_of(ways):
            case "typename":
                return f"{self._alias(2)}__typename{self._directive()}"
            case "inline":
                on = self.one_of(_CONDITIONS[kind.name])
                condition = "" if on is kind and self.draw(st.booleans()) else f" on {on.name}"
                return (
                    f"...{condition}{self._directive()} {self.selection(on, depth - 1, abstract=abstract, parts_max=3)}"
                )
            case "spread":
                return f"...{self._fragment(kind, depth)}{self._directive()}"
        return self._field(kind, depth, abstract)

    def _fragment(self, kind: Composite, depth: int) -> str:
        fitting = [name for name, on, _ in self.fragments if on in _CONDITIONS[kind.name]]
        if fitting and self.draw(st.booleans()):
            return str(self.one_of(fitting))
        on = self.one_of(_CONDITIONS[kind.name])
        text = self.selection(on, depth - 1, abstract=True, parts_max=3)
        name = f"F{len(self.fragments) + 1}"
        self.fragments.append((name, on, text))
        return name

    def _field(self, kind: Composite, depth: int, abstract: bool) -> str:
        deeper = depth > 0 and self.left > 0
        leaves = [name for name, it in kind.fields.items() if is_leaf_type(get_named_type(it.type))]
        composites = [name for name in kind.fields if name not in leaves] if deeper else []
        names = leaves + composites * 2
        if not names:
            return "__typename"
        name = self.one_of(names)
        definition = kind.fields[name]
        head = self._head(kind, name, definition, abstract)
        below = get_named_type(definition.type)
        selected = ""
        if isinstance(below, (GraphQLObjectType, GraphQLInterfaceType)):
            selected = " " + self.selection(below, depth - 1, abstract=abstract)
        return f"{head}{self._directive()}{selected}"

    def _head(self, kind: Composite, name: str, definition: GraphQLField, abstract: bool) -> str:
        """Alias, name and arguments; now and then one that was written before, which is then merged with it."""
        written = self._heads.setdefault((kind.name, name), [])
        if written and self.once_in(3):
            return str(self.one_of(written))
        arguments = self._arguments(name, definition)
        plainly = name not in self._with_arguments and not (abstract and (name in _CLASHING or definition.args))
        if definition.args:
            alias = self._alias(2 if plainly else 1)
            if not alias:
                self._with_arguments.add(name)
        else:
            alias = self._alias(6 if plainly else 1)
        head = f"{alias}{name}{arguments}"
        written.append(head)
        return head

    def _alias(self, once_in: int) -> str:
        if once_in > 1 and not self.once_in(once_in):
            return ""
        self._aliases += 1
        return f"a{self._aliases}: "

    def _directive(self) -> str:
        if not self.once_in(8):
            return ""
        directive = self.one_of(("include", "skip"))
        condition = self.one_of(("false", "true", "$", "$", "$"))
        return f" @{directive}(if: {self._condition() if condition == '$' else condition})"

    def _condition(self) -> str:
        if self._conditions and self.draw(st.booleans()):
            return str(self.one_of(self._conditions))
        name = f"$b{len(self._conditions) + 1}"
        default = self.one_of(("", " = true", " = false"))
        may_be_null = bool(default) and self.once_in(3)
        self.definitions.append(f"{name}: Boolean{'' if may_be_null else '!'}{default}")
        if may_be_null and self.draw(st.booleans()):
            self.variables[name[1:]] = None
        elif not default or self.draw(st.booleans()):
            self.variables[name[1:]] = self.draw(st.booleans())
        self._conditions.append(name)
        return name

    def _arguments(self, name: str, definition: GraphQLField) -> str:
        chosen = self._chosen(name, definition)
        if not chosen:
            return ""
        return "(" + ", ".join(f"{key}: {self._given(it.type, key, name)}" for key, it in chosen.items()) + ")"

    def _chosen(self, name: str, definition: GraphQLField) -> dict[str, GraphQLArgument]:
        """Mostly such that something is found: one of an id and what else names a thing, small pages."""
        arguments = definition.args
        if name in _THINGS and "id" in arguments and len(arguments) == 2 and not self.once_in(12):
            key = self.one_of(list(arguments))
            return {key: arguments[key]}
        often = {"first": 3, "filter": 4, "orderBy": 3, "on": 2}
        return {
            key: it
            for key, it in arguments.items()
            if isinstance(it.type, GraphQLNonNull) or self.once_in(often.get(key, 20))
        }

    def _given(self, kind: GraphQLInputType, name: str, of: str) -> str:
        """A value for a place of that type: a literal with variables in it, or a variable."""
        if self.once_in(4):
            return self._variable(kind, name, of)
        if isinstance(kind, GraphQLNonNull):
            return self._literal(kind.of_type, name, of)
        return "null" if self.once_in(12) else self._literal(kind, name, of)

    def _literal(self, kind: GraphQLInputType, name: str, of: str) -> str:
        if isinstance(kind, GraphQLList):
            if self.once_in(6):  # One value for a list; a variable of its own type would not be valid there.
                return self._written(kind.of_type, self._constant(kind.of_type, name, of))
            count = self.draw(st.integers(0, 4))
            return "[" + ", ".join(self._given(kind.of_type, name, of) for _ in range(count)) + "]"
        if isinstance(kind, GraphQLInputObjectType):
            fields = self._fields(kind)
            return "{" + ", ".join(f"{key}: {self._given(kind.fields[key].type, key, of)}" for key in fields) + "}"
        return self._written(kind, self._value(kind, name, of))

    def _variable(self, kind: GraphQLInputType, name: str, of: str) -> str:
        """Given, null, left out or wrong, with a default or without, as its type allows."""
        inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        default = self._constant(inner, name, of) if self.once_in(4) else None
        must = isinstance(kind, GraphQLNonNull) and (default is None or self.draw(st.booleans()))
        must = must or self.once_in(8)
        variable = f"v{len(self.definitions) + 1}"
        written = "" if default is None else f" = {self._written(inner, default)}"
        self.definitions.append(f"${variable}: {inner}{'!' if must else ''}{written}")
        ways = ["given"] * 8 + ["wrong"]
        if not must:
            ways += ["null", "null"]
        if not must or default is not None:
            ways.append("left out")
        match self.one_of(ways):
            case "given":
                self.variables[variable] = self._constant(inner, name, of)
            case "null":
                self.variables[variable] = None
            case "wrong":
                self.variables[variable] = self.one_of(_WRONG)
        return f"${variable}"

    def _constant(self, kind: GraphQLInputType, name: str, of: str) -> Any:
        """A value that is not null, as JSON has it."""
        if isinstance(kind, GraphQLNonNull):
            return self._constant(kind.of_type, name, of)
        if isinstance(kind, GraphQLList):
            return [self._constant(kind.of_type, name, of) for _ in range(self.draw(st.integers(0, 3)))]
        if isinstance(kind, GraphQLInputObjectType):
            return {key: self._constant(kind.fields[key].type, key, of) for key in self._fields(kind)}
        return self._value(kind, name, of)

    def _fields(self, kind: GraphQLInputObjectType) -> list[str]:
        """All that must be given, and one more or two; not and, or, not in each other without end."""
        must = [
            key
            for key, it in kind.fields.items()
            if isinstance(it.type, GraphQLNonNull) and it.default_value is Undefined
        ]
        rest = [key for key in kind.fields if key not in must and (key not in ("and", "or", "not") or self.once_in(6))]
        more = self.draw(st.lists(st.sampled_from(rest), max_size=2, unique=True)) if rest else []
        return must + more

    def _value(self, kind: GraphQLInputType, name: str, of: str) -> Any:
        if isinstance(kind, GraphQLEnumType):
            return self.one_of(list(kind.values))
        scalar = str(kind)
        if scalar == "ID":
            things = _THINGS.get("node" if of == "nodes" else of, ("open", "from_division", "payment", "item", "user"))
            whose = self.one_of(("ours", "ours", "ours", "ours", "theirs", "missing"))
            return f"<{whose}.{self.one_of(things)}>" if not self.once_in(20) else "no id"
        if scalar == "String":
            return self.one_of(_TEXTS.get(name, _SCALARS["String"]))
        return self.one_of(_SCALARS[scalar])

    def _written(self, kind: GraphQLInputType, value: Any) -> str:
        """A constant as a literal."""
        if isinstance(kind, GraphQLNonNull):
            return self._written(kind.of_type, value)
        if isinstance(kind, GraphQLList):
            return "[" + ", ".join(self._written(kind.of_type, item) for item in value) + "]"
        if isinstance(kind, GraphQLInputObjectType):
            return (
                "{" + ", ".join(f"{key}: {self._written(kind.fields[key].type, it)}" for key, it in value.items()) + "}"
            )
        if isinstance(value, bool):
            return str(value).lower()
        return f'"{value}"' if isinstance(value, str) and not isinstance(kind, GraphQLEnumType) else str(value)

    def document(self, type: str, selected: str) -> str:
        named = self.one_of(("", "", " Asked"))
        defined = f"({', '.join(self.definitions)})" if self.definitions else ""
        operation = selected if (type, named, defined) == ("query", "", "") else f"{type}{named}{defined} {selected}"
        fragments = (f"fragment {name} on {on.name} {text}" for name, on, text in self.fragments)
        return "\n".join([operation, *fragments])


@st.composite
def queries(draw: Draw) -> Question:
    writing = _Writing(draw)
    root = GRAPH.query_type
    assert root is not None
    selected = writing.selection(root, draw(st.integers(2, _DEPTH_MAX)), abstract=False, parts_max=3)
    if writing.once_in(15):
        selected = f"{{ {draw(st.sampled_from(_INTROSPECTION))} {selected[2:]}"
    person = draw(st.sampled_from(PEOPLE))
    return Question(person, writing.document("query", selected), writing.variables)


@st.composite
def mutations(draw: Draw) -> Question:
    """One or two changes, and whatever can be asked of their payloads."""
    writing = _Writing(draw)
    writing.left = _FIELDS_MAX // 2
    root = GRAPH.mutation_type
    assert root is not None
    changes: dict[str, Change] = {}
    parts: list[str] = []
    for number in range(1, draw(st.sampled_from((1, 1, 2))) + 1):
        mutation = draw(st.sampled_from(sorted(MUTATIONS))).removeprefix("Mutation.")
        which = draw(st.integers(0, len(MUTATIONS[f"Mutation.{mutation}"]) - 1))
        things = draw(st.sampled_from(("ours", "ours", "ours", "ours", "theirs", "missing")))
        changes[f"input{number}"] = Change(mutation, which, things)
        writing.definitions.append(f"$input{number}: {input_of(mutation)}!")
        payload = get_named_type(root.fields[mutation].type)
        assert isinstance(payload, GraphQLObjectType)
        selected = writing.selection(payload, draw(st.integers(1, _DEPTH_MAX - 2)), abstract=False)
        alias = writing._alias(3 if number == 1 else 1)
        parts.append(f"{alias}{mutation}(input: $input{number}){writing._directive()} {selected}")
    if writing.once_in(4):
        parts.insert(draw(st.integers(0, len(parts))), "__typename")
    person = draw(st.sampled_from(PEOPLE))
    return Question(person, writing.document("mutation", f"{{ {' '.join(parts)} }}"), writing.variables, changes)
