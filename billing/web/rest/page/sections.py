"""The sections of the page, one function for each."""

from typing import Any

from billing.web.rest.page.texts import code, escaped, inline, pretty, prose, table
from billing.web.rest.page.types import in_words

Json = dict[str, Any]

_HOST = "http://127.0.0.1:8000"


def contents(operations: list[tuple[str, str, Json]], schemas: list[str]) -> str:
    """Where everything is."""
    routes = "".join(
        f'<li><a href="#{it["operationId"]}"><b>{method.upper()}</b> {escaped(it["summary"])}</a></li>'
        for _, method, it in operations
    )
    named = "".join(f'<li><a href="#{name}">{name}</a></li>' for name in schemas)
    return (
        f'<nav><ul>{routes}<li><a href="#errors">Statuses and codes</a></li></ul>'
        f'<details><summary><a href="#schemas">Schemas</a></summary><ul>{named}</ul></details></nav>'
    )


def operation(api: Json, path: str, method: str, it: Json) -> str:
    """One route: what it does, what it takes, what it answers."""
    success, answer = next((status, found) for status, found in it["responses"].items() if status < "300")
    parts = [
        f'<section id="{it["operationId"]}"><h2>{escaped(it["summary"])}</h2>',
        f'<p class="path"><b>{method.upper()}</b> <code>{escaped(path)}</code></p>',
        prose(it["description"]),
        _parameters(api, it["parameters"]),
        _body(api, it),
        f"<h3>Request</h3>{code(_curl(path, method, it))}",
        f"<h3>Answer: {success}</h3><p>{escaped(answer['description'])} {_shape(answer)}</p>",
        _headers(answer),
        f"<details><summary>Example of an answer</summary>{code(pretty(_media(answer)['example']))}</details>",
        _refusals(api, it),
        f"<details><summary>The GraphQL operation behind it</summary>{code(it['x-graphql-operation'])}</details>",
        "</section>",
    ]
    return "".join(parts)


def errors(api: Json) -> str:
    """What may be refused: statuses, and the codes with their meanings."""
    responses = api["components"]["responses"]
    rows = [[f"<b>{status}</b>", inline(it["description"])] for status, it in responses.items()]
    return (
        '<section id="errors"><h2>Statuses and codes</h2>'
        f"{table(['status', 'meaning'], rows)}"
        '<p>Every code with its status: <a href="#ErrorCode">ErrorCode</a>. The body of a refusal:</p>'
        f"{code(pretty(_media(responses['422'])['example']))}"
        "</section>"
    )


def schema(name: str, it: Json) -> str:
    """One named schema: its fields, or what it is."""
    if it["type"] == "object" and it["properties"]:
        fields = _fields(it)
    elif it["type"] == "object":
        fields = ""
    else:
        fields = "" if "enum" in it else f"<p>{in_words(it)}</p>"
    return f'<article id="{escaped(name)}"><h3>{escaped(name)}</h3>{prose(it["description"])}{fields}</article>'


def _parameters(api: Json, given: list[Json]) -> str:
    parameters = [
        api["components"]["parameters"][it["$ref"].rsplit("/", 1)[-1]] if "$ref" in it else it for it in given
    ]
    rows = [
        [
            f"<code>{escaped(it['name'])}</code> <i>{it['in']}{', required' if it.get('required') else ''}</i>",
            in_words({**it["schema"], "examples": [it["example"]]} if _is_telling(it) else it["schema"]),
            inline(it["description"]),
        ]
        for it in parameters
    ]
    return f"<h3>Parameters</h3>{table(['name', 'type', 'meaning'], rows)}"


def _is_telling(parameter: Json) -> bool:
    """Whether an example says more than a pattern would."""
    return "pattern" in parameter["schema"] and len(parameter["example"]) < 20


def _body(api: Json, it: Json) -> str:
    if "requestBody" not in it:
        return ""
    name = _media(it["requestBody"])["schema"]["$ref"].rsplit("/", 1)[-1]
    body = api["components"]["schemas"][name]
    if not body["properties"]:
        return f"<h3>Body</h3>{prose(body['description'])}"
    return f"<h3>Body</h3>{_fields(body)}"


def _fields(it: Json) -> str:
    required = it.get("required", []) if "additionalProperties" in it else []
    rows = [
        [f"<code>{escaped(name)}</code>{_required(name in required)}", in_words(field), inline(field["description"])]
        for name, field in it["properties"].items()
    ]
    return table(["field", "type", "meaning"], rows)


def _required(yes: bool) -> str:
    return " <i>required</i>" if yes else ""


def _shape(answer: Json) -> str:
    data = _media(answer)["schema"]["properties"]["data"]
    if data.get("type") == "object":
        parts = [f"<code>{escaped(name)}</code> ({in_words(part)})" for name, part in data["properties"].items()]
        return f"<code>data</code> has {', '.join(parts)}."
    return f"<code>data</code> is {in_words(data)}."


def _headers(answer: Json) -> str:
    rows = [
        [f"<code>{escaped(name)}</code>", inline(it["description"])] for name, it in answer.get("headers", {}).items()
    ]
    return table(["header", "meaning"], rows) if rows else ""


def _refusals(api: Json, it: Json) -> str:
    statuses = [status for status in it["responses"] if status >= "400"]
    links = ", ".join(f'<a href="#errors">{status}</a>' for status in statuses)
    return f"<p>Refused with {links}.</p>"


def _curl(path: str, method: str, it: Json) -> str:
    """The request as one would type it."""
    lines = ['curl -H "Authorization: Bearer $TOKEN"']
    if method == "get":
        return f"{lines[0]} \\\n  '{path}?limit=25'".replace("'/", "'http://127.0.0.1:8000/")
    lines.append('-H "Idempotency-Key: 7d0c9a52-64f3-4b0e-9d3a-5a1c8f1f2b77"')
    example = _media(it["requestBody"])["example"]
    if example:
        lines.append(f"--json '{pretty(example)}'".replace("\n", "\n  "))
    else:
        lines.append("-X POST")
    path = path.replace("{id}", "01997a41-0c2e-7d90-b6f3-95b0a1c4d2e7")
    return " \\\n  ".join([*lines, f"{_HOST}{path}"])


def _media(it: Json) -> Json:
    found: Json = it["content"]["application/json"]
    return found
