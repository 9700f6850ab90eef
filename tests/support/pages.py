"""The Markdown pages of the repository, and what stands in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_GRAPHQL = re.compile(
    r"(?:<!-- as (?P<person>\S+) -->\n)?```graphql\n(?P<query>.+?)```(?:\n\n```json\n(?P<answer>.+?)```)?", re.DOTALL
)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_CODE = re.compile(r"```.+?```", re.DOTALL)


@dataclass(frozen=True)
class Asked:
    """A GraphQL document in a page; with a person, its answer follows."""

    query: str
    person: str | None
    answer: str | None


def pages() -> list[Path]:
    """Every Markdown file that is ours."""
    folders = ("billing", "docs", "examples", "tests")
    found = [*ROOT.glob("*.md"), *(page for folder in folders for page in (ROOT / folder).rglob("*.md"))]
    return sorted(page for page in found if "node_modules" not in page.parts)


def links_of(page: Path) -> Iterator[str]:
    """Where it links to inside the repository."""
    for link in _LINK.finditer(_CODE.sub("", page.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:", link["target"]):
            yield link["target"]


def asked_in(page: Path) -> list[Asked]:
    return [
        Asked(found["query"], found["person"], found["answer"])
        for found in _GRAPHQL.finditer(page.read_text(encoding="utf-8"))
    ]
