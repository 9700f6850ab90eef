"""Documents by their hash: persisted by clients as they go, or trusted by those who run the service."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select
from typer.testing import CliRunner, Result

from billing.cli.main import app
from billing.db.tables import audit_events, trusted_documents
from tests.support.client import Answer, Client
from tests.support.database import Database
from tests.support.refusals import GRAPHQL
from tests.web.test_limits import Door, door

__all__ = ["door"]

Clients = Callable[[str], Client]
ME = "{ me { name } }"


def hash_of(document: str) -> str:
    return sha256(document.encode()).hexdigest()


def by_hash(document: str, **parameters: Any) -> dict[str, Any]:
    extension = {"persistedQuery": {"version": 1, "sha256Hash": hash_of(document)}}
    return {"extensions": extension, **parameters}


async def send(client: Client, **parameters: Any) -> Answer:
    return await client.post(json.dumps(parameters).encode())


async def test_a_document_is_sent_once_and_named_by_its_hash_from_then_on(client: Clients) -> None:
    ada = client("analyst")
    document = "query($n: Int) { divisions(first: $n) { nodes { id } } }"

    for kind, status in (("application/json", 200), (GRAPHQL, 400)):
        unknown = await send(ada.accepting(kind), **by_hash(document))
        assert (unknown.status, unknown.codes) == (status, ["PERSISTED_QUERY_NOT_FOUND"])
        assert unknown.errors[0]["message"] == "PersistedQueryNotFound"
    assert len((await send(ada, **by_hash(document, query=document))).field["nodes"]) == 3
    for variables in ({"n": 1}, {"n": 2}):
        assert len((await send(ada, **by_hash(document, variables=variables))).field["nodes"]) == variables["n"]
    assert len((await send(client("coordinator-it"), **by_hash(document))).field["nodes"]) == 3


async def test_a_persisted_query_is_asked_by_get_and_a_persisted_mutation_is_not(client: Clients) -> None:
    change = 'mutation { deactivateUser(input: {id: "x", version: 1}) { userErrors { code } } }'
    ada = client("admin")
    for document in (ME, change):
        assert (await send(ada, **by_hash(document, query=document))).data

    assert (await ada.get(**by_hash(ME))).field == {"name": "admin"}
    refused = await ada.get(**by_hash(change))
    assert (refused.status, refused.codes, refused.headers["allow"]) == (405, ["METHOD_NOT_ALLOWED"], "POST")


@pytest.mark.parametrize(
    "persisted",
    ["x", 1, [], True, {}, {"version": 2, "sha256Hash": hash_of(ME)}, {"version": 1}, {"version": 1, "sha256Hash": 1},
     {"version": 1, "sha256Hash": hash_of(ME).upper()}, {"version": 1, "sha256Hash": hash_of(ME)[1:]},
     {"version": 1, "sha256Hash": "../../etc/passwd"}, {"version": 1, "sha256Hash": hash_of("{ other }")}],
)  # fmt: skip
async def test_a_hash_that_is_none_or_another_documents_is_refused(client: Clients, persisted: Any) -> None:
    answer = await send(client("analyst"), query=ME, extensions={"persistedQuery": persisted})

    assert (answer.codes, "data" in answer.body) == (["BAD_INPUT"], False)


async def test_only_documents_that_run_are_kept_and_only_so_many(door: Door) -> None:
    async with door(persisted_queries_max=2) as client:
        ada = client("analyst")
        refused = "{ nothing }"
        assert (await send(ada, **by_hash(refused, query=refused))).codes == ["GRAPHQL_VALIDATION_FAILED"]
        assert (await send(ada, **by_hash(refused))).codes == ["PERSISTED_QUERY_NOT_FOUND"]

        documents = [f"{{ me {{ {fields} }} }}" for fields in ("name", "role", "permissions")]
        for document in documents:
            assert (await send(ada, **by_hash(document, query=document))).data
            assert (await send(ada, **by_hash(documents[0]))).data
        kept = [(await send(ada, **by_hash(document))).codes for document in documents[1:]]
        assert kept == [["PERSISTED_QUERY_NOT_FOUND"], []]


Billing = Callable[..., Awaitable[Result]]


@pytest.fixture
async def billing(database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch) -> Billing:
    """`await billing("documents", "trust", file)` as in a terminal, over the database of the tests."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    async with database.owner.begin() as connection:
        await connection.execute(delete(trusted_documents))

    async def command(*arguments: Any) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, [str(each) for each in arguments])

    return command


