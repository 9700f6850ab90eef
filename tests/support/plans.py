"""How much a statement reads, by PostgreSQL's own account of the plan it ran."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.db.statements import sendable

PlanMode = Literal["force_custom_plan", "force_generic_plan"]
PLAN_MODES: tuple[PlanMode, ...] = ("force_custom_plan", "force_generic_plan")


@dataclass(frozen=True)
class Reading:
    """Rows that the scans of a plan touched, whether kept or not, and blocks that the whole plan looked at."""

    rows: float
    blocks: int
    plan: str


async def read(connection: AsyncConnection, statement: Select[Any], mode: PlanMode) -> Reading:
    """Runs a statement as the service sends it, prepared with parameters, planned for their values or for any."""
    sent = sendable(statement)
    given = ", ".join(_literal(value) for value in sent.arguments[0])
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.execute(f"SET plan_cache_mode = {mode}; PREPARE asked AS {sent.text}")
    try:
        explained = await driver.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE asked{f'({given})' if given else ''}"
        )
    finally:
        await driver.execute("DEALLOCATE asked; RESET plan_cache_mode")
    plan = explained[0]["Plan"]
    return Reading(
        rows=sum(_rows_of(node) for node in _nodes(plan) if _is_scan(node)),
        blocks=plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
        plan="\n".join(_outline(plan)),
    )


def _literal(value: Any) -> str:
    """A value as PREPARE's parameter of a known type takes it."""
    if value is None:
        return "NULL"
    text = "infinity" if value == date.max else str(value)
    return "'" + text.replace("'", "''") + "'"


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _is_scan(node: dict[str, Any]) -> bool:
    return "Relation Name" in node


def _rows_of(node: dict[str, Any]) -> float:
    touched = node["Actual Rows"] + sum(
        node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck", "Join Filter")
    )
    return float(touched * node["Actual Loops"])


def _outline(node: dict[str, Any], depth: int = 0) -> Iterator[str]:
    facts = [str(node[name]) for name in ("Index Name", "Relation Name", "Index Cond", "Filter") if name in node]
    yield f"{'  ' * depth}{node['Node Type']} {_rows_of(node):g} rows: {', '.join(facts)}"
    for child in node.get("Plans", ()):
        yield from _outline(child, depth + 1)
