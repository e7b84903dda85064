"""Command line: ``python -m formats read FILE [--format ID]``.

Standard output: one JSON object per provider charge, then one line with the
summary. Standard error: one sentence per problem and warning. Exit status: 0, or
2 with one sentence if the file cannot be read at all.
"""

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence

from .errors import FormatsError
from .problem import Problem
from .registry import FORMATS, open_file

WARNINGS_SHOWN = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        return _read(options.file, options.format)
    except FormatsError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        # the reader of our output went away, e.g. `| head`; say nothing more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m formats", description="Read the billing files of providers."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    read = commands.add_parser("read", help="print a file's provider charges as JSON")
    read.add_argument("file", metavar="FILE", help="plain, .gz or .zip")
    read.add_argument(
        "--format",
        metavar="ID",
        help=f"instead of detecting it: {', '.join(FORMATS)}",
    )
    return parser


def _read(file: str, format_id: str | None) -> int:
    with open_file(file, format_id=format_id) as reading:
        for item in reading:
            if isinstance(item, Problem):
                print(f"{item}.", file=sys.stderr)
            else:
                print(_json(item.to_dict()))
        print(_json({"summary": reading.summary()}), flush=True)
        shown = reading.warnings[:WARNINGS_SHOWN]
        for warning in shown:
            print(f"Please check {warning}.", file=sys.stderr)
        if reading.warning_count > len(shown):
            more = reading.warning_count - len(shown)
            print(f"Please check {more} more rows like these.", file=sys.stderr)
    return 0


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


if __name__ == "__main__":
    sys.exit(main())
