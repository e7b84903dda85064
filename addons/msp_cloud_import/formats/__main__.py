"""Command line: ``python -m formats read FILE [--format ID | --profile JSON]``.

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
from pathlib import Path

from .errors import FormatsError
from .layout import Format
from .problem import Problem
from .profile import BadProfile
from .profile_format import profile_format
from .profile_json import profile_from_dict
from .registry import FORMATS, get_format, open_file

WARNINGS_SHOWN = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        return _read(options.file, _formats(options), options.sheet)
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
    read.add_argument(
        "file", metavar="FILE", help="plain, .gz, .zip, .xlsx, .xls or .parquet"
    )
    how = read.add_mutually_exclusive_group()
    how.add_argument(
        "--format",
        metavar="ID",
        help=f"instead of detecting it: {', '.join(FORMATS)}",
    )
    how.add_argument(
        "--profile", metavar="JSON", help="file with a column profile to read by"
    )
    read.add_argument("--sheet", metavar="NAME", help="the workbook's sheet to read")
    return parser


def _formats(options: argparse.Namespace) -> list[Format] | None:
    """Return the formats asked for, None for all."""
    if options.format:
        return [get_format(options.format)]
    if options.profile:
        return [profile_format(profile_from_dict(_loaded(options.profile)))]
    return None


def _loaded(file: str) -> object:
    try:
        return json.loads(Path(file).read_text("utf-8"))
    except OSError as error:
        reason = f"cannot be opened ({error.strerror})"
    except (ValueError, RecursionError) as error:
        reason = f"is no JSON ({error})"
    raise BadProfile(f"The profile “{file}” {reason}; check the file.")


def _read(file: str, formats: list[Format] | None, sheet: str | None) -> int:
    with open_file(file, formats=formats, sheet=sheet) as reading:
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
