"""The promises that other tests keep: what they counted, from the report that pytest writes of them."""

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.torture.findings import Finding
from tests.torture.site import ROOT


@dataclass(frozen=True)
class Counted:
    """What of these tests must come to so many: a number that they record, or else how many of them passed."""

    promise: str
    what: str
    tests: tuple[str, ...]
    asked: int = 1
    full: int | None = None
    number: str | None = None


COUNTED = (
    Counted("P8", "cells of the access matrix", ("tests/access",), 2_000, number="cells of the access matrix"),
    Counted("P9", "tests of the second wall", ("tests/db/test_second_wall.py",), 40),
    Counted("P12", "tamperings found", ("tests/db/test_audit_chain.py",), 50, full=1_000, number="tamperings found"),
    Counted(
        "P15",
        "forged requests, none executed",
        ("tests/web/test_csrf.py",),
        248,
        number="forged requests, none executed",
    ),
    Counted("P17", "tests of what no answer tells", ("tests/web/test_leaks.py",), 50),
    Counted(
        "P19",
        "payloads sent as texts",
        ("tests/graph/test_injection.py",),
        17_000,
        full=25_000,
        number="payloads sent as texts",
    ),
    Counted(
        "P14",
        "bad inputs refused: HTTP and JSON",
        ("tests/web/test_bad_requests.py",),
        158,
        number="bad inputs refused: HTTP and JSON",
    ),
    Counted(
        "P14",
        "bad inputs refused: documents",
        ("tests/web/test_bad_documents.py",),
        743,
        number="bad inputs refused: documents",
    ),
    Counted(
        "P39",
        "histories without a difference",
        ("tests/model/test_histories.py",),
        100,
        full=2_000,
        number="histories compared with the model",
    ),
    Counted("ENGINE", "rules of execution kept", ("tests/engine/spec",), 1_091),
    Counted(
        "ENGINE",
        "questions answered as graphql-core does",
        ("tests/engine/differ",),
        300,
        full=6_000,
        number="questions answered alike",
    ),
    Counted("P40", "pairs of changes that meet", ("tests/model/test_interleavings.py",), 23),
)


@dataclass(frozen=True)
class Report:
    """What a run said: how many passed, which failed, which could not begin, the sum of each number recorded."""

    passed: int
    failed: tuple[str, ...]
    broken: tuple[str, ...]
    numbers: Counter[str]


def count(counted: Sequence[Counted], *, full: bool) -> list[Finding]:
    return [_find(each, _run(each.tests, full=full), full=full) for each in counted]


def _find(counted: Counted, report: Report, *, full: bool) -> Finding:
    asked = counted.full if full and counted.full is not None else counted.asked
    seen = report.passed if counted.number is None else report.numbers[counted.number]
    failed = [*report.failed, *report.broken]
    told = f"{seen:,}" + (f", failed: {', '.join(failed)}" if failed else "")
    return Finding(counted.promise, counted.what, f"≥ {asked:,}", told, not failed and seen >= asked)


def _run(tests: Sequence[str], *, full: bool) -> Report:
    with tempfile.TemporaryDirectory(prefix="billing-counted-") as folder:
        report = Path(folder, "report.xml")
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", "0", "-o", "timeout=0", *reporting(report), *tests],
            cwd=ROOT,
            env={**os.environ, "FIGURES": "full" if full else "gate"},
            stdout=subprocess.DEVNULL,
            check=False,
        )
        return read(report)


def reporting(report: Path) -> list[str]:
    """What makes pytest write a report with the numbers in it; its newer form has no place for them."""
    return ["-o", "junit_family=xunit1", f"--junitxml={report}"]


def read(report: Path) -> Report:
    """What a JUnit report says; none at all is a failure."""
    if not report.exists():
        return Report(0, (), ("pytest wrote no report",), Counter())
    numbers: Counter[str] = Counter()
    passed, failed, broken = 0, [], []
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 -- we wrote it
        if case.find("failure") is not None:
            failed.append(case.get("name", ""))
        elif case.find("error") is not None:
            broken.append(case.get("name", ""))
        elif case.find("skipped") is None:
            passed += 1
        for given in case.iter("property"):
            if (value := given.get("value", "")).isdigit():
                numbers[given.get("name", "")] += int(value)
    return Report(passed, tuple(failed), tuple(broken), numbers)
