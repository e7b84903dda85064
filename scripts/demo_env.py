"""Play the demo's story inside an Odoo environment; run by `make demo`.

The figures that the story returns go to `.local/demo-summary.json`.

python -m scripts.demo_env LOCALE LANGUAGE FOLDER ODOO-OPTIONS...
"""

import json
import sys
import threading
from pathlib import Path

import odoo.tools
from odoo import SUPERUSER_ID, api, http
from odoo.modules.registry import Registry
from odoo.service import server

from demo import story

from .common import SUMMARY


def main() -> None:
    """Load the language, call the story, commit, and keep what it returns."""
    locale, language, folder, *options = sys.argv[1:]
    odoo.tools.config.parse_config(options, setup_logging=True)
    (database,) = odoo.tools.config["db_name"]
    threading.current_thread().dbname = database
    # PDFs need a web server: wkhtmltopdf asks it for the style sheets.
    server.load_server_wide_modules()
    server.server = server.ThreadedServer(http.root)
    registry = Registry(database)
    server.server.http_spawn()
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        parameters = env["ir.config_parameter"]
        # A clone carries its template's identity and secrets; these are new ones.
        parameters.init(force=True)
        address = f"http://localhost:{odoo.tools.config['http_port']}"
        parameters.set_param("web.base.url", address)
        _load_language(env, language)
        cr.commit()
        summary = story.main(env, Path(folder), locale)
        cr.commit()
    SUMMARY.write_text(json.dumps(summary, indent=1, default=str) + "\n")


def _load_language(env: api.Environment, code: str) -> None:
    language = (
        env["res.lang"].with_context(active_test=False).search([("code", "=", code)])
    )
    if not language.active:
        values = {"lang_ids": [(6, 0, language.ids)], "overwrite": False}
        env["base.language.install"].create(values).lang_install()


if __name__ == "__main__":
    main()
