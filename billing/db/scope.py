"""Which rows a viewer may see, said so that the statement can walk an index of its own for each side.

"Either side" is never `from = X OR to = X`: for a small division that reads everybody's rows in order and throws them
away. It is one branch per side, joined by UNION ALL; no row is in both, since the two divisions of a row differ.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, false, or_

from billing.permissions.viewer import Viewer

first_wall = True
"""Off only in tests, which show that row-level security, the second wall, hides the same rows alone."""


@dataclass(frozen=True)
class Parties:
    """A branch of a list: the division fixed on either side, None where any will do."""

    from_division_id: UUID | None = None
    to_division_id: UUID | None = None

    def and_also(self, other: "Parties") -> "Parties | None":
        """Both at once; None where they contradict each other or name one division twice."""
        from_ids = {self.from_division_id, other.from_division_id} - {None}
        to_ids = {self.to_division_id, other.to_division_id} - {None}
        if len(from_ids) > 1 or len(to_ids) > 1 or from_ids & to_ids:
            return None
        return Parties(next(iter(from_ids), None), next(iter(to_ids), None))

    def condition(self, table: FromClause) -> ColumnElement[bool]:
        """The divisions that are fixed. Where none is, what holds for every row, as the indexes over all rows say too.

        So a division's branch cannot use those: to the planner they look cheap for a large division, or under a narrow
        filter, and it would read the rows of all the others.
        """
        from_side, to_side = table.c.from_division_id, table.c.to_division_id
        fixed = [
            side == id
            for side, id in ((from_side, self.from_division_id), (to_side, self.to_division_id))
            if id is not None
        ]
        return and_(*fixed) if fixed else from_side != to_side


def either_side(division_id: UUID) -> list[Parties]:
    return [Parties(from_division_id=division_id), Parties(to_division_id=division_id)]


def branches_of(viewer: Viewer) -> list[Parties]:
    """The branches that hold what the viewer may see: one for all, one per side for a division, none without one."""
    if viewer.sees_all or not first_wall:
        return [Parties()]
    return [] if viewer.division_id is None else either_side(viewer.division_id)


def narrow(branches: Iterable[Parties], others: Iterable[Parties]) -> list[Parties]:
    """What lies in a branch of both; the branches of the result do not overlap where those of each input do not."""
    others = list(others)
    met = (branch.and_also(other) for branch in branches for other in others)
    return list(dict.fromkeys(parties for parties in met if parties is not None))


def visible_to(viewer: Viewer, table: FromClause) -> ColumnElement[bool]:
    """The same right as one condition, for statements that find their rows by id."""
    branches = branches_of(viewer)
    return or_(*(branch.condition(table) for branch in branches)) if branches else false()
