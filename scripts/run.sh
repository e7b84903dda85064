#!/bin/sh
# Runs `python -m scripts` with the newest Python that Odoo 19 can use.
# Usage: sh scripts/run.sh COMMAND
cd -- "$(dirname -- "$0")/.." || exit 1

suitable() { # 3.10 to 3.13, and able to make virtual environments
    "$1" -c '
import sys
assert (3, 10) <= sys.version_info[:2] <= (3, 13)
import ensurepip, venv
' 2>/dev/null
}

find_python() {
    # PYTHON=... decides; else a named version; else whatever python3 is.
    for python in ${PYTHON:-python3.13 python3.12 python3.11 python3.10 python3 /usr/bin/python3}; do
        if suitable "$python"; then
            echo "$python"
            return
        fi
    done
    return 1
}

if ! python=$(find_python) && [ -z "$PYTHON" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "-> Missing programs: apt-get install --yes python3 python3-venv"
    apt-get -q update
    DEBIAN_FRONTEND=noninteractive apt-get -q install --yes --no-install-recommends python3 python3-venv
    python=$(find_python)
fi
if [ -z "$python" ]; then
    echo "Python 3.10 to 3.13 with venv is missing: install it with \`sudo apt-get install python3 python3-venv\` (or name one with PYTHON=/path/to/python3), then run the same command again." >&2
    exit 1
fi
exec "$python" -m scripts "$@"
