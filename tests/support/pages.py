"""The Markdown pages of the repository, and what stands in them."""

import re
import subprocess
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
    """Every Markdown file that is ours: in git, or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(ROOT / name for name in listed.stdout.split() if (ROOT / name).exists())


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
