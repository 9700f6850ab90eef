"""Every executor answers billing's graph as graphql-core does, to the byte: data in its order, errors in theirs.

Documents are drawn from the schema (`documents.py`), asked by several people over the scene of the access tests, with
faults in what is read (`faults.py`) and without. ENGINE_SEED is where drawing begins, FIGURES=full draws 6,000 of them;
a difference is shown with the smallest question that has it.
"""

import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import get_named_type, is_required_argument
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.engine import ConjectureRunner

from tests.access.introspection import GRAPH, everything
from tests.access.scene import set_up
from tests.engine.differ.documents import Question, mutations, queries
from tests.engine.differ.faults import Seen, Wish, injected, wishes
from tests.engine.differ.site import Site, open_site
from tests.engine.executors import Run, compared, reference
from tests.engine.wrong import WRONG
from tests.support.database import Database

SEED = int(os.environ.get("ENGINE_SEED", "42"))
TIMES = 20 if os.environ.get("FIGURES") == "full" else 1
QUERIES, MUTATIONS, FAULTS = 170 * TIMES, 50 * TIMES, 80 * TIMES
_NOW = datetime(2026, 2, 10, 12, tzinfo=UTC)

Count = Callable[[str], None]


def drawn(count: int) -> Any:
    """So many examples, the same each time."""

    def decorate(test: Any) -> Any:
        chosen = settings(
            max_examples=count,
            deadline=None,
            database=None,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        )
        return seed(SEED)(chosen(test))

    return decorate


@pytest.fixture(autouse=True)
def without_look_alikes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis follows each example with some that differ from it in little; here each shall be a new one."""
    monkeypatch.setattr(ConjectureRunner, "generate_mutations_from", lambda runner, data: None)


@pytest.fixture
async def site(database: Database, at: Callable[[datetime], None]) -> AsyncIterator[Site]:
    async with database.owner.begin() as connection:
        scene = await set_up(connection)
    at(_NOW)
    async with database.owner.connect() as kept:
        yield await open_site(database, scene, kept)
        await kept.invalidate()


@pytest.fixture
def first() -> Run:
    return reference(GRAPH)


@pytest.fixture
def second() -> Run:
    return compared()(GRAPH)


@pytest.fixture
def count(request: pytest.FixtureRequest) -> Count:
    """`count(what)` counts one more; the sums are printed when all tests have run."""
    properties = request.node.user_properties
    places: dict[str, int] = {}
    properties.append(("SEED of the questions", str(SEED)))

    def count_one(what: str) -> None:
        if what not in places:
            places[what] = len(properties)
            properties.append((what, 0))
        properties[places[what]] = (what, properties[places[what]][1] + 1)

    return count_one


@drawn(QUERIES)
@given(question=queries())
async def test_a_query_is_answered_alike(site: Site, first: Run, second: Run, count: Count, question: Question) -> None:
    asked = site.operation(question)

    expected = await site.answer(first, question, *asked)

    assert await site.answer(second, question, *asked) == expected, question
    count("questions answered alike")
    count("queries with errors" if '"errors":[]' not in expected else "queries without errors")


@drawn(MUTATIONS)
@given(question=mutations())
async def test_a_change_is_made_once_and_answered_alike(
    site: Site, first: Run, second: Run, count: Count, question: Question
) -> None:
    asked = site.operation(question)
    before = await site.counts()

    expected = await site.answer(first, question, *asked)
    changed = await site.counts() != before
    await site.restore()
    found = await site.answer(second, question, *asked)
    await site.restore()

    assert found == expected, question
    count("questions answered alike")
    count("changes that were made" if changed else "changes that changed nothing")


@drawn(FAULTS)
@given(question=st.one_of(queries(), queries(), queries(), mutations()), wish=wishes)
async def test_a_fault_is_told_alike(
    site: Site, first: Run, second: Run, count: Count, question: Question, wish: Wish
) -> None:
    """And a change is still made once, whatever becomes of its payload."""
    asked, seen = site.operation(question), Seen()
    with injected(site.database, None, seen):
        healthy = await site.answer(first, question, *asked)
    if question.changes:
        await site.restore()
    fault = seen.fault(wish, question.document)
    assume(fault is not None)

    answers = []
    for run in (first, second):
        with injected(site.database, fault):
            answers.append(await site.answer(run, question, *asked))
        if question.changes:
            await site.restore()

    assert answers[1] == answers[0], (question, fault)
    count("questions answered alike")
    count("faults that showed" if answers[0] != healthy else "faults that did not show")


_NOT_HERE = {"queries one after another", "cancelled and going on", "mutations at once"}
"""The rules of the specification catch these: an answer tells nothing of the first two, and the third leaves snapshots
open."""


async def test_every_wrong_executor_is_found_out(site: Site, first: Run, count: Count) -> None:
    """The comparison is worth something: each way to be wrong shows in some of the questions that are drawn anyway."""
    wrong = {name: make(GRAPH) for name, make in WRONG.items() if name not in _NOT_HERE}
    for question in _drawn_questions():
        asked = site.operation(question)
        expected = await _again(site, first, question, asked)
        for name, run in list(wrong.items()):
            if await _again(site, run, question, asked) != expected:
                del wrong[name]
                count("wrong executors found out")
        if not wrong:
            break

    assert wrong == {}


def _drawn_questions() -> list[Question]:
    questions: list[Question] = []

    @drawn(QUERIES)
    @given(question=st.one_of(queries(), queries(), queries(), mutations()))
    def look(question: Question) -> None:
        questions.append(question)

    look()
    return questions


async def _again(site: Site, run: Run, question: Question, asked: Any) -> str:
    """The answer, and the scene is as it was."""
    said = await site.answer(run, question, *asked)
    if question.changes:
        await site.restore()
    return said


async def test_everything_within_three_hops_is_answered_alike(
    site: Site, first: Run, second: Run, count: Count
) -> None:
    """Whatever is drawn or not; one root field at a time, since one that is refused has all of them answered anew."""
    assert GRAPH.query_type is not None
    anew: dict[str, set[str]] = {person: set() for person in site.viewers}
    for person in site.viewers:
        for name, field in GRAPH.query_type.fields.items():
            if any(is_required_argument(each) for each in field.args.values()):
                continue
            for depth in (1, 2, 3):
                asked = everything(get_named_type(field.type), depth)
                question = Question(person, f"{{ {name} {{ {asked} }} }}", {})
                operation = site.operation(question)
                expected = await site.answer(first, question, *operation)
                assert await site.answer(second, question, *operation) == expected, question
                count("of everything: answered anew" if site.anew else "of everything: answered level by level")
                if site.anew:
                    anew[person].add(name)
    assert anew["superadmin"] == {"billingRecord", "catalogItem", "division"}, "these want to know which"
