"""`make` on a machine that lacks something: what it says. And the lock files: what they hold."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = ["requirements.lock", "requirements-dev.lock"]


class Machine:
    """A checkout without .venv, and a PATH on which only the programs put there exist."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bin"
        self.path.mkdir()
        self.put("dirname", f'exec {shutil.which("dirname")} "$@"')
        self.checkout = folder / "check out"
        shutil.copytree(ROOT / "tools", self.checkout / "tools")

    def put(self, name: str, script: str) -> None:
        program = self.path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def put_python(self, name: str, *, version: str, ensurepip: bool = True) -> None:
        """A Python that says it is of that version, and, without ensurepip, is packaged as Debian does."""
        missing = "" if ensurepip else "sys.modules['ensurepip'] = None; "
        pretend = f"import sys; sys.version_info = {tuple(map(int, version.split('.')))}; {missing}"
        self.put(name, f'[ "$1" = -c ] || {{ echo "chosen {name}"; exit; }}\nexec {sys.executable} -c "{pretend}$2"')

    def bootstrap(self, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.checkout / "tools" / "bootstrap.sh", "serve"],
            env={"PATH": str(self.path), **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_python_it_says_which_to_install(machine: Machine) -> None:
    answer = machine.bootstrap()

    assert answer.returncode == 1
    assert "needs Python 3.11 or newer, and none was found" in answer.stderr
    assert "apt-get install python3 python3-venv" in answer.stderr


def test_a_python_that_is_too_old_is_none(machine: Machine) -> None:
    machine.put_python("python3", version="3.10.12")

    assert "none was found" in machine.bootstrap().stderr


def test_a_python_without_ensurepip_is_named_with_its_package(machine: Machine) -> None:
    machine.put_python("python3", version="3.12.3", ensurepip=False)

    answer = machine.bootstrap()

    assert answer.returncode == 1
    assert "apt-get install python3.12-venv" in answer.stderr


def test_a_complete_python_goes_before_a_newer_one_that_is_not(machine: Machine) -> None:
    machine.put_python("python3.13", version="3.13.1", ensurepip=False)
    machine.put_python("python3.11", version="3.11.2")

    assert machine.bootstrap().stdout == "chosen python3.11\n"


def test_a_shim_that_only_complains_is_passed_over(machine: Machine) -> None:
    machine.put("python3.14", "echo 'python3.14: command not found' >&2; exit 127")
    machine.put_python("python3", version="3.12.3")

    assert machine.bootstrap().stdout == "chosen python3\n"


def test_the_python_that_is_asked_for_is_taken(machine: Machine) -> None:
    machine.put_python("python3.13", version="3.13.1")
    machine.put_python("my python", version="3.11.2")

    assert machine.bootstrap(PYTHON=str(machine.path / "my python")).stdout == "chosen my python\n"


def test_the_python_that_is_asked_for_must_do(machine: Machine) -> None:
    machine.put_python("python3.13", version="3.13.1")

    assert "PYTHON=/nowhere is no Python 3.11 or newer." in machine.bootstrap(PYTHON="/nowhere").stderr


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_no_path(name: str) -> None:
    lock = (ROOT / name).read_text()

    assert re.findall(r"://|--(?:extra-)?index|--find-links|(?<![\w.])/\w+", lock) == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_has_hashes(name: str) -> None:
    entries = re.findall(r"^[\w.-]+==.*(?:\n .*)*", (ROOT / name).read_text(), re.MULTILINE)

    assert len(entries) > 40
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_locks_hold_what_the_project_asks_for() -> None:
    extras = PROJECT["optional-dependencies"]
    runtime = [*PROJECT["dependencies"], *extras["embedded"], *extras["build"]]

    assert pins(runtime) <= locked("requirements.lock")
    assert pins(extras["dev"]) | locked("requirements.lock") <= locked("requirements-dev.lock")


def pins(requirements: list[str]) -> set[str]:
    return {re.sub(r"\[.*?\]|;.*|\s", "", requirement).lower() for requirement in requirements}


def locked(name: str) -> set[str]:
    return set(re.findall(r"^[\w.-]+==[\w.]+", (ROOT / name).read_text(), re.MULTILINE))
