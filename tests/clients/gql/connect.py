"""gql for the service."""

from gql import Client
from gql.transport.httpx import HTTPXTransport


def connect(url: str, token: str, *, checked: bool = False) -> Client:
    """With `checked` the schema is fetched first, and a document that does not fit it is not sent."""
    transport = HTTPXTransport(url=url, headers={"Authorization": f"Bearer {token}"})
    return Client(transport=transport, fetch_schema_from_transport=checked)
