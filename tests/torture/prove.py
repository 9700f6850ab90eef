"""Shows that the tests can fail: breaks code or schema in a copy of the tree, and sees the named test go red."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.torture.counted import Report, read, reporting
from tests.torture.mutations import MUTATIONS, Edit, Mutation
from tests.torture.site import ROOT

_COPIED: Final = ("billing", "tests", "graphiql/src", "docs", "pyproject.toml", "schema.graphql", "openapi.json")
_LEFT_OUT: Final = shutil.ignore_patterns("__pycache__", "graphiql_build", "node_modules")
_SECONDS_MAX: Final = 600


@dataclass(frozen=True)
class Proof:
    """What became of one mutation."""

    mutation: Mutation
    verdict: str
    red: bool
    seconds: float


def prove(only: str, console: Console) -> bool:
    """Whether every mutation turned its test red, which is green without any."""
    chosen = [mutation for mutation in MUTATIONS if only.lower() in mutation.name.lower()]
    with _copy() as tree:
        green = [_unbroken(tree, test, console) for test in dict.fromkeys(mutation.test for mutation in chosen)]
        proofs = [_try(tree, mutation, console) for mutation in chosen]
    console.print(_table(proofs))
    return bool(proofs) and all(green) and all(proof.red for proof in proofs)


@contextmanager
def _copy() -> Iterator[Path]:
    """The tree as it is now, committed or not; the interpreter is ours, the code is the copy's."""
    with tempfile.TemporaryDirectory(prefix="billing-prove-") as folder:
        tree = Path(folder)
        for name in _COPIED:
            source, target = ROOT / name, tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=_LEFT_OUT)
            else:
                shutil.copy2(source, target)
        yield tree


def _unbroken(tree: Path, test: str, console: Console) -> bool:
    report, seconds = _run(tree, test)
    green = report.passed > 0 and not report.failed and not report.broken
    console.print(
        f"[{'green' if green else 'bold red'}]{'green' if green else 'NOT GREEN'}[/] {seconds:4.0f} s  {test}"
    )
    return green


def _try(tree: Path, mutation: Mutation, console: Console) -> Proof:
    with _edited(tree, mutation.edits):
        report, seconds = _run(tree, mutation.test)
    # A test that cannot even begin has shown nothing.
    red = bool(report.failed)
    verdict = report.failed[0] if red else "broken, not red" if report.broken else "GREEN: the test sees nothing"
    console.print(f"[{'red' if red else 'bold yellow'}]{verdict}[/] {seconds:4.0f} s  {mutation.name}", highlight=False)
    return Proof(mutation, verdict, red, seconds)


@contextmanager
def _edited(tree: Path, edits: tuple[Edit, ...]) -> Iterator[None]:
    before = {edit.file: (tree / edit.file).read_text(encoding="utf-8") for edit in edits}
    try:
        for edit in edits:
            file = tree / edit.file
            file.write_text(edit.applied(file.read_text(encoding="utf-8")), encoding="utf-8")
        yield
    finally:
        for name, text in before.items():
            (tree / name).write_text(text, encoding="utf-8")


def _run(tree: Path, test: str) -> tuple[Report, float]:
    started, report = time.monotonic(), tree / "report.xml"
    report.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "--tb=line",
        *reporting(report),
    ]
    subprocess.run([*command, *test.split(" ")], cwd=tree, stdout=subprocess.DEVNULL, check=False, timeout=_SECONDS_MAX)
    return read(report), time.monotonic() - started


def _table(proofs: list[Proof]) -> Table:
    shown = Table("mutation", "test", "red in")
    for proof in proofs:
        seconds = f"{proof.seconds:.0f} s" if proof.red else f"[bold red]{proof.verdict}[/]"
        shown.add_row(proof.mutation.name, proof.mutation.test.rpartition("::")[2], seconds)
    return shown
