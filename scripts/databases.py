"""Template databases, made once per content and cloned for every use.

tmpl_deps_<hash>     Odoo's own modules that everything here builds on
tmpl_<addon>_<hash>  a clone of the one below, with the addon installed

The hash covers what the database was made from, so a template is never out of date: it is
used as it is, or made again under another name, and the old one dropped.
"""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil
from psycopg2 import sql

from .addons import Addon
from .common import LOGS, set_up_lock, timed
from .odoo_run import Runtime
from .services import ODOO_DATA

BASE_MODULES = ("sale_management", "account", "portal", "l10n_de")


def _filestore(database: str) -> Path:
    return ODOO_DATA / "filestore" / database


def exists(runtime: Runtime, database: str) -> bool:
    with runtime.server.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        return bool(cursor.fetchone())


def drop(runtime: Runtime, database: str) -> None:
    """Remove a database, whoever is connected, and its files."""
    with runtime.server.cursor() as cursor:
        # Not WITH (FORCE): that fails when autovacuum, another role, is at work there.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND usename = current_user AND pid <> pg_backend_pid()",
            [database],
        )
        statement = sql.SQL("DROP DATABASE IF EXISTS {}")
        cursor.execute(statement.format(sql.Identifier(database)))
    shutil.rmtree(_filestore(database), ignore_errors=True)


def _create(runtime: Runtime, database: str) -> None:
    """Make an empty database as Odoo does, replacing one of the same name.

    Odoo's own way logs an error where pg_trgm is missing, as in the embedded server.
    """
    drop(runtime, database)
    statement = sql.SQL(
        "CREATE DATABASE {} ENCODING 'UTF8' LC_COLLATE 'C' TEMPLATE template0"
    )
    with runtime.server.cursor() as cursor:
        cursor.execute(statement.format(sql.Identifier(database)))
    with runtime.server.cursor(database) as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        if cursor.fetchone():
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")


def clone(runtime: Runtime, template: str, database: str) -> None:
    """Make a database as a copy of a template, replacing one of the same name."""
    drop(runtime, database)
    with runtime.server.cursor() as cursor:
        statement = "CREATE DATABASE {} TEMPLATE {}"
        if cursor.connection.server_version >= 150000:
            # Copying files is quicker than writing 60 MB through the log.
            statement += " STRATEGY file_copy"
        names = sql.Identifier(database), sql.Identifier(template)
        cursor.execute(sql.SQL(statement).format(*names))
    if _filestore(template).is_dir():
        # Odoo never changes a stored file, so a hard link does for a copy.
        shutil.copytree(
            _filestore(template), _filestore(database), copy_function=os.link
        )


def rename(runtime: Runtime, database: str, name: str) -> None:
    """Give a database its final name, replacing one of that name."""
    drop(runtime, name)
    if _filestore(database).is_dir():
        _filestore(database).rename(_filestore(name))
    statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with runtime.server.cursor() as cursor:
        cursor.execute(statement.format(sql.Identifier(database), sql.Identifier(name)))


@contextlib.contextmanager
def temporary(runtime: Runtime, template: str, purpose: str) -> Iterator[str]:
    """Lend a clone that nobody else uses, and drop it afterwards."""
    _drop_left_over(runtime)
    name = f"test_{purpose}_{os.getpid()}"
    clone(runtime, template, name)
    _leave_alone(runtime, name)
    try:
        yield name
    finally:
        drop(runtime, name)


def _leave_alone(runtime: Runtime, database: str) -> None:
    """Keep autovacuum from a database whose tests roll everything back.

    It would write down that tables are almost empty, while the next test fills them in
    a transaction that it cannot see: queries on a chart of accounts then take minutes.
    """
    with runtime.server.cursor(database) as cursor:
        cursor.execute(
            """
            DO $$
            DECLARE name regclass;
            BEGIN
              FOR name IN SELECT oid FROM pg_class
                           WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
              LOOP
                EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = false)', name);
              END LOOP;
            END $$
            """
        )


def deps_template(runtime: Runtime) -> str:
    """Return the template with Odoo's own modules, making it if needed."""
    made_from = f"{runtime.odoo.version}\n{','.join(BASE_MODULES)}"
    return _template(runtime, "deps", made_from, None, BASE_MODULES)


def addon_template(runtime: Runtime, addon: Addon, addons: list[Addon]) -> str:
    """Return the template of an addon: it and those below it, nothing else of ours."""
    below = [other for other in addons if other.name in addon.below]
    # `addons` is ordered, so the last one brings the most of those below.
    parent = (
        addon_template(runtime, below[-1], addons) if below else deps_template(runtime)
    )
    hashes = [other.digest() for other in [*below, addon]]
    return _template(
        runtime, addon.name, "\n".join([parent, *hashes]), parent, [addon.name]
    )


def top_template(runtime: Runtime, addons: list[Addon]) -> str:
    """Return the template that has all addons."""
    if not addons:
        return deps_template(runtime)
    last = addons[-1]
    rest = [addon for addon in addons if addon != last and addon.name not in last.below]
    parent = addon_template(runtime, last, addons)
    if not rest:
        return parent
    made_from = "\n".join([parent, *(addon.digest() for addon in rest)])
    return _template(runtime, "all", made_from, parent, [addon.name for addon in rest])


def _template(
    runtime: Runtime,
    label: str,
    made_from: str,
    parent: str | None,
    modules: Iterable[str],
) -> str:
    name = f"tmpl_{label}_{hashlib.sha256(made_from.encode()).hexdigest()[:12]}"
    if not exists(runtime, name):
        with set_up_lock():
            # Another command may have made it while this one waited.
            if not exists(runtime, name):
                _make_template(runtime, name, label, parent, modules)
    return name


def _make_template(
    runtime: Runtime, name: str, label: str, parent: str | None, modules: Iterable[str]
) -> None:
    part = f"part_{label}"
    with timed(f"Template database {name}: installing {', '.join(modules)}"):
        if parent:
            clone(runtime, parent, part)
        else:
            _create(runtime, part)
        runtime.install(part, modules, LOGS / f"install_{label}.log")
        _drop_templates(runtime, label)
        rename(runtime, part, name)


def _drop_templates(runtime: Runtime, label: str) -> None:
    """Drop older templates of the same label."""
    for name in _names(runtime, f"^tmpl_{label}_[0-9a-f]{{12}}$"):
        drop(runtime, name)


def _drop_left_over(runtime: Runtime) -> None:
    """Drop clones of test runs that were killed; only this machine's, so on a socket."""
    if not runtime.server.host.startswith("/"):
        return
    for name in _names(runtime, "^test_[a-z0-9_]+_[0-9]+$"):
        if not psutil.pid_exists(int(name.rsplit("_", 1)[1])):
            drop(runtime, name)


def _names(runtime: Runtime, pattern: str) -> list[str]:
    """Return the databases whose name matches a regular expression."""
    with runtime.server.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [pattern])
        return [name for (name,) in cursor.fetchall()]
