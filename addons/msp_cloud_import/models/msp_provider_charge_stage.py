import json
from datetime import datetime
from io import StringIO

from odoo import api, models
from odoo.tools import SQL


class MspProviderCharge(models.Model):
    """Storing the rows of a file."""

    _inherit = "msp.provider.charge"

    @api.model
    def _stage(self, vals_list):
        """Store rows by COPY, digits as in the file; the import has the right to.

        `create` needs about a millisecond per row and rounds money.
        """
        copy_rows(self.env, self._table, self._with_state(vals_list))

    @api.model
    def _put_aside(self, vals_list):
        """Return rows as a text of which `_stage` stores the same later."""
        columns, text = _copy_lines(self.env, self._with_state(vals_list))
        return "\n".join((self._table, " ".join(columns), text))

    def _with_state(self, vals_list):
        return [{**vals, "state": "waiting"} for vals in vals_list]


def copy_rows(env, table, vals_list, is_logged=True):
    """Store rows by COPY; fields are not checked.

    :param vals_list: values as columns take them, each with the same names
    :param is_logged: whether the table says who made its rows, and when
    """
    if vals_list:
        columns, text = _copy_lines(env, vals_list, is_logged)
        names = SQL(", ").join(SQL.identifier(name) for name in columns)
        query = SQL("COPY %s (%s) FROM STDIN", SQL.identifier(table), names)
        env.cr.copy_expert(query.code, StringIO(text))


def _copy_lines(env, vals_list, is_logged=True):
    """Return the columns of rows, and a line for each as COPY reads it."""
    common = {
        "create_uid": env.uid,
        "write_uid": env.uid,
        "create_date": env.cr.now(),
        "write_date": env.cr.now(),
    }
    common = common if is_logged else {}
    columns = [*vals_list[0], *common]
    same = [_copy_text(value) for value in common.values()]
    lines = ("\t".join([*map(_copy_text, vals.values()), *same]) for vals in vals_list)
    return columns, "\n".join(lines) + "\n"


def _copy_text(value):
    """Return a value as COPY reads it in its text format."""
    if value is None:
        return r"\N"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, datetime):
        value = value.isoformat(" ")
    text = str(value)
    for character, escape in (
        ("\\", r"\\"),
        ("\t", r"\t"),
        ("\n", r"\n"),
        ("\r", r"\r"),
    ):
        text = text.replace(character, escape)
    return text
