"""Words of the document as HTML: escaped, with the little Markdown that descriptions use."""

import html
import json
import re
from typing import Any

_CODE = re.compile(r"`([^`]+)`")


def escaped(text: object) -> str:
    return html.escape(str(text))


def inline(text: str) -> str:
    """A line with `code` in it."""
    return _CODE.sub(r"<code>\1</code>", escaped(text))


def prose(text: str) -> str:
    """Paragraphs, and lists of lines that begin with a dash."""
    return "".join(_block(block) for block in text.strip().split("\n\n"))


def code(text: str) -> str:
    return f"<pre><code>{escaped(text)}</code></pre>"


def pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table of cells that are HTML already."""
    top = "".join(f"<th>{head}</th>" for head in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _block(block: str) -> str:
    if not block.startswith("- "):
        return f"<p>{inline(block)}</p>"
    items = "".join(f"<li>{inline(line.removeprefix('- '))}</li>" for line in block.split("\n"))
    return f"<ul>{items}</ul>"
