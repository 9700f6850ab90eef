"""A FOCUS file read, checked and planned, all without the database."""

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from billing.domain.errors import BillingError, ErrorCode
from billing.domain.focus import Charge, Fault, read_charges
from billing.domain.focus_plan import ImportPlan, plan_import
from billing.services.focus_matches import own_charges

OnNegative = Literal["fail", "skip"]

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is to do."""

FILE_BYTES_MAX = 1 << 30
_ROWS_BETWEEN_PROGRESS = 1_000


def silent(doing: str, done: int, total: int) -> None:
    """The progress that nobody watches."""


class FileRefused(BillingError):
    """A file with faults, nothing of which was imported; `faults` are the first of `fault_count`.

    `skippable` says that it fails for nothing but divisions whose period nets negative.
    """

    code = ErrorCode.BAD_INPUT

    def __init__(self, faults: Sequence[Fault], fault_count: int | None = None, *, skippable: bool = False) -> None:
        self.skippable = skippable
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        self.fault_count = len(self.faults) if fault_count is None else fault_count
        super().__init__(f"The file has {self.fault_count} faults; nothing was imported.")


@dataclass(frozen=True)
class FocusFile:
    """A file that was read and planned: what will be written, and the charges it comes from."""

    name: str
    content_hash: bytes
    charges: Sequence[Charge]
    plan: ImportPlan


def read_focus_file(
    content: bytes, *, name: str, provider_name: str, on_negative: OnNegative, progress: Progress = silent
) -> FocusFile:
    """Reads, checks and plans the file without the database. Raises FileRefused."""
    if len(content) > FILE_BYTES_MAX:
        message = f"has more than {FILE_BYTES_MAX >> 20} MiB; split it by billing period"
        raise FileRefused([Fault(1, "(file)", name, message)])
    parsed = read_charges(_lines(content, progress))
    faults = list(own_charges(parsed.charges, provider_name))
    if parsed.fault_count or faults:
        raise FileRefused([*parsed.faults, *faults], parsed.fault_count + len(faults))
    progress("Adding up", 0, 1)
    plan = plan_import(parsed.charges, on_negative)
    if plan.faults:
        raise FileRefused(plan.faults, skippable=len(plan.faults) == len(plan.negatives))
    progress("Adding up", 1, 1)
    return FocusFile(name, content_hash(content), parsed.charges, plan)


def content_hash(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _lines(content: bytes, progress: Progress) -> Iterator[str]:
    """The physical lines with their ends, as `read_charges` wants them."""
    total = content.count(b"\n")
    progress("Reading", 0, total)
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", errors="surrogateescape", newline="")
    for number, line in enumerate(lines, start=1):
        if number % _ROWS_BETWEEN_PROGRESS == 0:
            progress("Reading", min(number, total), total)
        yield line
    progress("Reading", total, total)
