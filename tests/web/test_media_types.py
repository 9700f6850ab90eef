"""Which media type an Accept header is answered in, for the headers that real clients send and for junk."""

import pytest

from billing.web.media_types import GRAPHQL, JSON, chosen

ACCEPTED = {
    "": JSON,
    " ": JSON,
    "*/*": JSON,
    "application/*": JSON,
    "application/json": JSON,
    "application/graphql-response+json": GRAPHQL,
    "APPLICATION/JSON": JSON,
    "Application/GraphQL-Response+JSON": GRAPHQL,
    "application/json; charset=utf-8": JSON,
    "application/graphql-response+json; charset=utf-8": GRAPHQL,
    # Both: the higher quality, else the newer one.
    "application/json, application/graphql-response+json": GRAPHQL,
    "application/graphql-response+json, application/json": GRAPHQL,
    "application/json;q=0.9, application/graphql-response+json;q=0.8": JSON,
    "application/json;q=0.8, application/graphql-response+json;q=0.9": GRAPHQL,
    "application/json;q=0, application/graphql-response+json": GRAPHQL,
    "application/json, application/graphql-response+json;q=0": JSON,
    "application/json ; q=0.5 , application/graphql-response+json ; q=0.4": JSON,
    "application/json;Q=0.5,application/graphql-response+json;Q=0.6": GRAPHQL,
    # Ranges beside them.
    "text/html, */*;q=0.1": JSON,
    "application/graphql-response+json, */*": GRAPHQL,
    "application/graphql-response+json;q=0.5, */*": JSON,
    "application/json;q=0, */*": None,
    "application/*;q=0, */*": None,
    "*/*;q=0": None,
    "*/*;q=0, application/json": JSON,
    "application/*;q=0.2, application/graphql-response+json;q=0.1": JSON,
    # Clients as they are: Apollo Client 3 and 4, urql 4, Relay's example, gql, browsers' fetch, curl, GraphiQL.
    "application/graphql-response+json,application/json;q=0.9": GRAPHQL,
    "*/*, application/graphql-response+json, application/json": GRAPHQL,
    "multipart/mixed;deferSpec=20220824, application/graphql-response+json, application/json": GRAPHQL,
    "multipart/mixed;deferSpec=20220824,application/json": JSON,
    "multipart/mixed;incrementalSpec=v0.2,application/graphql-response+json,application/json;q=0.9": GRAPHQL,
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed":
        GRAPHQL,
    "application/graphql+json, application/json": JSON,
    "application/json, multipart/mixed": JSON,
    "application/json, text/plain, */*": JSON,
    # Nothing of ours.
    "text/html": None,
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif": None,
    "text/event-stream": None,
    "multipart/mixed": None,
    "application/graphql": None,
    "application/graphql+json": None,
    "application/xml": None,
    "text/*": None,
    "application/json;q=0": None,
    "application/json;q=0.000": None,
    # Junk, where no quality is a quality.
    "application/json;q=x": None,
    "application/json;q=": None,
    "application/json;q=2": None,
    "application/json;q=-1": None,
    "application/json;q=nan": None,
    "application/json;q=inf": None,
    "application/json;q": None,
    "application/json;x=1;q=0.1": JSON,
    "application/json;;;": JSON,
    ",,,": None,
    ";": None,
    ";q=1": None,
    "json": None,
    "*": None,
    "application/json/graphql": None,
    "application/json\0": None,
    ", application/json,": JSON,
    "application/json, application/json;q=0": None,
    "x," * 5_000 + "application/json": JSON,
}  # fmt: skip


@pytest.mark.parametrize(("accept", "kind"), ACCEPTED.items(), ids=lambda it: str(it)[:60])
def test_a_client_is_answered_in_what_it_accepts(accept: str, kind: str | None) -> None:
    assert chosen(accept) == kind
