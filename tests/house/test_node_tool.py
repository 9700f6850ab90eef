"""`tools/node.py`, which the tests of clients ask for Node.js: packages are installed once, and what fails is said."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NPM = """#!{python}
import pathlib, sys
folder = pathlib.Path(sys.argv[sys.argv.index("--prefix") + 1])
if (folder / "broken").exists():
    sys.exit("there is no registry")
(folder / "node_modules").mkdir(exist_ok=True)
with (folder / "log").open("a") as log:
    log.write(" ".join(each for each in sys.argv[1:] if each in ("ci", "--ignore-scripts")) + "\\n")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that wants packages, in a checkout of its own, beside programs called node and npm."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    (tmp_path / "graphiql").mkdir()
    programs, folder = tmp_path / "bin", tmp_path / "wanting"
    programs.mkdir()
    folder.mkdir()
    for name, script in (("node", "#!/bin/sh\necho v20.19.0\n"), ("npm", NPM.format(python=sys.executable))):
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    (folder / "package-lock.json").write_text("{}")
    return folder


def ask(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, folder.parent / "tools" / "node.py", folder],
        env={"PATH": str(folder.parent / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_installs_once_for_each_lock_and_prints_the_program(folder: Path) -> None:
    first, second = ask(folder), ask(folder)
    (folder / "package-lock.json").write_text("{ }")
    third = ask(folder)

    assert [answer.stdout for answer in (first, second, third)] == [f"{folder.parent / 'bin' / 'node'}\n"] * 3
    assert (folder / "log").read_text().splitlines() == ["ci --ignore-scripts"] * 2


def test_packages_that_cannot_be_had_are_said_and_asked_for_again(folder: Path) -> None:
    (folder / "broken").touch()
    failed = ask(folder)
    (folder / "broken").unlink()

    assert (failed.returncode, failed.stdout) == (1, "")
    assert "npm packages could not be installed" in failed.stderr
    assert ask(folder).returncode == 0
