"""What a test needs of the machine: in CI it must be there; elsewhere the test is skipped and says what to install."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from billing.db.embedded.programs import EmbeddedPostgresError, Version, find_programs
from billing.web import graphiql

NODE = Path(__file__).parents[2] / "tools" / "node.py"


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


def node(folder: Path) -> Path:
    """The Node.js that runs what is in the folder, whose npm packages are installed then."""
    done = subprocess.run([sys.executable, NODE, folder], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        missing(f"There is no Node.js for {folder.name}: {done.stderr}")
    return Path(done.stdout.strip())


def postgresql(version: Version) -> Version:
    """That version; of the oldest there is no package everywhere, so its tests are left out even in CI."""
    try:
        find_programs(version)
    except EmbeddedPostgresError as error:
        pytest.skip(str(error))
    return version


def missing(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
