"""What a refusal looks like, for those that the schema alone decides."""

from typing import Any

from tests.support.client import Client

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"


async def assert_refused_by_schema(client: Client, place: str, mutation: str, **input: Any) -> None:
    """No data, one error whose message has the place of the value, and the status that the media type asks for."""
    for media_type, status in ((JSON, 200), (GRAPHQL, 400)):
        answer = await client.accepting(media_type).change(mutation, "", **input)
        assert answer.status == status
        assert answer.headers["content-type"].startswith(media_type)
        assert "data" not in answer.body
        assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]
        (error,) = answer.errors
        assert place in error["message"]
        assert "Did you mean" not in error["message"]
