"""Installs a lock file into .venv, unless that is done: `install.py [--check] serve|dev`. Standard library only."""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"serve": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
# Settings of pip that would install elsewhere than into .venv, or not at all.
STRAY = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV", "PIP_NO_DEPS", "PIP_CONSTRAINT")


def main(arguments: list[str]) -> int:
    kind = arguments[-1]
    if "--check" in arguments:
        return 0 if is_installed(kind) else 1
    here = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(here, fcntl.LOCK_EX)  # `make serve` and `make test` may be started together.
    if not is_installed(kind):
        make_venv()
        install(kind)
    return 0


def is_installed(kind: str) -> bool:
    return made_by() == this_python() and read(stamp(kind)) == content(kind) and PYTHON.exists()


def make_venv() -> None:
    """A new one when there is none, or when Python or this folder has changed, which its scripts name."""
    if made_by() == this_python() and run([PYTHON, "-c", "import pip"], quiet=True):
        return
    say(f"Making .venv with Python {sys.version.split()[0]} …")
    if not run([sys.executable, "-m", "venv", "--clear", VENV]):
        sys.exit("The virtual environment .venv could not be made: see above.")
    (VENV / ".made-by").write_text(this_python())


def install(kind: str) -> None:
    for done in LOCKS:
        stamp(done).unlink(missing_ok=True)
    say(f"Installing {LOCKS[kind].name}; the first time this takes about a minute …")
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    if not run([*pip, "--require-hashes", "-r", LOCKS[kind]]):
        sys.exit("The packages could not be installed: see above. pip needs PyPI or a mirror of it (PIP_INDEX_URL).")
    if not run([*pip, "--no-index", "--no-deps", "--no-build-isolation", "-e", ROOT]):
        sys.exit("The service could not be installed into .venv: see above.")
    for done in ("serve", kind):  # The packages of `serve` are a part of those of `dev`.
        stamp(done).write_text(content(done))


def content(kind: str) -> str:
    """What the stamp of an installation says: it is good as long as these files are what they were."""
    files = (LOCKS[kind], ROOT / "pyproject.toml")
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def stamp(kind: str) -> Path:
    return VENV / f".installed-{kind}"


def made_by() -> str:
    return read(VENV / ".made-by")


def this_python() -> str:
    return f"Python {sys.version_info[0]}.{sys.version_info[1]} of {sys.base_prefix} for {ROOT}"


def read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def run(command: list[str | Path], *, quiet: bool = False, environment: dict[str, str] | None = None) -> bool:
    inherited = {name: value for name, value in os.environ.items() if name not in STRAY}
    output = subprocess.DEVNULL if quiet else None
    done = subprocess.run(  # noqa: S603 -- pip, venv, npm
        command, env={**inherited, **(environment or {})}, stdout=output, stderr=output, check=False
    )
    return done.returncode == 0


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
