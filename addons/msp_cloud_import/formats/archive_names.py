"""What the names of an archive's members say; nothing is ever written by them."""

from .errors import UnreadableFile
from .sentence import _

TABLES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")
TABLES += (".xlsx", ".xlsm", ".xls", ".parquet")
_CLUTTER = frozenset({"thumbs.db", "desktop.ini"})


def is_clutter(member: str) -> bool:
    """Return whether a member is a folder or something a system left behind."""
    base = base_name(member)
    is_hidden = base.startswith(".") or base.lower() in _CLUTTER
    return not base or "__MACOSX/" in member or is_hidden


def is_table(member: str) -> bool:
    """Return whether a name is that of a table, perhaps packed by gzip."""
    return member.lower().removesuffix(".gz").endswith(TABLES)


def base_name(member: str) -> str:
    """Return the last part of a name, empty for a folder."""
    return member.replace("\\", "/").rsplit("/", 1)[-1]


def refuse_path_tricks(member: str, name: str) -> None:
    """Refuse a name that points outside the archive.

    :raise UnreadableFile: it does
    """
    parts = member.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or ":" in member or "\0" in member:
        raise UnreadableFile(
            name,
            _(
                "holds a file name that points outside the archive; do not open it and "
                "ask where it came from"
            ),
        )
