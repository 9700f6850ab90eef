"""The matrix and the leaks once more, with the statements' own scope switched off: row-level security hides alone."""

from dataclasses import replace

import pytest

from billing.db import scope
from billing.settings import Settings
from tests.access import test_matrix
from tests.access.asking import at_the_door
from tests.access.outcomes import PEOPLE
from tests.access.scene import Scene
from tests.access.test_leaks import (
    test_a_cursor_of_a_hidden_row_opens_nothing,
    test_a_parents_coordinator_does_not_see_its_children,
    test_a_payload_shows_the_notes_of_the_own_side_only,
    test_a_stranger_counts_only_their_own_billing,
    test_each_field_of_a_record_is_written_by_its_side,
    test_no_loader_shows_a_stranger_anything_even_when_asked_for_it,
    test_no_query_shows_a_stranger_anything_of_others_billing,
    test_nothing_that_can_be_reached_from_what_everyone_sees_is_others_billing,
    test_the_notes_of_a_side_are_null_for_the_other_without_an_error,
)
from tests.access.test_matrix import (
    test_a_foreign_node_takes_the_statements_of_a_missing_one,
    test_a_guarded_field_is_shown_refused_once_or_out_of_reach,
    test_a_mutation_changes_what_the_policy_says_and_a_refusal_changes_nothing,
    test_a_query_shows_what_the_policy_says_and_nothing_else,
)
from tests.support.database import Database

__all__ = [
    "test_a_cursor_of_a_hidden_row_opens_nothing",
    "test_a_foreign_node_takes_the_statements_of_a_missing_one",
    "test_a_guarded_field_is_shown_refused_once_or_out_of_reach",
    "test_a_mutation_changes_what_the_policy_says_and_a_refusal_changes_nothing",
    "test_a_parents_coordinator_does_not_see_its_children",
    "test_a_payload_shows_the_notes_of_the_own_side_only",
    "test_a_query_shows_what_the_policy_says_and_nothing_else",
    "test_a_stranger_counts_only_their_own_billing",
    "test_each_field_of_a_record_is_written_by_its_side",
    "test_no_loader_shows_a_stranger_anything_even_when_asked_for_it",
    "test_no_query_shows_a_stranger_anything_of_others_billing",
    "test_nothing_that_can_be_reached_from_what_everyone_sees_is_others_billing",
    "test_the_notes_of_a_side_are_null_for_the_other_without_an_error",
]

_COUNTS = "{ billingRecords { totalCount } payments { totalCount } disputes { totalCount } }"


@pytest.fixture(autouse=True)
def _only_the_second_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who see all are left out of the matrix: for them neither wall hides anything."""
    monkeypatch.setattr(scope, "first_wall", False)
    monkeypatch.setattr(test_matrix, "PEOPLE", [person for person in PEOPLE if "coordinator" in str(person)])


async def test_without_the_second_wall_everything_would_be_seen(
    scene: Scene, database: Database, settings: Settings
) -> None:
    """What shows that the first one is off."""
    async with at_the_door(replace(database, scoped=database.service), settings) as asking:
        said = await asking("coordinator-none", _COUNTS)

    assert said.all("totalCount") == [16, 4, 4]
