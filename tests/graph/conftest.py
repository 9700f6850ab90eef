"""What the tests over GraphQL share beyond the service itself."""

from tests.support.berlin import berlin
from tests.support.postings import postings
from tests.support.unchanged import unchanged

__all__ = ["berlin", "postings", "unchanged"]
