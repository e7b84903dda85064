"""German, Dutch and Finnish are complete for what the addons export."""

import io
from pathlib import Path

import polib
import pytest

from odoo.modules.registry import Registry
from odoo.tools import config
from odoo.tools.translate import trans_export

ADDONS = Path(__file__).resolve().parents[2] / "addons"
NAMES = sorted(path.parent.name for path in ADDONS.glob("*/__manifest__.py"))


@pytest.fixture(scope="module")
def terms():
    """Return {addon: set of the terms that it exports}."""
    import odoo.api

    database = config["db_name"]
    database = database[0] if isinstance(database, list) else database
    result = {}
    with Registry(database).cursor() as cursor:
        env = odoo.api.Environment(cursor, odoo.api.SUPERUSER_ID, {})
        for name in NAMES:
            buffer = io.BytesIO()
            trans_export(False, [name], buffer, "po", env)
            result[name] = {
                entry.msgid for entry in polib.pofile(buffer.getvalue().decode())
            }
    return result


@pytest.mark.parametrize("language", ["de", "nl", "fi"])
@pytest.mark.parametrize("name", NAMES)
def test_every_term_is_translated(terms, name, language):
    path = ADDONS / name / "i18n" / f"{language}.po"
    translated = {
        entry.msgid
        for entry in polib.pofile(str(path))
        if entry.msgstr and not entry.fuzzy
    }
    missing = sorted(terms[name] - translated)
    assert not missing, f"run `make i18n` and translate {path}: {missing}"
