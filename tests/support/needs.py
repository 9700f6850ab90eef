"""What a test needs of the machine: in CI it must be there; elsewhere the test is skipped and says what to install."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from billing.web import graphiql


def chromium() -> Path:
    """The Chromium of the machine."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        missing("There is no Chromium here. Debian has it: apt-get install chromium")
    return Path(found)


def built_graphiql() -> Path:
    """The folder with the built page."""
    if not graphiql.is_built():
        missing("GraphiQL is not built here: make graphiql says why.")
    return graphiql.BUILD


def missing(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
