"""The page on clients shows the code that is run here, and names the versions of it."""

import json
import re
from importlib.metadata import version

import pytest

from tests.clients.conftest import FOLDER
from tests.support.pages import ROOT

PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
SHOWN = dict(re.findall(r"<!-- (\S+) -->\n```\w+\n(.+?)```", PAGE, re.DOTALL))
PACKAGES = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["dependencies"]


def test_the_page_shows_how_each_client_is_connected_and_no_other_code() -> None:
    connected = {str(file.relative_to(ROOT)) for file in FOLDER.glob("*/connect.*")}

    assert set(SHOWN) == connected | {"tests/clients/sha256.mjs"}
    assert PAGE.count("```") == 2 * len(SHOWN)


@pytest.mark.parametrize("file", SHOWN)
def test_the_code_on_the_page_is_the_code_that_is_run(file: str) -> None:
    assert SHOWN[file] == (ROOT / file).read_text(encoding="utf-8")


def test_the_page_names_the_versions_that_are_run() -> None:
    named = dict(re.findall(r"`([@\w/-]+)` (\d+\.\d+\.\d+)", PAGE))
    clients = {name: pinned for name, pinned in PACKAGES.items() if re.search("apollo|urql|relay", name)}

    assert named == {**clients, "gql": version("gql")}


def test_packages_are_pinned_with_hashes_and_no_address() -> None:
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    installed = {name: package for name, package in lock["packages"].items() if name}

    assert all(package["integrity"] and "resolved" not in package for package in installed.values())
    assert {name: installed[f"node_modules/{name}"]["version"] for name in PACKAGES} == PACKAGES
