"""The statements that the yardsticks of other hands share, Python's and Node's: `sql/`, with a column per field."""

from pathlib import Path

import orjson

_FOLDER = Path(__file__).parent / "sql"
_COLUMNS: dict[str, str] = orjson.loads((_FOLDER / "record_columns.json").read_bytes())


def columns_of(*names: str) -> str:
    """What a SELECT over billing records `r` says for these fields."""
    return ", ".join(f'{_COLUMNS[name]} AS "{name}"' for name in names)


def statement(name: str, columns: str = "") -> str:
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8").replace("{columns}", columns)
