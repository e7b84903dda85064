"""`make i18n`: bring the addons' translation files up to date with their sources.

Exports the terms of each addon to `i18n/<addon>.pot` and merges them into its `.po` files:
new terms come without a translation, terms that are gone are dropped.
"""

import os

import polib

from .addons import Addon
from .common import LOGS, ODOO_CONF, VENV_PYTHON, run, say
from .odoo_run import Runtime

# Changing lines that only make a difference between two versions hard to read.
_NOISE = ("POT-Creation-Date", "PO-Revision-Date")


def export_terms(runtime: Runtime, database: str, addons: list[Addon]) -> None:
    """Write the templates and merge them, with `database` having all addons."""
    for addon in addons:
        folder = addon.path / "i18n"
        template = folder / f"{addon.name}.pot"
        folder.mkdir(exist_ok=True)
        command = [VENV_PYTHON, "-m", "odoo", "i18n", "export", "-c", ODOO_CONF]
        command += ["-d", database, "-o", template, addon.name]
        log = LOGS / f"i18n_{addon.name}.log"
        run(command, env={**os.environ, **runtime.environment()}, log=log)
        terms = polib.pofile(str(template), wrapwidth=78)
        for key in _NOISE:
            terms.metadata.pop(key, None)
        terms.save()
        for path in sorted(folder.glob("*.po")):
            translated = polib.pofile(str(path), wrapwidth=78)
            translated.merge(terms)
            for entry in translated.obsolete_entries():
                translated.remove(entry)
            translated.save()
            open_terms = len(translated.untranslated_entries())
            say(f"{path.name} of {addon.name}: {open_terms} terms to translate")
