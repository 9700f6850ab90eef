"""Builds GraphiQL for the service from npm packages, unless that is done: `graphiql.py [--if-possible]`.

With `--if-possible` a failure is said in a line or two: the service works without the page. Standard library only.
"""

import fcntl
import gzip
import hashlib
import os
import shutil
import sys
from pathlib import Path

from install import ROOT, read, say
from node import NodeError, install_packages, npm_command, run_npm

SOURCES = ROOT / "graphiql"
BUILD = ROOT / "billing" / "web" / "graphiql_build"
DRAFT = SOURCES / ".draft"
INPUTS = ("package.json", "package-lock.json", ".npmrc", "index.html", "tsconfig.json", "vite.config.ts", "src")
SWITCHED_OFF = {"0", "off", "f", "false", "n", "no"}  # As the setting GRAPHIQL is read.
COMPRESSED = {".css", ".js", ".svg", ".ttf"}


class CannotBuild(Exception):
    """GraphiQL cannot be built here; the text says what is missing."""


def main(arguments: list[str]) -> int:
    optional = "--if-possible" in arguments
    if optional and os.environ.get("GRAPHIQL", "").lower() in SWITCHED_OFF:
        return 0
    here = os.open(SOURCES, os.O_RDONLY)
    fcntl.flock(here, fcntl.LOCK_EX)  # `make serve` and `make check` may be started together.
    if read(BUILD / ".stamp") == content():
        return 0
    say("Building GraphiQL; the first time this takes about half a minute …")
    try:
        build(quiet=optional)
    except (CannotBuild, NodeError, OSError) as reason:
        say(f"GraphiQL could not be built: {reason}")
        if optional:
            instead = (
                "the page of an earlier build is served" if BUILD.exists() else "the service works without the page"
            )
            say(f"Until then {instead}; `make graphiql` says more.")
        return 0 if optional else 1
    return 0


def build(*, quiet: bool) -> None:
    """Puts a new build in the place of the old one once it is complete."""
    npm = npm_command(quiet=quiet)
    install_packages(npm, SOURCES, quiet=quiet)
    if not run_npm(npm, SOURCES, "run", "--silent", "build", "--", "--outDir", DRAFT, quiet=quiet):
        raise CannotBuild("its sources have errors.")
    compress(DRAFT / "assets")
    (DRAFT / ".stamp").write_text(content())
    shutil.rmtree(BUILD, ignore_errors=True)
    shutil.move(DRAFT, BUILD)


def compress(folder: Path) -> None:
    """Beside each file the same one compressed, so that nothing is compressed while people wait."""
    for file in sorted(folder.iterdir()):
        if file.suffix in COMPRESSED:
            file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))


def content() -> str:
    """What the stamp of a build says: it is good as long as these files are what they were."""
    digest = hashlib.sha256()
    for name in INPUTS:
        place = SOURCES / name
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.is_file():
                digest.update(f"{file.relative_to(SOURCES)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
