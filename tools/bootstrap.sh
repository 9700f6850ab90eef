#!/bin/sh
# Makes .venv what a lock file says: `tools/bootstrap.sh serve` for running the service, `dev` for working on it.
# It finds a Python (PYTHON=… names one); tools/install.py does the rest. Nothing is installed outside .venv.
set -eu
cd "$(dirname "$0")/.."

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
complete="import ensurepip, venv; $new_enough"

first_that() { # the first Python that runs the given code without an error
  if [ -n "${PYTHON:-}" ]; then
    "$PYTHON" -c "$1" >/dev/null 2>&1 && echo "$PYTHON" && return
    return 1
  fi
  for candidate in python3.14 python3.13 python3.12 python3.11 python3; do
    "$candidate" -c "$1" >/dev/null 2>&1 && echo "$candidate" && return
  done
  return 1
}

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

if [ -z "${PYTHON:-}" ] && .venv/bin/python tools/install.py --check "$1" 2>/dev/null; then
  exit 0
fi
if python=$(first_that "$complete"); then
  exec "$python" tools/install.py "$1"
fi
if python=$(first_that "$new_enough"); then
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  fail "$python cannot make virtual environments: a part of it comes in a package of its own. Install that and try again:" \
    "  apt-get install python$version-venv      (Debian, Ubuntu; with sudo if you are not root)"
fi
[ -z "${PYTHON:-}" ] || fail "PYTHON=$PYTHON is no Python 3.11 or newer."
fail "Internal Billing needs Python 3.11 or newer, and none was found as python3.14 … python3.11 or python3. Install one:" \
  "  apt-get install python3 python3-venv      (Debian 12, Ubuntu 24.04 and newer; with sudo if you are not root)" \
  "  brew install python                       (macOS)" \
  "or name one that you have: make PYTHON=/path/to/python3.12 …"
