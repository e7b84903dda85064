from odoo import api, fields, models

from odoo.addons.msp_contract_billing.wizard.readable import readable

from ..matching.bill_document import points

# What speaks for a bill and a file being one invoice, as `matching.evidence` has it.
MAX_LINES = 20


class MspBillMatch(models.TransientModel):
    """Which of a provider's files is a bill, or which bill is a file's invoice."""

    _name = "msp.bill.match"
    _description = "Match a vendor bill with its file"

    move_id = fields.Many2one("account.move", "Vendor Bill", readonly=True)
    import_id = fields.Many2one("msp.import", readonly=True)
    keep_lines = fields.Boolean(
        "Keep the Bill's Lines",
        help="Only link bill and file. Else the lines of a draft are replaced by those "
        "of the file; what it had comes back if the match is undone.",
    )
    line_ids = fields.One2many("msp.bill.match.line", "match_id", "Candidates")

    @api.model
    def _open_for_move(self, move):
        providers = move._msp_find_providers()
        unbooked = self.env["msp.import"]._load_unbooked(providers, move.company_id)
        return self._open([(move, one) for one in unbooked])._action_open(
            self.env._("Match %s with a File", move.display_name), {"move_id": move.id}
        )

    @api.model
    def _open_for_import(self, import_):
        # Other files of an invoice are matched together with this one.
        unbooked = import_._group_for_bills()[0]._load_unbooked()
        unbooked = [one for one in unbooked if import_ in one.imports]
        moves = import_._find_documents()
        pairs = [(move, one) for move in moves for one in unbooked]
        return self._open(pairs)._action_open(
            self.env._("Match %s with a Vendor Bill", import_.display_name),
            {"import_id": import_.id},
        )

    @api.model
    def _open(self, pairs):
        names = {
            "number": self.env._("same number"),
            "name": self.env._("number in an attachment's name"),
            "total": self.env._("same total"),
            "month": self.env._("of this month"),
        }
        found = []
        for move, one in pairs:
            why = move._msp_weigh(one)
            found.append((points(why), move, one, why))
        found.sort(key=lambda item: -item[0])
        return self.create(
            {
                "line_ids": [
                    fields.Command.create(
                        {
                            "move_id": move.id,
                            "number": one.number,
                            "currency_id": one.currency.id,
                            "import_ids": [fields.Command.set(one.imports.ids)],
                            "file_net": float(one.listed.totals[0]),
                            "points": score,
                            "why": ", ".join(names[each] for each in why),
                        }
                    )
                    for score, move, one, why in found[:MAX_LINES]
                ]
            }
        )

    def _action_open(self, name, vals):
        self.write(vals)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "name": name,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }


class MspBillMatchLine(models.TransientModel):
    """One pair of bill and file that may be the same invoice."""

    _name = "msp.bill.match.line"
    _description = "Vendor bill and file that may be one"
    _order = "points desc, id"

    match_id = fields.Many2one("msp.bill.match", required=True, ondelete="cascade")
    move_id = fields.Many2one("account.move", "Vendor Bill", readonly=True)
    move_state = fields.Selection(related="move_id.state", string="State")
    move_ref = fields.Char(related="move_id.ref", string="Reference")
    invoice_date = fields.Date(related="move_id.invoice_date", string="Date")
    bill_net = fields.Monetary(
        "Bill's Net", related="move_id.amount_untaxed", currency_field="currency_id"
    )
    number = fields.Char("Invoice", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    import_ids = fields.Many2many("msp.import", string="Imports", readonly=True)
    import_names = fields.Char("Files", compute="_compute_import_names")
    file_net = fields.Monetary("File's Net", readonly=True)
    points = fields.Integer(readonly=True)
    why = fields.Char("What Speaks for It", readonly=True)

    @api.constrains("move_id", "import_ids")
    def _check_readable(self):
        for line in self:
            readable(line.move_id)
            readable(line.import_ids)

    @api.depends("import_ids")
    def _compute_import_names(self):
        for line in self:
            line.import_names = ", ".join(line.import_ids.mapped("name"))

    def action_match(self):
        """Match the pair; open the bill."""
        self.ensure_one()
        self.move_id._msp_check_accountant()
        self.import_ids._check_may_book()
        self.import_ids._match_bill(
            self.move_id, self.number, self.currency_id, self.match_id.keep_lines
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
