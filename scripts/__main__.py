"""Entry point of all make targets: `sh scripts/run.sh COMMAND`."""

import signal
import subprocess
import sys
from collections.abc import Callable

from . import services, venv
from .common import LOCAL, SetupError, say, set_up_lock

USAGE = "python -m scripts demo|server|test|lint|i18n|bench|set-up|db|stop|clean"
INTERRUPTED = 130


def stop() -> int:
    """Stop Odoo and the embedded PostgreSQL."""
    odoo, postgres = services.stop_odoo(), services.stop_postgres()
    say(f"Odoo: {'stopped' if odoo else 'was not running'}")
    say(f"Embedded PostgreSQL: {'stopped' if postgres else 'was not running'}")
    return 0


def clean() -> int:
    """Stop everything and remove .local."""
    stop()
    if LOCAL.exists():
        services.remove_all()
    say("Removed .local")
    return 0


WITHOUT_VENV = {"stop": stop, "clean": clean}


def main() -> int:
    """Run one command; return its exit code."""
    # What `kill` sends must clean up as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    command = sys.argv[1] if len(sys.argv) == 2 else ""
    try:
        if command in WITHOUT_VENV:
            return WITHOUT_VENV[command]()
        if not venv.inside():
            with set_up_lock():
                venv.ensure()
            venv.enter(sys.argv[1:])
        from . import commands

        run: Callable[[], int] | None = commands.ALL.get(command)
        if not run:
            say(USAGE)
            return 2
        return run()
    except SetupError as error:
        sys.stdout.flush()
        print(f"\n{error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        words = " ".join(map(str, error.cmd))
        print(f"\n{error.output or ''}", file=sys.stderr)
        print(f"This failed, with code {error.returncode}: {words}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted; the same command goes on where this one stopped.")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