async def test_where_only_trusted_documents_run_nothing_else_does(door: Door, billing: Billing, tmp_path: Path) -> None:
    file = tmp_path / "me.graphql"
    file.write_text(ME)
    trusted = await billing("documents", "trust", file)
    assert (trusted.exit_code, trusted.stdout) == (
        0,
        "1 documents are trusted now that were not; 0 were already.\n",
    )

    async with door(trusted_documents_only=True) as client:
        ada = client("analyst")
        for parameters in ({"query": ME}, by_hash(ME), by_hash(ME, query=ME), {"documentId": f"sha256:{hash_of(ME)}"}):
            assert (await send(ada, **parameters)).field == {"name": "analyst"}
            assert (await ada.get(**parameters)).field == {"name": "analyst"}
        other = "{ me { role } }"
        for kind, status in (("application/json", 200), (GRAPHQL, 400)):
            for parameters in ({"query": other}, by_hash(other), by_hash(other, query=other), {"query": f"{ME} "}):
                refused = await send(ada.accepting(kind), **parameters)
                assert (refused.status, refused.codes) == (status, ["DOCUMENT_NOT_TRUSTED"])


async def test_a_trusted_document_has_a_name_everywhere(door: Door, billing: Billing, tmp_path: Path) -> None:
    file = tmp_path / "me.graphql"
    file.write_text(ME)
    await billing("documents", "trust", file)

    async with door() as client:
        assert (await send(client("analyst"), documentId=hash_of(ME))).field == {"name": "analyst"}
        assert (await send(client("analyst"), **by_hash(ME))).field == {"name": "analyst"}
        unknown = await send(client("analyst"), documentId=hash_of("{ me { role } }"))
        assert unknown.codes == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_what_is_revoked_is_trusted_no_longer_and_all_of_it_is_on_record(
    door: Door, billing: Billing, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "documents.json"
    documents = ["query Name { me { name } }", "query Role { me { role } }"]
    file.write_text(json.dumps({hash_of(each): each for each in documents}))
    await billing("documents", "trust", file)
    again = await billing("documents", "trust", file)
    assert again.stdout == "0 documents are trusted now that were not; 2 were already.\n"
    assert [line.split()[3] for line in (await billing("documents", "list")).stdout.splitlines() if "│" in line] == [
        "Name",
        "Role",
    ]

    async with door(trusted_documents_only=True) as client:
        assert (await send(client("analyst"), query=documents[0])).data
        assert (await billing("documents", "revoke", hash_of(documents[0]))).exit_code == 0
        monkeypatch.setattr("billing.web.trusted._SECONDS", -1)
    async with door(trusted_documents_only=True) as client:
        assert (await send(client("analyst"), query=documents[0])).codes == ["DOCUMENT_NOT_TRUSTED"]
        assert (await send(client("analyst"), query=documents[1])).data
    missing = await billing("documents", "revoke", hash_of(documents[0]))
    assert (missing.exit_code, "no such trusted document" in missing.stderr) == (1, True)
    async with database.owner.connect() as connection:
        rows = (await connection.execute(select(audit_events).order_by(audit_events.c.occurred_at))).all()
    assert [(row.operation, len(row.object_ids)) for row in rows] == [("trust_documents", 2), ("revoke_document", 1)]
    assert rows[1].changes[0]["before"]["text"] == documents[0]


async def test_a_manifest_of_apollo_is_read(billing: Billing, tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    operation = {"id": hash_of(ME), "name": "Me", "type": "query", "body": ME}
    file.write_text(json.dumps({"format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation]}))

    assert (await billing("documents", "trust", file)).exit_code == 0


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.graphql", "{ me { name }", "Syntax Error"),
        ("a.graphql", "{ me { nome } }", "Cannot query field 'nome' on type 'Me'."),
        ("a.graphql", "\xff", "a.graphql"),
        ("a.json", "{", "neither an object of documents by hash nor a persisted query manifest"),
        ("a.json", "[1]", "neither an object of documents by hash nor a persisted query manifest"),
        ("a.json", "{}", "has no documents"),
        ("a.json", json.dumps({"x": 1}), "a document and its hash are texts"),
        ("a.json", json.dumps({hash_of(ME): ME, "x": ME}), "x: this is not the SHA-256 of its document"),
        ("a.json", json.dumps({hash_of(ME): ME, hash_of("{ no }"): "{ no }"}), "Cannot query field 'no'"),
        ("missing.graphql", None, "cannot be read"),
    ],
)
async def test_a_file_with_a_fault_trusts_nothing(
    billing: Billing, tmp_path: Path, database: Database, name: str, content: str | None, said: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content.encode("latin-1"))

    refused = await billing("documents", "trust", file)

    assert refused.exit_code == 1
    assert said in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr
    async with database.owner.connect() as connection:
        assert (await connection.execute(select(trusted_documents))).all() == []
