"""Documents that cost a naive server much, or tell a stranger something (B12 to B26), and what each is refused with."""

from dataclasses import dataclass, field
from typing import Any, Final

FAULTY: Final = "GRAPHQL_VALIDATION_FAILED"
UNREADABLE: Final = "GRAPHQL_PARSE_FAILED"
TOO_LARGE: Final = "DOCUMENT_TOO_LARGE"
TOO_DEEP: Final = "DOCUMENT_TOO_DEEP"
ALIASES: Final = "TOO_MANY_ALIASES"
DIRECTIVES: Final = "TOO_MANY_DIRECTIVES"
OPERATIONS: Final = "TOO_MANY_OPERATIONS"
COST: Final = "COST_TOO_HIGH"
BODY: Final = "BODY_TOO_LARGE"


@dataclass(frozen=True)
class Hostile:
    """One document of a group (the number of the bad input), the code it gets, and in how many errors at most."""

    group: str
    name: str
    text: str
    code: str
    errors: int = 1
    variables: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.group} {self.name}"

    def made_unique(self, number: int) -> str:
        """The same document as a text that nobody has sent before, so that no cache knows it."""
        return f"# {number}\n{self.text}"


def _misspelt() -> list[Hostile]:
    texts = {
        "field": "{ billingRecrods { totalCount } }",
        "field below": "{ billingRecords { totalCuont } }",
        "argument": "{ billingRecords(frist: 1) { totalCount } }",
        "type of a fragment": "{ node(id: 1) { ... on BillingRecrod { id } } }",
        "type of a variable": "query($f: BillingRecordFiltr) { billingRecords(filter: $f) { totalCount } }",
        "enum value": "{ billingRecords(orderBy: {field: DUE_DAT}) { totalCount } }",
        "input field": "{ billingRecords(filter: {stats: {eq: PAID}}) { totalCount } }",
        "comparator": "{ billingRecords(filter: {number: {startWith: 1}}) { totalCount } }",
        "directive": "{ me @skipp(if: true) { name } }",
        "argument of a directive": "{ me @skip(iff: true) { name } }",
        "mutation": "mutation { createDivison(input: {}) { replayed } }",
        "field of a mutation's input": 'mutation { retireCatalogItem(input: {id: "1", versoin: 1}) { replayed } }',
        "introspection field": "{ __shema { types { name } } }",
        "subscription": "subscription { billingRecordChangd { id } }",
    }
    return [Hostile("B12", f"misspelt {name}", text, FAULTY, errors=3) for name, text in texts.items()]


def _circular_introspection() -> list[Hostile]:
    fields = "{ fields { type " * 6 + "{ name }" + " } }" * 6
    texts = {
        "types": f"{{ __schema {{ types {fields} }} }}",
        "one type": f'{{ __type(name: "Query") {fields} }}',
        "the type of the root": f"{{ __schema {{ queryType {fields} }} }}",
        "interfaces": '{ __type(name: "Division") '
        + "{ interfaces { possibleTypes " * 5
        + "{ name }"
        + " } }" * 5
        + " }",
        "inputs": '{ __type(name: "DivisionFilter") ' + "{ inputFields { type " * 6 + "{ name }" + " } }" * 6 + " }",
        "through fragments": "{ __schema { types { ...A } } } fragment A on __Type { fields { type { ...B } } } "
        "fragment B on __Type { fields { type { fields { type { fields { name } } } } } }",
        "a fragment in itself": "{ __schema { types { ...A } } } fragment A on __Type { fields { type { ...A } } }",
    }
    return [Hostile("B14", f"circular introspection: {name}", text, FAULTY, errors=4) for name, text in texts.items()]


