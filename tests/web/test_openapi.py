"""The OpenAPI document: valid, as printed, and true to the graph."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

from billing.app import SCHEMA
from billing.web.rest.openapi import document
from billing.web.rest.routes import ROUTES
from billing.web.rest.schemas import BOUNDS
from billing.web.rest.stored import load
from tests.support.rest import RestClient

DOCUMENT = document(SCHEMA)
PRINTED = Path(__file__).parents[2] / "openapi.json"


def bodies(node: Any) -> Iterator[dict[str, Any]]:
    """Every media type of the document: a schema with its example."""
    if isinstance(node, dict):
        if "schema" in node and "example" in node:
            yield node
        for part in node.values():
            yield from bodies(part)
    elif isinstance(node, list):
        for part in node:
            yield from bodies(part)


def test_the_document_is_valid_openapi_3_1() -> None:
    validate(DOCUMENT)


def test_the_file_is_what_the_code_prints() -> None:
    assert json.loads(PRINTED.read_text(encoding="utf-8")) == DOCUMENT, "print it anew: billing openapi > openapi.json"


def test_every_example_is_what_its_schema_says() -> None:
    examples = list(bodies(DOCUMENT))
    assert len(examples) > 35
    for media in examples:
        schema = {**media["schema"], "components": DOCUMENT["components"]}
        OAS31Validator(schema, format_checker=oas31_format_checker).validate(media["example"])


def test_every_stored_operation_has_its_route() -> None:
    assert {route.operation for route in ROUTES} == set(load(SCHEMA))
    described = {(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item}
    assert described == {(route.method, f"/api/itsm{route.path}") for route in ROUTES}


def test_no_fragment_is_called_like_a_type_that_is_a_schema_too() -> None:
    fragments = {name for stored in load(SCHEMA).values() for name in stored.fragments}
    others = {name for name, kind in SCHEMA._schema.type_map.items() if not isinstance(kind, GraphQLObjectType)}

    assert fragments & (others | {route.operation for route in ROUTES}) == set()


def test_bounds_are_of_fields_that_there_are() -> None:
    for kind, field in BOUNDS:
        given = SCHEMA._schema.type_map[kind]
        assert isinstance(given, GraphQLInputObjectType)
        assert field in given.fields


def test_everything_is_described() -> None:
    def undescribed(node: Any, path: str) -> Iterator[str]:
        for name, schema in node.get("properties", {}).items():
            if not schema.get("description"):
                yield f"{path}.{name}"
            yield from undescribed(schema, f"{path}.{name}")

    found = [at for name, schema in DOCUMENT["components"]["schemas"].items() for at in undescribed(schema, name)]
    assert found == []
    for item in DOCUMENT["paths"].values():
        for operation in item.values():
            assert operation["summary"]
            assert operation["description"]
            assert all(it.get("description") or "$ref" in it for it in operation["parameters"])


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
async def test_the_document_and_the_page_need_no_token(rest: Callable[[str], RestClient], path: str) -> None:
    response = await rest("nobody")._http.get(f"/api/itsm{path}")

    assert response.status_code == 200
    if path == "/openapi.json":
        assert response.json() == DOCUMENT
