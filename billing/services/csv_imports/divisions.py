"""Divisions from a CSV file: new ones are added, known ones changed where the file differs."""

from collections.abc import Sequence

from billing.db import bulk, csv_imports, divisions, tables
from billing.db.rows import Row
from billing.domain.csv_files import FAULTS_MAX, CsvRow
from billing.domain.errors import ErrorCode, Faults
from billing.domain.identifiers import new_id
from billing.services import checks
from billing.services.csv_imports.run import RowByRow, Run, Unit
from billing.services.divisions import BELOW_ITSELF, NAME_TAKEN, NO_PARENT, check_code


class Divisions(RowByRow):
    async def write(self, run: Run, units: Sequence[Unit]) -> None:
        rows = [row for unit in units for row in unit]
        checked = [(row, _check(run, row)) for row in rows]
        await run.claim(_keys(checked, "code"), "code", "code", "This code stands on line {line} already.")
        await run.claim(_keys(checked, "name"), "name", "name", "This name stands on line {line} already.")
        codes = {text for row in rows for text in (row.text("code"), row.text("parent_code")) if text}
        known = await csv_imports.find_divisions(run.tx, sorted(codes))
        named = await divisions.find_by_names(run.tx, sorted({values["name"] for _, values in checked}))
        for row, values in checked:
            owner = named.get(values["name"])
            if owner is not None and owner.code != values["code"]:
                run.refuse(row, "name", ErrorCode.ALREADY_EXISTS, NAME_TAKEN)
        sound = [(row, values) for row, values in checked if not row.wrong]
        if run.has("parent_code"):
            wanted = [(row, row.text("code")) for row, _ in checked if not row.wrong & {"code", "parent_code"}]
            await csv_imports.note_parents(
                run.tx,
                [{"line": row.line, "code": code, "parent_code": row.text("parent_code")} for row, code in wanted],
            )
        changed = [
            {"id": known[values["code"]].id, **_kept(known[values["code"]], values)}
            for row, values in sound
            if values["code"] in known and _differs(run, row, known, values)
        ]
        new = [values for _, values in sound if values["code"] not in known]
        await bulk.change_all(run.tx, tables.divisions, changed)
        await bulk.add_all(
            run.tx,
            tables.divisions,
            [{"id": new_id(), "created_at": run.tx.now, "cost_centre": "", "gl_code": "", **values} for values in new],
        )
        run.created += len(new)
        run.updated += len(changed)
        run.unchanged += len(sound) - len(new) - len(changed)

    async def finish(self, run: Run) -> None:
        """Now that every division is there: the parents."""
        for fault in await csv_imports.unfit_parents(run.tx, FAULTS_MAX):
            _refuse_parent(run, fault.line, fault.parent_code, ErrorCode.UNKNOWN_DIVISION, NO_PARENT)
        await csv_imports.move_to_parents(run.tx)
        lost = await csv_imports.below_themselves(run.tx)
        parents = {row.code: row.parent_code for row in lost}
        for row in lost:
            if row.line is not None and _in_circle(row.code, parents):
                _refuse_parent(run, row.line, row.parent_code, ErrorCode.BAD_INPUT, BELOW_ITSELF)


def _check(run: Run, row: CsvRow) -> dict[str, str]:
    """The values as they will be kept, of the columns that the file has."""
    faults = Faults()
    if row["code"]:
        check_code(faults, row["code"])
    values = {"code": row.text("code"), "name": checks.name(faults, row["name"], "name")}
    for column in ("cost_centre", "gl_code"):
        if run.has(column):
            values[column] = checks.label(faults, row[column], column)
    if row["parent_code"] and row["parent_code"] == row["code"]:
        faults.add(ErrorCode.BAD_INPUT, BELOW_ITSELF, "parent_code")
    run.take_over(row, faults.found, {})
    return values


def _keys(checked: Sequence[tuple[CsvRow, dict[str, str]]], column: str) -> list[tuple[CsvRow, str]]:
    return [(row, values[column]) for row, values in checked if values[column] and column not in row.wrong]


def _kept(there: Row, values: dict[str, str]) -> dict[str, str]:
    """The values that a known division will have; its code stays."""
    before = {"name": there.name, "cost_centre": there.cost_centre, "gl_code": there.gl_code}
    return {name: values.get(name, value) for name, value in before.items()}


def _differs(run: Run, row: CsvRow, known: dict[str, Row], values: dict[str, str]) -> bool:
    there = known[values["code"]]
    if any(getattr(there, name) != value for name, value in values.items()):
        return True
    if not run.has("parent_code"):
        return False
    parent = known.get(row.text("parent_code"))
    # A parent that is not there yet comes later in the file: it is another one than before.
    return (None if parent is None else parent.id) != there.parent_id or (parent is None and bool(row["parent_code"]))


def _refuse_parent(run: Run, line: int, parent_code: str, code: ErrorCode, message: str) -> None:
    run.refuse(CsvRow(line, {"parent_code": parent_code}), "parent_code", code, message)


def _in_circle(code: str, parents: dict[str, str]) -> bool:
    """Whether the way up from a division comes back to it."""
    seen: set[str] = set()
    above = parents.get(code)
    while above is not None and above != code and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above == code
