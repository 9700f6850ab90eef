"""Which fields can be merged: the same as the rule that compares pairs says, in linear time."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from graphql import build_schema, parse, validate
from graphql.utilities import separate_operations
from graphql.validation import OverlappingFieldsCanBeMergedRule
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.engine.merging import conflict

SCHEMA = build_schema("""
    interface Animal { name(upper: Boolean, cut: [Int]): String  friend: Animal  kin: [Animal!] }
    type Dog implements Animal {
        name(upper: Boolean, cut: [Int]): String  friend: Animal  kin: [Animal!]  size: Int!  owner: Dog
    }
    type Cat implements Animal {
        name(upper: Boolean, cut: [Int]): String  friend: Animal  kin: [Animal!]  size: Int  owner: [Cat]
    }
    union Pet = Dog | Cat
    type Query { animal: Animal  dog: Dog  pet: Pet  pets: [Pet!]! }
""")

FIELDS: dict[str, dict[str, str | None]] = {
    "Query": {"animal": "Animal", "dog": "Dog", "pet": "Pet", "pets": "Pet"},
    "Animal": {"name": None, "friend": "Animal", "kin": "Animal"},
    "Dog": {"name": None, "friend": "Animal", "kin": "Animal", "size": None, "owner": "Dog"},
    "Cat": {"name": None, "friend": "Animal", "kin": "Animal", "size": None, "owner": "Cat"},
    "Pet": {"__typename": None},
}
ANIMALS = ("Animal", "Dog", "Cat", "Pet")
CONDITIONS = {"Query": ("Query",), **dict.fromkeys(ANIMALS, ANIMALS)}
ARGUMENTS = ["", "(upper: true)", "(upper: false)", "(cut: [1, 2])", "(cut: [2, 1])", "(upper: true, cut: [1, 2])"]
FRAGMENTS = [("A", "Animal"), ("B", "Dog"), ("C", "Animal"), ("D", "Cat")]


@st.composite
def selection(draw: Callable[..., Any], kind: str, depth: int, spreads: tuple[str, ...]) -> str:
    """A selection set of the type that is valid but for what this is about."""
    parts = [draw(part(kind, depth, spreads)) for _ in range(draw(st.integers(1, 3)))]
    return "{ " + " ".join(parts) + " }"


@st.composite
def part(draw: Callable[..., Any], kind: str, depth: int, spreads: tuple[str, ...]) -> str:
    choices = ["field", "field", "field"] + (["inline"] if depth else [])
    if spreads and kind != "Query":
        choices.append("spread")
    match draw(st.sampled_from(choices)):
        case "inline":
            on = draw(st.sampled_from(CONDITIONS[kind]))
            return f"... on {on} {draw(selection(on, depth - 1, spreads))}"
        case "spread":
            return f"...{draw(st.sampled_from(spreads))}"
    names = [name for name, below in FIELDS[kind].items() if depth or below is None] or ["__typename"]
    name = draw(st.sampled_from(names))
    alias = draw(st.sampled_from(["", "", "x: ", "y: ", "name: "]))
    below = FIELDS[kind].get(name)
    given_arguments = draw(st.sampled_from(ARGUMENTS)) if name == "name" else ""
    return f"{alias}{name}{given_arguments}" + (f" {draw(selection(below, depth - 1, spreads))}" if below else "")


@st.composite
def documents(draw: Callable[..., Any]) -> str:
    """Each fragment spreads only those after it."""
    names = tuple(name for name, _ in FRAGMENTS)
    written = [f"query {draw(selection('Query', 3, names))}"]
    for index, (name, on) in enumerate(FRAGMENTS):
        written.append(f"fragment {name} on {on} {draw(selection(on, 2, names[index + 1 :]))}")
    return "\n".join(written)


@settings(max_examples=200, deadline=None)
@given(documents())
def test_it_finds_a_conflict_where_the_rule_of_pairs_does(text: str) -> None:
    """Of the fragments that are spread: the others no valid document has."""
    document = parse(text)
    used = separate_operations(document)[""]

    assert (conflict(SCHEMA, document) is None) == (validate(SCHEMA, used, [OverlappingFieldsCanBeMergedRule]) == [])


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{ dog { x: name x: size } }", "Fields 'x' conflict, since they return different types."),
        ("{ dog { name name(upper: true) } }", "Fields 'name' conflict, since they ask for different things."),
        ("{ dog { x: friend { name } x: owner { name } } }", "'x' conflict, since they ask for different things."),
        ("{ pet { ...on Dog { size } ...on Cat { size } } }", "'size' conflict, since they return different types."),
        ("{ dog { friend { x: name } } dog { friend { x: __typename } } }", "return different types"),
    ],
)
def test_a_conflict_is_named_with_what_to_do(document: str, said: str) -> None:
    found = conflict(SCHEMA, parse(document))

    assert found is not None
    assert said in found.message
    assert len(found.locations or ()) == 2


@pytest.mark.parametrize(
    "document",
    [
        "{ dog { name(upper: true, cut: [1]) name(cut: [1], upper: true) } }",
        "{ pet { ...on Dog { x: name } ...on Cat { x: name(upper: true) } } }",
        "{ pet { ...on Dog { x: friend { name } } ...on Cat { x: friend { name(upper: true) } } } }",
        "{ animal { ...A ...A } dog { ...A } } fragment A on Animal { name friend { name } }",
    ],
)
def test_what_can_be_merged_is(document: str) -> None:
    assert conflict(SCHEMA, parse(document)) is None


def test_twice_as_many_fields_are_compared_about_twice_as_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs would be compared four times as often."""
    compared = Counter[int]()

    def comparisons(fragments: int) -> int:
        def differ(*types: object) -> bool:
            compared[fragments] += 1
            return False

        monkeypatch.setattr("billing.engine.merging._differ", differ)
        fields = " ".join(f"f{n}: name" for n in range(20))
        spreads = " ".join(f"...F{n}" for n in range(fragments))
        written = " ".join(f"fragment F{n} on Dog {{ {fields} }}" for n in range(fragments))
        assert conflict(SCHEMA, parse(f"{{ dog {{ {spreads} }} }} {written}")) is None
        return compared[fragments]

    assert comparisons(60) == 59 * 20
    assert comparisons(120) == 119 * 20
