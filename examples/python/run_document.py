"""Run the operations of a document in examples/graphql one after the other: run_document.py charge.graphql

Variables come from the JSON file of the same name. `<Operation.path>` in it stands for a value of an earlier answer,
`<new key>` for a new idempotency key.
"""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from gql import Client, GraphQLRequest
from gql.client import SyncClientSession
from gql.transport.httpx import HTTPXTransport
from graphql import OperationDefinitionNode, parse


def run_document(session: SyncClientSession, path: Path) -> dict[str, Any]:
    """The answer of each operation by its name."""
    document = parse(path.read_text(encoding="utf-8"))
    variables_file = path.with_suffix(".json")
    variables = json.loads(variables_file.read_text(encoding="utf-8")) if variables_file.exists() else {}
    answers: dict[str, Any] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode) and definition.name is not None:
            name = definition.name.value
            values = filled(variables.get(name, {}), answers)
            answers[name] = session.execute(GraphQLRequest(document, variable_values=values, operation_name=name))
    return answers


def filled(value: Any, answers: dict[str, Any]) -> Any:
    """The variables with real values in place of `<…>`."""
    if isinstance(value, dict):
        return {name: filled(part, answers) for name, part in value.items()}
    if isinstance(value, list):
        return [filled(part, answers) for part in value]
    if value == "<new key>":
        return str(uuid4())
    if isinstance(value, str) and (found := re.fullmatch(r"<([\w.]+)>", value)):
        place: Any = answers
        for step in found[1].split("."):
            place = place[int(step)] if isinstance(place, list) else place[step]
        return place
    return value


if __name__ == "__main__":
    file = Path(__file__).parent.parent / "graphql" / sys.argv[1]
    transport = HTTPXTransport(
        url=os.environ["BILLING_URL"], headers={"Authorization": f"Bearer {os.environ['BILLING_TOKEN']}"}
    )
    with Client(transport=transport) as session:
        print(json.dumps(run_document(session, file), indent=2))
