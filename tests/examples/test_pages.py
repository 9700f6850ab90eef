"""The answers in the manual are those of the demo on the day that the manual names."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.client import Client
from tests.support.pages import ROOT, asked_in

DOCS = ROOT / "docs"
TOURS = sorted(DOCS.glob("tour-*.md"))


def test_there_are_answers_to_compare() -> None:
    assert all(any(asked.person for asked in asked_in(tour)) for tour in TOURS)
    assert len(TOURS) == 3


@pytest.mark.parametrize("page", TOURS, ids=lambda page: page.stem)
async def test_a_page_shows_what_the_service_answers(person: Callable[[str], Client], page: Path) -> None:
    for asked in asked_in(page):
        if asked.person is not None:
            answer = (await person(asked.person).run(asked.query)).body
            assert answer.pop("extensions").keys() == {"cost"}  # What that is says the page of limits, once.
            for error in answer.get("errors", []):
                del error["locations"], error["extensions"]["correlationId"]
            assert asked.answer is not None
            assert answer == json.loads(asked.answer), json.dumps(answer)
