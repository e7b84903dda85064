"""The addons of this repository, in the order of their dependencies."""

import ast
import hashlib
from dataclasses import dataclass
from pathlib import Path

from .common import ADDONS, SetupError

# Files that change nothing in a database: tests, texts for people.
IGNORED_FOLDERS = {"tests", "readme", "__pycache__"}
IGNORED_SUFFIXES = {".md", ".pyc"}


@dataclass(frozen=True)
class Addon:
    """One addon.

    below: names of the repository's addons it needs, directly or not
    """

    name: str
    path: Path
    below: frozenset[str]

    def digest(self) -> str:
        """Return a hash of all files that matter for the installation."""
        digest = hashlib.sha256()
        for path in sorted(self.path.rglob("*")):
            relative = path.relative_to(self.path)
            ignored = IGNORED_FOLDERS.intersection(relative.parts)
            if ignored or path.suffix in IGNORED_SUFFIXES or not path.is_file():
                continue
            digest.update(f"{relative}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()


def find(folder: Path = ADDONS) -> list[Addon]:
    """Return the installable addons, each after all those it depends on."""
    depends: dict[str, list[str]] = {}
    for manifest in sorted(folder.glob("*/__manifest__.py")):
        values = ast.literal_eval(manifest.read_text())
        if values.get("installable", True):
            depends[manifest.parent.name] = values.get("depends", [])
    below: dict[str, frozenset[str]] = {}

    def visit(name: str, path: tuple[str, ...]) -> frozenset[str]:
        if name in path:
            raise SetupError(
                f"The addons depend on each other in a circle: {' -> '.join(path)}."
            )
        if name not in below:
            needed = [need for need in depends[name] if need in depends]
            deeper = [visit(need, (*path, name)) for need in needed]
            below[name] = frozenset(needed).union(*deeper)
        return below[name]

    for name in depends:
        visit(name, ())
    ordered = sorted(below, key=lambda name: (len(below[name]), name))
    return [Addon(name, folder / name, below[name]) for name in ordered]
