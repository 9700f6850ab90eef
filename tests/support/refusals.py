"""What a refusal looks like, for those that the schema alone decides."""

from typing import Any

from tests.support.client import Answer, Client

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
MEDIA_TYPES = (JSON, GRAPHQL)
ANSWER_BYTES_MAX = 10 * 1024


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


def assert_refused(
    answer: Answer, media_type: str, code: str, *, status: int | None = None, errors_max: int = 1
) -> None:
    """A request error: nothing ran, a few errors of that code, little text. The status is that of R unless given."""
    asked = {JSON: 200, GRAPHQL: 400}[media_type] if status is None else status
    assert (answer.status, set(answer.codes)) == (asked, {code}), answer.body
    assert answer.headers["content-type"].startswith(media_type)
    assert int(answer.headers["content-length"]) <= ANSWER_BYTES_MAX
    assert 1 <= len(answer.errors) <= errors_max
    assert "data" not in answer.body
    assert all(error["extensions"]["correlationId"] for error in answer.errors)
    assert all("Did you mean" not in error["message"] for error in answer.errors)
