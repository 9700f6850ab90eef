"""What is built of GraphiQL: complete, with nothing in it that a browser would fetch from elsewhere."""

import json
import re
from pathlib import Path

import pytest

from tests.support.needs import built_graphiql

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "graphiql"
PACKAGE = json.loads((SOURCES / "package.json").read_text())
LOCK = json.loads((SOURCES / "package-lock.json").read_text())


@pytest.fixture(scope="module")
def build() -> Path:
    return built_graphiql()


def test_the_page_loads_its_own_files_only(build: Path) -> None:
    loaded = re.findall(r'(?:src|href)="([^"]*)"', (build / "index.html").read_text())

    assert len(loaded) >= 3
    assert [path for path in loaded if not (build / path.removeprefix("/graphql/")).is_file()] == []


def test_no_style_loads_from_elsewhere(build: Path) -> None:
    styles = [file.read_text() for file in (build / "assets").glob("*.css")]
    addresses = [address for style in styles for address in re.findall(r"url\(\s*[\"']?([^)\"']+)", style)]

    assert addresses
    assert [address for address in addresses if not re.match(r"data:|#|/graphql/assets/", address)] == []
    assert [style for style in styles if "@import" in style] == []


def test_the_editor_and_its_workers_are_there(build: Path) -> None:
    names = " ".join(file.name for file in (build / "assets").glob("*.js"))

    for part in ("index-", "editor.worker-", "graphql.worker-", "json.worker-"):
        assert part in names


def test_every_file_has_its_compressed_twin(build: Path) -> None:
    plain = {file.name for file in (build / "assets").iterdir() if file.suffix != ".gz"}
    compressed = {file.stem for file in (build / "assets").glob("*.gz")}

    assert plain == compressed


def test_the_notices_of_the_packages_come_along(build: Path) -> None:
    notices = (build / "licenses.md").read_text()

    for name in ("graphiql", "monaco-editor", "react", "graphql"):
        assert re.search(rf"^## {name} -", notices, re.MULTILINE), name


def test_the_packages_are_pinned_exactly() -> None:
    asked = {**PACKAGE["dependencies"], **PACKAGE["devDependencies"]}

    assert [name for name, version in asked.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_the_lock_names_hashes_and_no_registry() -> None:
    packages = {path: package for path, package in LOCK["packages"].items() if path}

    assert len(packages) > 100
    assert [path for path, package in packages.items() if not package.get("integrity", "").startswith("sha512-")] == []
    assert [path for path, package in packages.items() if "resolved" in package] == []
