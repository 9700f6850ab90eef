"""`make graphiql` on machines that have Node.js, have an old one, or have none: what it does, and what it says."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NPM = """#!{python}
import pathlib, sys
arguments, log = sys.argv[1:], pathlib.Path({log!r})
log.write_text(log.read_text() + ("ci" if "ci" in arguments else "build") + "\\n")
if pathlib.Path({broken!r}).exists():
    sys.exit(1)
if "ci" in arguments:
    pathlib.Path({modules!r}).mkdir(exist_ok=True)
else:
    assets = pathlib.Path(arguments[arguments.index("--outDir") + 1]) / "assets"
    assets.mkdir(parents=True)
    (assets.parent / "index.html").write_text(f"build {{len(log.read_text().splitlines())}}")
    (assets / "index-1.js").write_text("script")
"""


class Checkout:
    """The tools and sources of the project in a folder of their own, and a PATH with what is put there only."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "check out"
        self.sources = self.root / "graphiql"
        self.build = self.root / "billing" / "web" / "graphiql_build"
        self.build.parent.mkdir(parents=True)
        shutil.copytree(ROOT / "tools", self.root / "tools")
        shutil.copytree(
            ROOT / "graphiql", self.sources, ignore=shutil.ignore_patterns("node_modules", ".node", ".draft")
        )
        self.programs = folder / "bin"
        self.programs.mkdir()
        self.log = folder / "log"
        self.log.write_text("")
        self.broken = folder / "broken"

    def put_node(self, version: str) -> None:
        """A Node.js that says it is of that version, and an npm that builds without any packages."""
        self.put("node", f"#!/bin/sh\necho {version}\n")
        modules = self.sources / "node_modules"
        script = NPM.format(python=sys.executable, log=str(self.log), broken=str(self.broken), modules=str(modules))
        self.put("npm", script)

    def put(self, name: str, script: str) -> None:
        program = self.programs / name
        program.write_text(script)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def make(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Runs the tool where pip has no index to take anything from."""
        nothing = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}
        return subprocess.run(
            [sys.executable, self.root / "tools" / "graphiql.py", *arguments],
            env={"PATH": str(self.programs), **nothing, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def steps(self) -> list[str]:
        return self.log.read_text().split()

    @property
    def page(self) -> str:
        return (self.build / "index.html").read_text()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_it_builds_once(checkout: Checkout) -> None:
    checkout.put_node("v20.19.0")

    first, second = checkout.make(), checkout.make()

    assert (first.returncode, second.returncode) == (0, 0)
    assert "Building GraphiQL" in first.stderr
    assert second.stderr == ""
    assert checkout.steps == ["ci", "build"]
    assert (checkout.build / "assets" / "index-1.js.gz").is_file()


def test_it_builds_anew_when_a_source_changes_and_installs_anew_when_the_lock_does(checkout: Checkout) -> None:
    checkout.put_node("v22.12.0")
    checkout.make()
    (checkout.sources / "src" / "examples" / "9-new.graphql").write_text("# New?\nquery New { me { name } }\n")
    checkout.make()
    with (checkout.sources / "package-lock.json").open("a") as lock:
        lock.write("\n")
    checkout.make()

    assert checkout.steps == ["ci", "build", "build", "ci", "build"]
    assert checkout.page == "build 5"


def test_a_build_that_fails_leaves_the_earlier_one(checkout: Checkout) -> None:
    checkout.put_node("v24.1.0")
    checkout.make()
    checkout.broken.touch()
    (checkout.sources / "index.html").write_text("<!doctype html>")

    answer = checkout.make("--if-possible")

    assert answer.returncode == 0
    assert answer.stderr.splitlines() == [
        "Building GraphiQL; the first time this takes about half a minute …",
        "GraphiQL could not be built: its sources have errors.",
        "Until then the page of an earlier build is served; `make graphiql` says more.",
    ]
    assert checkout.page == "build 2"


@pytest.mark.parametrize("version", ["v18.20.8", "v20.18.3", "v21.7.3", "v22.11.0", "not a version"])
def test_an_old_node_is_none(checkout: Checkout, version: str) -> None:
    checkout.put_node(version)

    answer = checkout.make()

    assert answer.returncode == 1
    assert "taking one from pip" in answer.stderr
    assert "GraphiQL could not be built" in answer.stderr
    assert checkout.steps == []


def test_without_node_and_without_pip_it_says_so_and_the_service_goes_on(checkout: Checkout) -> None:
    answer = checkout.make("--if-possible")

    assert answer.returncode == 0
    assert answer.stderr.splitlines()[1:] == [
        "There is no Node.js 20.19 or newer with npm here; taking one from pip …",
        "GraphiQL could not be built: it needs Node.js 20.19 or newer with npm, and pip had none either.",
        "Until then the service works without the page; `make graphiql` says more.",
    ]
    assert not checkout.build.exists()


def test_where_it_is_switched_off_nothing_is_built_for_the_service(checkout: Checkout) -> None:
    checkout.put_node("v20.19.0")

    assert checkout.make("--if-possible", GRAPHIQL="false").stderr == ""
    assert checkout.steps == []


def test_node_is_pinned_with_hashes_and_no_address() -> None:
    lock = (ROOT / "graphiql" / "node.lock").read_text()
    asked = (ROOT / "graphiql" / "node.in").read_text().strip()

    assert f"{asked} \\" in lock.splitlines()
    assert lock.count("--hash=sha256:") >= 5
    assert "://" not in lock
