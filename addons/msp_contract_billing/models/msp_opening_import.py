import base64
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import date_utils

from ..takeover import UnreadableFile, read_table, to_table
from .money import day_before

STATES = [("draft", "File"), ("preview", "Preview"), ("done", "Entered")]
#: Fields of the ledger whose names head the columns of its export.
EXPORTED = {
    "contract": ("contract_id",),
    "position": ("position_id",),
    "start": ("date_start",),
    "end": ("date_end",),
    "amount": ("amount",),
    "reference": ("opening_reference", "move_id"),
    "currency": ("currency_id",),
    "kind": ("kind",),
    "counts": ("counts",),
}


class MspOpeningImport(models.Model):
    """What an earlier system has billed, from a file: preview, then all at once.

    A contract with a problem is left out as a whole, since half of its claims
    would make the next run bill or credit the other half.
    """

    _name = "msp.opening.import"
    _description = "Import of opening claims"
    _inherit = "msp.action.mixin"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    file = fields.Binary(attachment=True)
    file_name = fields.Char()
    date_until = fields.Date(
        "Billed Until",
        required=True,
        default=lambda self: day_before(
            date_utils.start_of(fields.Date.context_today(self), "month")
        ),
        help="For the template: last day that the earlier system has billed.",
    )
    state = fields.Selection(STATES, default="draft", readonly=True, copy=False)
    row_ids = fields.One2many("msp.opening.row", "import_id", "Rows", readonly=True)
    charge_ids = fields.One2many(
        "msp.charge", "opening_import_id", "Opening Claims", readonly=True
    )
    ready_count = fields.Integer("Ready", compute="_compute_counts")
    problem_count = fields.Integer("With Problems", compute="_compute_counts")
    warning_count = fields.Integer("To Check", compute="_compute_counts")
    left_out_count = fields.Integer("Left Out", compute="_compute_counts")
    entered_count = fields.Integer("Entered Claims", compute="_compute_counts")
    open_count = fields.Integer("Claims That Count", compute="_compute_counts")

    @api.depends("file_name", "create_date")
    def _compute_name(self):
        for one in self:
            one.name = one.file_name or self.env._("Opening Claims")

    @api.depends("row_ids.state", "row_ids.warning", "charge_ids.counts")
    def _compute_counts(self):
        for one in self:
            rows = one.row_ids.grouped("state")
            none = one.row_ids.browse()
            one.ready_count = len(rows.get("ready", none))
            one.problem_count = len(rows.get("problem", none))
            one.left_out_count = len(rows.get("left_out", none))
            one.warning_count = len(one.row_ids.filtered("warning"))
            entered = one.charge_ids.filtered(lambda charge: charge.kind == "opening")
            one.entered_count = len(entered)
            one.open_count = len(entered.filtered("counts"))

    def write(self, vals):
        if {"file", "company_id"} & vals.keys():
            # What is entered is what somebody has seen.
            self._check_not_entered()
            self.row_ids.unlink()
            vals = {**vals, "state": "draft"}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_entered(self):
        for one in self:
            if one.charge_ids:
                raise UserError(
                    self.env._(
                        "%s has entered claims and stays as their record. Take them "
                        "back if they are wrong.",
                        one.name,
                    )
                )

    # File

    def action_read(self):
        """Read the file anew: what would be entered, and what is wrong."""
        self.ensure_one()
        self._check_not_entered()
        if not self.file:
            raise UserError(
                self.env._(
                    "Choose a file first, CSV or XLSX, or download the template."
                )
            )
        reading = self._read()
        titles = self._column_titles()
        if reading.missing:
            raise UserError(
                self.env._(
                    "%(file)s has no column for: %(columns)s. Name the columns as the "
                    "template does.",
                    file=self.name,
                    columns=", ".join(titles[name] for name in reading.missing),
                )
            )
        if not reading.rows:
            raise UserError(
                self.env._(
                    "%s has headings but no rows. Fill in what was billed before.",
                    self.name,
                )
            )
        self.row_ids.unlink()
        rows = self.env["msp.opening.row"].create(
            [
                {"import_id": self.id, **vals}
                for vals in self.env["msp.opening.row"]._prepare_rows(
                    self.company_id, reading
                )
            ]
        )
        rows._set_contracts_aside()
        self.state = "preview"
        return True

    def _read(self):
        try:
            table = to_table(base64.b64decode(self.file))
        except UnreadableFile as error:
            sentences = {
                "large": self.env._("it is too large; split it"),
                "rows": self.env._(
                    "it has too many rows; split it between two contracts"
                ),
                "empty": self.env._("it is empty"),
                "kind": self.env._(
                    "it is neither a CSV file nor an XLSX workbook, or it is damaged or "
                    "protected"
                ),
                "quotes": self.env._(
                    "a quotation mark is not closed in row %s or below, or a cell is too "
                    "long",
                    error.row,
                ),
            }
            raise UserError(
                self.env._(
                    "%(file)s cannot be read: %(why)s.",
                    file=self.name,
                    why=sentences[error.code],
                )
            ) from error
        return read_table(table, *self._find_aliases())

    @api.model
    def _column_titles(self):
        """Return {column: heading} of the template, in the user's language."""
        return {
            "contract": self.env._("Contract"),
            "position": self.env._("Position"),
            "start": self.env._("First Day"),
            "end": self.env._("Last Day"),
            "amount": self.env._("Amount"),
            "reference": self.env._("Invoice"),
        }

    @api.model
    def _find_aliases(self):
        """Return the headings of template and ledger's export in all languages.

        :return: {column: names}, and {kind: names} of the kinds that matter
        """
        aliases, kinds = defaultdict(set), defaultdict(set)
        for code, _name in self.env["res.lang"].get_installed():
            one = self.with_context(lang=code)
            charges = one.env["msp.charge"]
            for column, title in one._column_titles().items():
                aliases[column].add(title)
            for column, names in EXPORTED.items():
                for name in names:
                    field = charges._fields[name]
                    aliases[column].add(field._description_string(charges.env))
            for kind, label in charges._fields["kind"]._description_selection(
                charges.env
            ):
                kinds[kind].add(label)
        return aliases, kinds

    def action_enter(self):
        """Enter the rows that are ready, all in one transaction."""
        self.ensure_one()
        self.check_access("write")
        self._check_not_entered()
        # Somebody may have billed or entered claims since the preview.
        self.action_read()
        ready = self.row_ids.filtered(lambda row: row.state == "ready")
        if not ready:
            raise UserError(
                self.env._(
                    "No row of %s is ready. Correct the rows with problems in the file "
                    "and choose it again.",
                    self.name,
                )
            )
        self.env["msp.charge"]._enter_opening(
            [
                {
                    "position": row.position_id,
                    "start": row.date_start,
                    "end": row.date_end,
                    "amount": row.amount,
                    "reference": row.reference,
                    "import_id": self.id,
                }
                for row in ready
            ]
        )
        ready.state = "entered"
        self.state = "done"
        return True

    def _check_not_entered(self):
        for one in self.filtered("charge_ids"):
            raise UserError(
                self.env._(
                    "%s has been entered already. Begin another import for further "
                    "rows.",
                    one.name,
                )
            )

    def action_take_back(self):
        """Undo: take all claims of the file back."""
        return self.charge_ids.action_take_back()

    def action_view_charges(self):
        return self._action_view(
            self.env._("Opening Claims"),
            "msp.charge",
            [("opening_import_id", "in", self.ids)],
        )

    def action_view_rows(self):
        return self._action_view(
            self.env._("Rows of %s", self.name),
            "msp.opening.row",
            [("import_id", "in", self.ids)],
        )