def _deep() -> list[Hostile]:
    def around(levels: int) -> str:
        """Record → its payments → their records, and so on."""
        hop = "allocations { payment { allocations { billingRecord { "
        return "{ billingRecords(first: 1) { nodes { " + hop * (levels // 4) + "id" + " }" * (levels // 4 * 4 + 3)

    def parents(levels: int) -> str:
        return "{ division(id: 1) { " + "parent { " * levels + "id" + " }" * (levels + 2)

    def chain(levels: int) -> str:
        links = (f"fragment F{n} on Division {{ parent {{ ...F{n + 1} }} }}" for n in range(levels))
        return f"{{ division(id: 1) {{ ...F0 }} }} {' '.join(links)} fragment F{levels} on Division {{ id }}"

    return [
        *(Hostile("B15", f"records and payments in turn to depth {n}", around(n), TOO_DEEP) for n in (15, 50, 150)),
        *(Hostile("B15", f"parents to depth {n}", parents(n), TOO_DEEP) for n in (15, 50, 150, 320)),
        *(Hostile("B15", f"a chain of {n} fragments", chain(n), TOO_DEEP) for n in (15, 50, 85)),
        Hostile("B15", "a chain of 150 fragments", chain(150), TOO_LARGE),
        Hostile("B15", "all records with all of theirs", _wide(), COST),
    ]


def _wide() -> str:
    return (
        "{ billingRecords(first: 100) { nodes { payments { allocations { billingRecord { lineItems { id } "
        "history { actor { id } } } } } disputes { billingRecord { lineItems { id } } } } } }"
    )


def _aliases() -> list[Hostile]:
    def aliased(count: int, field: str) -> str:
        return " ".join(f"a{n}:{field}" for n in range(count))

    change = "deactivateUser(input: $i) { replayed }"
    head = "mutation($i: DeactivateUserInput!) "
    input = {"i": {"id": "x", "version": 1}}
    return [
        Hostile("B16", "31 aliases", f"{{ {aliased(31, 'me { name }')} }}", ALIASES),
        Hostile("B16", "101 aliases", f"{{ {aliased(101, 'me { name }')} }}", ALIASES),
        Hostile("B16", "1,000 aliases", f"{{ {aliased(1000, 'me{name}')} }}", TOO_LARGE),
        Hostile("B16", "101 aliases of __typename", f"{{ {aliased(101, '__typename')} }}", ALIASES),
        Hostile("B16", "300 aliases of __typename", f"{{ {aliased(300, '__typename')} }}", ALIASES),
        Hostile("B16", "1,000 aliases of __typename", f"{{ {aliased(1000, '__typename')} }}", TOO_LARGE),
        Hostile("B16", "31 aliased mutations", f"{head} {{ {aliased(31, change)} }}", ALIASES, variables=input),
        Hostile("B16", "80 aliased mutations", f"{head} {{ {aliased(80, change)} }}", ALIASES, variables=input),
        Hostile("B16", "100 aliased mutations", f"{head} {{ {aliased(100, change)} }}", TOO_LARGE, variables=input),
        Hostile("B16", "aliases in a fragment spread 16 times", _spread_aliases(), ALIASES),
        Hostile("B16", "aliases on every level", _aliases_on_levels(), ALIASES),
        Hostile("B37", "1,000 ids by aliases", f"{{ {aliased(150, 'node(id: 1) { id }')} }}", TOO_LARGE),
        Hostile("B37", "31 ids by aliases", f"{{ {aliased(31, 'node(id: 1) { id }')} }}", ALIASES),
    ]


def _spread_aliases() -> str:
    return f"{{ {'...F ' * 16} }} fragment F on Query {{ a: me {{ name }} b: me {{ name }} }}"


def _aliases_on_levels() -> str:
    chain = "a: parent { b: parent { " * 4 + "c: id" + " } }" * 4
    return f"{{ division(id: 1) {{ {chain} {chain} {chain} {chain} }} }}"


def _long() -> list[Hostile]:
    valid = "{ me { name } }"
    return [
        Hostile("B17", "__typename × 5,000", "{" + "__typename " * 5_000 + "}", TOO_LARGE),
        Hostile("B17", "__typename × 1,200", "{" + "__typename " * 1_200 + "}", TOO_LARGE),
        Hostile("B17", "__typename × 900", "{" + "__typename " * 900 + "}", ALIASES),
        Hostile("B17", "50,000 tokens", "{" + "a " * 50_000 + "}", TOO_LARGE),
        Hostile("B17", "7,000 tokens", "{" + "a " * 7_000 + "}", TOO_LARGE),
        Hostile("B17", "a comment of 16,000 characters", f"#{'x' * 16_000}\n{valid}", TOO_LARGE),
        Hostile("B17", "15,000 commas", "," * 15_000 + valid, TOO_LARGE),
        Hostile("B17", "15,000 spaces", " " * 15_000 + valid, TOO_LARGE),
        Hostile("B17", "7,000 empty comments", "#\n" * 7_000 + "{ me { nme } }", FAULTY),
        Hostile("B17", "14,000 commas", "," * 14_000 + "{ me { nme } }", FAULTY),
        Hostile("B17", "14,000 spaces", " " * 14_000 + "{ me { nme } }", FAULTY),
        Hostile("B17", "a block string of 14,000 lines", f'{{ node(id: """{chr(10) * 14_000}""") {{ x }} }}', FAULTY),
        Hostile("B17", "a text of 14,000 escapes", '{ node(id: "' + r"\n" * 7_000 + '") { x } }', FAULTY),
        Hostile("B17", "an open text of 14,000 characters", '{ node(id: "' + "x" * 14_000, UNREADABLE),
        Hostile("B17", "an open block string", '{ node(id: """' + "x\n" * 7_000, UNREADABLE),
        Hostile(
            "B17", "a number of 14,000 digits", f"{{ billingRecords(first: {'9' * 14_000}) {{ totalCount }} }}", FAULTY
        ),
    ]


def _directives() -> list[Hostile]:
    def on(directives: str) -> str:
        return f"{{ me {directives} {{ name }} }}"

    return [
        Hostile("B18", "an unknown directive × 1,000", on("@a " * 1_000), TOO_LARGE),
        Hostile("B18", "an unknown directive × 490", on("@a " * 490), DIRECTIVES),
        Hostile("B18", "an unknown directive × 31", on("@a " * 31), DIRECTIVES),
        Hostile("B18", "an unknown directive × 9", on("@a " * 9), FAULTY, errors=9),
        Hostile("B18", "@skip × 1,000", on("@skip(if: true) " * 1_000), TOO_LARGE),
        Hostile("B18", "@skip × 140", on("@skip(if: true) " * 140), DIRECTIVES),
        Hostile("B18", "@skip × 9", on("@skip(if: false) " * 9), FAULTY, errors=9),
        Hostile("B18", "@include in a fragment spread 16 times", _spread_directives(), DIRECTIVES),
    ]


def _spread_directives() -> str:
    return f"{{ {'...F ' * 16} }} fragment F on Query {{ me @include(if: true) {{ name @include(if: true) }} }}"


def _fragments() -> list[Hostile]:
    doubling = " ".join(f"fragment F{n} on Query{{...F{n + 1} ...F{n + 1}}}" for n in range(23))
    below = " ".join(f"fragment G{n} on Division{{parent{{...G{n + 1}}} ...G{n + 1}}}" for n in range(23))
    same = " ".join(f"...F{n}" for n in range(30))
    made = " ".join(f"fragment F{n} on Query {{ x{n} }}" for n in range(30))
    texts = {
        "to itself": "{ ...F } fragment F on Query { ...F }",
        "to itself below a field": "{ me { division { ...F } } } fragment F on Division { parent { ...F } }",
        "A to B to A": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "a circle of 60": "{ ...F0 } "
        + " ".join(f"fragment F{n} on Query {{ ...F{(n + 1) % 60} }}" for n in range(60)),
        "each to each": "{ ...F0 } "
        + " ".join(f"fragment F{n} on Query {{ {' '.join(f'...F{m}' for m in range(14))} }}" for n in range(14)),
        "unknown": "{ ...Missing }",
        "not used": "{ me { name } } fragment F on Query { me { name } }",
        "twice of one name": "{ ...F } fragment F on Query { me { name } } fragment F on Query { me { role } }",
        "on a type that cannot be": "{ ...F } fragment F on Division { id }",
        "on a scalar": "{ ...F } fragment F on String { id }",
        "30 with unknown fields": f"{{ {same} }} {made}",
    }
    return [
        *(Hostile("B19", f"a fragment {name}", text, FAULTY, errors=20) for name, text in texts.items()),
        Hostile("B19", "2^23 unknown fields by doubling", f"{{...F0}} {doubling} fragment F23 on Query{{x}}", FAULTY),
        Hostile(
            "B19", "2^23 aliases by doubling", f"{{...F0}} {doubling} fragment F23 on Query{{a:me{{id}}}}", ALIASES
        ),
        Hostile("B19", "2^23 paths", f"{{division(id:1){{...G0}}}} {below} fragment G23 on Division{{id}}", TOO_DEEP),
    ]


def _nested() -> list[Hostile]:
    def all_of(count: int) -> dict[str, str]:
        return {
            "selections": "{a" * count + "}" * count,
            "inline fragments": "{me" + "{..." * count + "{name}" + "}" * (count + 1),
            "lists": "{nodes(ids:" + "[" * count + "]" * count + "){id}}",
            "objects": "{divisions(filter:" + "{not:" * count + "{}" + "}" * count + "){totalCount}}",
            "list types": "query($a:" + "[" * count + "Int" + "]" * count + "){me{name}}",
        }

    return [
        *(
            Hostile("B20", f"5,000 {name}", text, TOO_LARGE)
            for name, text in all_of(5_000).items()
            if len(text) > 15_000
        ),
        *(
            Hostile("B20", f"3,700 {name}", text, TOO_DEEP)
            for name, text in all_of(3_700).items()
            if len(text) < 14_990
        ),
        *(Hostile("B20", f"300 {name}", text, TOO_DEEP) for name, text in all_of(300).items()),
    ]


def _operations() -> list[Hostile]:
    return [
        Hostile("B22", "6 operations", " ".join(f"query Q{n} {{ me {{ name }} }}" for n in range(6)), OPERATIONS),
        Hostile("B22", "1,000 operations", "{a}" * 1_000, TOO_LARGE),
        Hostile("B22", "300 operations", "{a}" * 300, OPERATIONS),
        Hostile("B22", "two without a name", "{ me { name } } { me { role } }", FAULTY, errors=2),
        Hostile("B22", "two of one name", "query A { me { name } } query A { me { role } }", FAULTY),
        Hostile("B22", "two to choose from", "query A { me { name } } query B { me { role } }", FAULTY),
        Hostile("B22", "none", "fragment F on Query { me { name } }", FAULTY),
        Hostile("B22", "a schema", "type Query { a: Int }", FAULTY),
        Hostile("B22", "an extension of the schema", "{ me { name } } extend type Query { a: Int }", FAULTY),
    ]


def _faulty() -> list[Hostile]:
    fields = " ".join(f"x{n}" for n in range(990))
    arguments = " ".join(f"x{n}:1" for n in range(320))
    variables = " ".join(f"$x{n}:X" for n in range(240))
    values = " ".join(f"x{n}:1" for n in range(310))
    return [
        Hostile("B25", "10,000 unknown fields", "{" + " ".join(f"x{n}" for n in range(10_000)) + "}", TOO_LARGE),
        Hostile("B25", "990 unknown fields", f"{{ {fields} }}", FAULTY, errors=20),
        Hostile("B25", "320 unknown arguments", f"{{ me({arguments}) {{ name }} }}", FAULTY, errors=20),
        Hostile("B25", "240 unused variables", f"query({variables}) {{ me {{ name }} }}", FAULTY, errors=20),
        Hostile(
            "B25",
            "310 unknown input fields",
            f"{{ divisions(filter: {{{values}}}) {{ totalCount }} }}",
            FAULTY,
            errors=20,
        ),
        Hostile("B25", "a name of 14,000 characters", "{" + "x" * 14_000 + "}", FAULTY),
        Hostile(
            "B25", "a type of 14,000 characters", f"query($a: {'x' * 14_000}) {{ me {{ name }} }}", FAULTY, errors=2
        ),
        Hostile(
            "B25", "a value of 14,000 characters", f"{{ divisions(first: {'x' * 14_000}) {{ totalCount }} }}", FAULTY
        ),
        Hostile("B25", "a name of 300,000 characters", "{" + "x" * 300_000 + "}", BODY),
        Hostile("B25", "fields that exclude each other", _conflicts(), ALIASES),
        Hostile("B25", "fragments that exclude each other", _conflicting_fragments(), FAULTY, errors=20),
    ]


def _conflicts() -> str:
    return "{ me { " + " ".join(f"name role permissions id a: {it}" for it in ("name", "role", "id") * 40) + " } }"


def _conflicting_fragments() -> str:
    """Each of them names the same fields by other names, so that each is compared with each."""
    names = ("id", "code", "name", "costCentre", "glCode", "active", "version", "createdAt")
    made = (
        f"fragment F{n} on Division {{ {' '.join(f'a{m}: {names[(m + n) % 8]}' for m in range(8))} }}" for n in range(3)
    )
    return f"{{ division(id: 1) {{ ...F0 ...F1 ...F2 }} }} {' '.join(made)}"


def _later() -> list[Hostile]:
    texts = {
        "a subscription": "subscription { billingRecordChanged { id } }",
        "@defer": "{ me { name } ... @defer { me { role } } }",
        "@stream": "{ nodes(ids: [1]) @stream(initialCount: 0) { id } }",
        "@live": "query @live { me { name } }",
        "_entities": '{ _entities(representations: [{__typename: "Division", id: 1}]) { __typename } }',
        "_service": "{ _service { sdl } }",
    }
    return [Hostile("B26", name, text, FAULTY, errors=3) for name, text in texts.items()]


DOCUMENTS: Final = (
    *_misspelt(),
    *_circular_introspection(),
    *_deep(),
    *_aliases(),
    *_long(),
    *_directives(),
    *_fragments(),
    *_nested(),
    *_operations(),
    *_faulty(),
    *_later(),
)
