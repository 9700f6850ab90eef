"""Each rule is put to every executor."""

from collections.abc import Callable

import pytest
from graphql import GraphQLSchema

from tests.engine.executors import Run, under_test


@pytest.fixture(params=list(under_test().values()), ids=list(under_test()))
def executor(request: pytest.FixtureRequest) -> Callable[[GraphQLSchema], Run]:
    """graphql-core, and whatever else runs operations."""
    chosen: Callable[[GraphQLSchema], Run] = request.param
    return chosen
