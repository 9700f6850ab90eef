"""The page of limits says what the settings are."""

from billing.domain.errors import ErrorCode
from billing.settings import Settings
from tests.support.pages import ROOT

PAGE = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")


def test_each_limit_stands_with_its_default_and_its_code() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if "_MAX" in line]
    limits = [row for row in rows if len(row) == 4]

    assert len(limits) == 10
    for _, default, setting, _ in limits:
        assert f"{Settings.model_fields[setting.strip('`').lower()].default:,}" in default


def test_the_codes_are_there() -> None:
    for code in ErrorCode:
        if code.startswith(("TOO_MANY", "DOCUMENT_", "COST_", "RATE_", "DEADLINE", "PERSISTED")):
            assert f"`{code}`" in PAGE, code
