from odoo import api, models
from odoo.exceptions import UserError

# Callers by RPC may set any key of the context, but cannot send this object.
_PASS = object()

#: What ties a bill to the files that it books.
TIES = (
    "msp_import_ids",
    "msp_import_shares",
    "msp_file_number",
    "msp_file_total",
    "msp_has_file_tax",
    "msp_currency_rate",
    "msp_rate_note",
    "msp_match_undo",
)
LINE_TIES = ("msp_is_difference", "msp_row_count", "msp_cost_shares")


def _refuse(records, names):
    field = records._fields[min(names)]
    raise UserError(
        records.env._(
            '"%(field)s" follows from the provider\'s file and cannot be entered. '
            'Make the bill from its import, or press "Match Bill" there.',
            field=field._description_string(records.env),
        )
    )


def _check_create(records, vals_list, ties):
    context = records.env.context
    if context.get("msp_ties") is _PASS:
        return
    named = {name for vals in vals_list for name in ties if vals.get(name)}
    named.update(name for name in ties if context.get(f"default_{name}"))
    if named:
        _refuse(records, named)


def _check_write(records, vals, ties):
    named = vals.keys() & set(ties)
    if named and records.env.context.get("msp_ties") is not _PASS:
        _refuse(records, named)


class AccountMove(models.Model):
    """What ties a bill to its files is entered by nobody, superuser included."""

    _inherit = "account.move"

    @api.model_create_multi
    def create(self, vals_list):
        _check_create(self, vals_list, TIES)
        return super().create(vals_list)

    def write(self, vals):
        _check_write(self, vals, TIES)
        return super().write(vals)

    def _msp_create_tied(self, vals):
        """Create a bill with what ties it to its files."""
        tied = self.with_context(msp_ties=_PASS).create(vals)
        return tied.with_env(self.env)

    def _msp_write_tied(self, vals):
        """Write the same."""
        return self.with_context(msp_ties=_PASS).write(vals)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        _check_create(self, vals_list, LINE_TIES)
        return super().create(vals_list)

    def write(self, vals):
        _check_write(self, vals, LINE_TIES)
        return super().write(vals)
