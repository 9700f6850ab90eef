"""Which of our two media types a client is answered in, by its Accept header."""

from functools import lru_cache
from typing import Final

JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"


@lru_cache(maxsize=32)
def chosen(accept: str) -> str | None:
    """The one with the higher quality, the newer one when both have it; None where neither is accepted.

    A client that names none, or only ranges such as */*, may not know the newer one.
    """
    qualities = dict(map(_range, accept.lower().split(","))) if accept.strip() else {"*/*": 1.0}
    anything = qualities.get("application/*", qualities.get("*/*", 0.0))
    json, graphql = qualities.get(JSON, anything), qualities.get(GRAPHQL, 0.0)
    if max(json, graphql) <= 0:
        return None
    return GRAPHQL if graphql >= json else JSON


def _range(text: str) -> tuple[str, float]:
    """A media range with its quality, 0 where that is no number from 0 to 1."""
    name, *parameters = (part.strip() for part in text.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
            return name, quality if 0 <= quality <= 1 else 0.0
    return name, 1.0
