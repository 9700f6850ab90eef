"""Schemas in words: what a value is, in a few of them, with links to what is described elsewhere."""

from typing import Any

from billing.web.rest.page.texts import escaped

_NAMES = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "null", "object": "object"}
_FORMATS = {"uuid": "UUID", "date": "date", "date-time": "date and time"}


def in_words(schema: dict[str, Any]) -> str:
    """`list of <a>LineItem</a>, 1 to 100`, as HTML."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f'<a href="#{escaped(name)}">{escaped(name)}</a>'
    if "anyOf" in schema:
        return " or ".join(in_words(part) for part in schema["anyOf"])
    if "const" in schema:
        return f"<code>{escaped(schema['const'])}</code>"
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return " or ".join(_of_kind(kind, schema) for kind in kinds) + _bounds(schema)


def _of_kind(kind: str, schema: dict[str, Any]) -> str:
    if kind == "array":
        return f"list of {in_words(schema['items'])}"
    return _FORMATS.get(schema.get("format", ""), _NAMES[kind]) if kind == "string" else _NAMES[kind]


def _bounds(schema: dict[str, Any]) -> str:
    words = []
    for low, high, unit in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", ""),
    ):
        if low in schema and high in schema:
            words.append(f"{schema[low]} to {schema[high]}{unit}")
        elif high in schema:
            words.append(f"at most {schema[high]}{unit}")
    if "examples" in schema and "format" not in schema:
        words.append(f"like <code>{escaped(schema['examples'][0])}</code>")
    if "default" in schema:
        words.append(f"{escaped(str(schema['default']).lower())} when left out")
    return "".join(f", {word}" for word in words)
