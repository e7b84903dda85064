"""Odoo 19 Community: a tree the user names, Debian's package, or a shallow clone."""

import contextlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .common import LOCAL, SetupError, is_root, output_of, run, say, timed

HOME = LOCAL / "odoo"
PART = LOCAL / "odoo.part"
APT = LOCAL / "apt.part"
DIST_PACKAGES = Path("usr/lib/python3/dist-packages")
REPOSITORY = "https://github.com/odoo/odoo.git"
BRANCH = "19.0"
# Debian's odoo-19 links to fonts and libraries of other packages. They are taken from
# bookworm: sid's fonts-font-awesome is a later major version with other file names.
LINKED_PACKAGES = (
    "fonts-font-awesome",
    "fonts-inconsolata",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
)


@dataclass(frozen=True)
class Odoo:
    """An Odoo 19 source tree.

    python_path: the folder from which `import odoo` works
    version: text that differs whenever the tree may differ
    """

    python_path: Path
    version: str


def ensure() -> Odoo:
    """Return Odoo 19, fetching it into .local/odoo when no tree is named."""
    named = os.environ.get("ODOO_SOURCE")
    if named:
        return _named_tree(Path(named).expanduser().resolve())
    stamp = HOME / ".complete"
    if not stamp.exists():
        shutil.rmtree(HOME, ignore_errors=True)
        shutil.rmtree(PART, ignore_errors=True)
        version = _from_debian() or _from_github()
        (PART / ".complete").write_text(version)
        PART.rename(HOME)
        say(f"   Odoo: {version}")
    python_path = HOME / DIST_PACKAGES
    return Odoo(python_path if python_path.is_dir() else HOME, stamp.read_text())


def _named_tree(tree: Path) -> Odoo:
    python_path = tree / DIST_PACKAGES if (tree / DIST_PACKAGES).is_dir() else tree
    release = python_path / "odoo" / "release.py"
    text = release.read_text() if release.exists() else ""
    found = re.search(r"version_info = \((\d+), (\d+)", text)
    if not found or found.group(1) != "19":
        raise SetupError(
            f"ODOO_SOURCE={tree} is not an Odoo 19 source tree: name the folder that holds "
            "odoo/release.py, or unset ODOO_SOURCE to have Odoo fetched."
        )
    commit = output_of(["git", "rev-parse", "HEAD"], cwd=tree)
    return Odoo(python_path, f"{found.group(1)}.{found.group(2)} {commit or tree}")


def _debian_mirror() -> str | None:
    """Return the mirror this machine's own apt uses for Debian, if it is a Debian."""
    release = {}
    with contextlib.suppress(OSError):
        lines = Path("/etc/os-release").read_text().splitlines()
        release = dict(line.split("=", 1) for line in lines if "=" in line)
    codename = release.get("VERSION_CODENAME", "").strip('"')
    rows = output_of(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(REPO_URI)|$(CODENAME)|$(LABEL)|$(CREATED_BY)",
        ]
    )
    for row in rows.splitlines():
        uri, name, label, creator = row.rsplit("|", 3)
        if (name, label, creator) == (codename or "sid", "Debian", "Packages"):
            return uri
    return None


def _from_debian() -> str | None:
    """Unpack Debian's odoo-19 into PART and return its version; None if not to be had.

    Only the one file is fetched, with private apt folders: installing it would pull
    Debian sid's Python. apt checks Debian's signature as always.
    """
    mirror = _debian_mirror()
    if not mirror or not shutil.which("dpkg-deb"):
        return None
    shutil.rmtree(APT, ignore_errors=True)
    for folder in ("lists/partial", "cache/archives/partial"):
        (APT / folder).mkdir(parents=True)
    keyring = next((f"[signed-by={path}] " for path in KEYRINGS if path.exists()), "")
    sources = APT / "sources.list"
    sources.write_text(
        "".join(
            f"deb {keyring}{mirror} {suite} main\n" for suite in ("sid", "bookworm")
        )
    )
    # apt splits no option at spaces, so a checkout in "My Files" works.
    options = [
        f"-oDir::Etc::SourceList={sources}",
        "-oDir::Etc::SourceParts=/dev/null",
        f"-oDir::State::Lists={APT / 'lists'}",
        f"-oDir::Cache={APT / 'cache'}",
        "-oAcquire::Languages=none",
    ]
    if is_root():
        # apt's own user may not enter the checkout's folder; its warning only confuses.
        options.append("-oAPT::Sandbox::User=root")
    try:
        with timed("Odoo 19: Debian's package odoo-19 (about 125 MB)"):
            run(["apt-get", *options, "-q", "update"], cwd=APT)
            run(["apt-get", *options, "download", "odoo-19"], cwd=APT)
    except subprocess.CalledProcessError:
        say(
            "   Debian's mirror offers no odoo-19; trying the source repository instead"
        )
        return None
    try:
        wanted = [f"{name}/bookworm" for name in LINKED_PACKAGES]
        run(["apt-get", *options, "-q", "download", *wanted], cwd=APT)
    except subprocess.CalledProcessError:
        say("   Some fonts could not be fetched: icons may be missing in the demo.")
    with timed("Odoo 19: unpacking (1.2 GB)"):
        PART.mkdir()
        for package in sorted(APT.glob("*.deb")):
            run(["dpkg-deb", "-x", package, PART])
    (package,) = APT.glob("odoo-19_*.deb")
    version = output_of(["dpkg-deb", "-f", package, "Version"])
    shutil.rmtree(APT)
    _mend_debian_package(PART / DIST_PACKAGES / "odoo")
    return f"Debian odoo-19 {version}"


def _mend_debian_package(odoo: Path) -> None:
    """Put an empty file in place of one Debian leaves out (video blur in mail).

    Odoo logs an error for the missing file, and every browser tour then fails.
    """
    blur = odoo / "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    if not blur.exists():
        blur.parent.mkdir(parents=True, exist_ok=True)
        blur.write_text("/* not part of Debian's package */\n")


def _from_github() -> str:
    """Clone the branch 19.0 into PART and return its commit."""
    remedy = (
        "set ODOO_SOURCE to an Odoo 19 source tree, then run the same command again."
    )
    if not shutil.which("git"):
        raise SetupError(
            f"Odoo 19 could not be fetched, git is missing: install git or {remedy}"
        )
    try:
        with timed(f"Odoo 19: shallow clone of branch {BRANCH}"):
            run(
                ["git", "clone", "--progress", "--depth=1", "--single-branch"]
                + [f"--branch={BRANCH}", REPOSITORY, str(PART)]
            )
    except subprocess.CalledProcessError:
        raise SetupError(
            f"Odoo 19 could be had neither from Debian's mirror nor from its repository: {remedy}"
        ) from None
    return (
        f"branch {BRANCH}, commit {output_of(['git', 'rev-parse', 'HEAD'], cwd=PART)}"
    )
