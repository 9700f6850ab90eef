"""The README says what the code does."""

from pathlib import Path

from billing.settings import Settings

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_table_with_its_description() -> None:
    rows = {line.split("|")[1].strip(): line for line in README.splitlines() if line.startswith("| `")}

    for name, field in Settings.model_fields.items():
        assert field.description is not None
        assert field.description in rows[f"`{name.upper()}`"]
