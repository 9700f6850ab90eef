"""Every mutation that takes a key answers the same when it comes again, and changes nothing then."""

import asyncio
from collections.abc import Callable

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, build_schema, get_named_type

from billing.app import SCHEMA
from tests.access.introspection import shown
from tests.support.client import Client
from tests.support.forms import filled_in
from tests.support.make import Make
from tests.support.unchanged import Unchanged
from tests.support.world import World

People = Callable[[str], Client]


def payloads_of_keyed_mutations() -> dict[str, GraphQLObjectType]:
    """Payload by mutation, of those with an idempotency key."""
    mutations = build_schema(SCHEMA.as_str()).mutation_type
    assert mutations is not None
    found = {}
    for name, field in mutations.fields.items():
        input, payload = get_named_type(field.args["input"].type), get_named_type(field.type)
        assert isinstance(input, GraphQLInputObjectType)
        assert isinstance(payload, GraphQLObjectType)
        if "idempotencyKey" in input.fields:
            found[name] = payload
    return found


PAYLOADS = payloads_of_keyed_mutations()
IN_THE_BACKGROUND = {"runIntegrityCheck"}
"""What goes on changing things after its answer: test_integrity_checks.py."""

CHANGED_BY_VERSION = {"updateBillingRecord"}
"""Changes of what exists, that are safe to repeat since the version they name is no longer the current one."""


def ids_of(payload: GraphQLObjectType) -> str:
    """A selection of the id of everything that the mutation changed."""
    return " ".join(
        shown(name, field) for name, field in payload.fields.items() if name not in ("replayed", "userErrors")
    )


def test_whatever_moves_money_or_changes_a_state_takes_a_key() -> None:
    mutations = build_schema(SCHEMA.as_str()).mutation_type
    assert mutations is not None
    about_money = {name for name in mutations.fields if any(noun in name for noun in ("Record", "Payment", "Dispute"))}

    assert about_money - set(PAYLOADS) == CHANGED_BY_VERSION


@pytest.mark.parametrize("mutation", sorted(PAYLOADS.keys() - IN_THE_BACKGROUND))
async def test_a_mutation_sent_again_answers_the_same_and_changes_nothing(
    client: People, make: Make, world: World, unchanged: Unchanged, mutation: str
) -> None:
    superadmin, fields = client("superadmin"), ids_of(PAYLOADS[mutation])
    input = await filled_in(mutation, make, world)
    first = await superadmin.change(mutation, fields, **input)
    assert (first.user_errors, first.field["replayed"]) == ([], False)

    async with unchanged():
        second = await superadmin.change(mutation, fields, **input)

    assert second.field == {**first.field, "replayed": True}


@pytest.mark.parametrize("mutation", sorted(PAYLOADS.keys() - IN_THE_BACKGROUND))
async def test_a_mutation_sent_eight_times_at_once_changes_once(
    client: People, make: Make, world: World, mutation: str
) -> None:
    superadmin, fields = client("superadmin"), ids_of(PAYLOADS[mutation])
    input = await filled_in(mutation, make, world)

    answers = await asyncio.gather(*(superadmin.change(mutation, fields, **input) for _ in range(8)))

    done = [answer.field for answer in answers if answer.user_errors == []]
    waiting = [answer.user_errors for answer in answers if answer.user_errors]
    assert waiting == [[("IN_PROGRESS", ["idempotencyKey"])]] * len(waiting)
    (first,) = (field for field in done if not field["replayed"])
    assert all(field == {**first, "replayed": field["replayed"]} for field in done)
