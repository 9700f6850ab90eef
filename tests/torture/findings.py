"""What a load found: for each figure that a promise asks for, the one that was seen, and whether it is kept."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.table import Table


@dataclass(frozen=True)
class Finding:
    """One row of the table."""

    promise: str
    what: str
    asked: str
    seen: str
    kept: bool
    seed: int | None = None


@dataclass
class Findings:
    """The rows that one load adds, all of one seed, and how often it checked the books."""

    seed: int
    rows: list[Finding] = field(default_factory=list)
    book_checks: int = 0

    def none(self, promise: str, what: str, found: Iterable[object], of: int | None = None) -> None:
        """There must be none of these; `of` so many that were looked at, of which there must be some."""
        wrong = list(found)
        seen = f"{len(wrong):,}" if of is None else f"{len(wrong):,} of {of:,}"
        if wrong:
            seen += f": {wrong[0]}"
        self.rows.append(Finding(promise, what, "0", seen, not wrong and of != 0, self.seed))

    def equal(self, promise: str, what: str, asked: object, seen: object) -> None:
        self.rows.append(Finding(promise, what, _text(asked), _text(seen), asked == seen, self.seed))

    def at_least(self, promise: str, what: str, asked: int, seen: int) -> None:
        self.rows.append(Finding(promise, what, f"≥ {asked:,}", f"{seen:,}", seen >= asked, self.seed))

    def below(self, promise: str, what: str, most: int, seen: float) -> None:
        self.rows.append(Finding(promise, what, f"< {most:,}", f"{seen:,.0f}", seen < most, self.seed))

    def judged(self, promise: str, what: str, asked: str, seen: str, *, kept: bool) -> None:
        """A figure of another form."""
        self.rows.append(Finding(promise, what, asked, seen, kept, self.seed))

    def told(self, promise: str, what: str, seen: object) -> None:
        """A figure that is told and asked of nobody."""
        self.rows.append(Finding(promise, what, "–", _text(seen), True, self.seed))

    @property
    def broken(self) -> list[str]:
        return [
            f"{row.promise} {row.what}: asked {row.asked}, seen {row.seen} (SEED={self.seed})"
            for row in self.rows
            if not row.kept
        ]


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def table(rows: Iterable[Finding]) -> Table:
    """Promise, figure asked, figure seen, seed."""
    shown = Table("promise", "what", "asked", "seen", "kept", "seed")
    for row in rows:
        kept = "[green]yes[/]" if row.kept else "[bold red]NO[/]"
        shown.add_row(row.promise, row.what, row.asked, row.seen, kept, "" if row.seed is None else str(row.seed))
    return shown
