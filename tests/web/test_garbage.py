"""What an operation held goes with its answer: it leaves no circle for the garbage collector to find."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from billing.db.snapshot import Snapshot
from billing.schema.context import Context
from tests.support.client import Client
from tests.support.make import Make


@contextmanager
def uncollected() -> Iterator[list[object]]:
    """What the operations of the block leave behind, though nobody holds it."""
    left: list[object] = []
    gc.collect()
    before = {id(each): each for each in _of_operations()}
    gc.disable()
    try:
        yield left
        left += [each for each in _of_operations() if id(each) not in before]
    finally:
        gc.enable()


def _of_operations() -> list[object]:
    return [each for each in gc.get_objects() if isinstance(each, (Context, Snapshot))]


@pytest.mark.parametrize(
    "query",
    [
        "query ($id: ID!) { billingRecord(id: $id) { number fromDivision { code } } }",
        "query ($id: ID!) { node(id: $id) { id ... on BillingRecord { lineItems { description } } } }",
        "query ($id: ID!) { billingRecord(id: $id) { history { at } disputes { id } } me { name } __typename }",
        "{ billingRecords { nodes { number toDivision { name } payments { id } } pageInfo { hasNextPage } } }",
    ],
)
async def test_an_operation_leaves_nothing_that_only_the_collector_finds(
    query: str, client: Callable[[str], Client], make: Make
) -> None:
    record = await make.record()

    with uncollected() as left:
        for _ in range(2):
            assert (await client("billing-admin").run(query, id=record["id"])).data

    assert left == []


async def test_nor_does_a_change(make: Make) -> None:
    await make.record()

    with uncollected() as left:
        await make.record()

    assert left == []
