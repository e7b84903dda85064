import json

from odoo import api, fields, models
from odoo.tools import format_amount

from .msp_import import BUCKETS
from .msp_provider import format_month

# Months that the graph of a card shows.
GRAPH_MONTHS = 6


class MspProvider(models.Model):
    """The board: what came of each provider, and what is left to do."""

    _inherit = "msp.provider"

    import_count = fields.Integer("Imports Made", compute="_compute_board")
    last_import_id = fields.Many2one("msp.import", compute="_compute_board")
    last_import_at = fields.Datetime("Last File On", compute="_compute_board")
    last_file_name = fields.Char("Last File", compute="_compute_board")
    last_month_label = fields.Char("Last Month", compute="_compute_board")
    last_complete_month = fields.Date(
        "Complete until",
        compute="_compute_board",
        help="The last month whose files are all applied: no row waits or could not "
        "be read, and no change failed.",
    )
    last_complete_label = fields.Char("Last Complete Month", compute="_compute_board")
    columns_count = fields.Integer("Columns to Confirm", compute="_compute_board")
    unfinished_count = fields.Integer("Unfinished", compute="_compute_board")
    currency_id = fields.Many2one("res.currency", compute="_compute_board")
    amount_waiting = fields.Monetary(
        "Waiting",
        compute="_compute_money",
        help="Money of the rows that no contract carries yet, in all imports.",
    )
    amount_unmapped = fields.Monetary(
        "Not Assigned",
        compute="_compute_money",
        help="Money of the rows whose customer or article is not assigned yet.",
    )
    other_waiting = fields.Char(
        "Waiting in Other Currencies",
        compute="_compute_money",
        help="The sums above are those in the currency of the last file.",
    )
    cost_graph = fields.Text(compute="_compute_cost_graph")
    has_cost = fields.Boolean(compute="_compute_cost_graph")
    is_to_do = fields.Boolean(
        "To Do", compute="_compute_is_to_do", search="_search_is_to_do"
    )

    @api.depends("import_ids.state", "import_ids.month")
    @api.depends_context("company", "allowed_company_ids", "lang")
    def _compute_board(self):
        imports = self.env["msp.import"].search(
            [("provider_id", "in", self.ids), ("state", "!=", "withdrawn")],
            order="date_end desc, id desc",
        )
        incomplete = imports._find_incomplete()
        by_provider = imports.grouped("provider_id")
        for provider in self:
            own = by_provider.get(provider._origin, imports.browse())
            unread = own.filtered(lambda one: one.state in ("new", "columns"))
            read = (own - unread).filtered(lambda one: not one.is_count)
            latest = read[:1]
            months = {month for month in read.mapped("month") if month}
            complete = months.difference((read & incomplete).mapped("month"))
            complete = max(complete, default=False)
            provider.import_count = len(own)
            provider.columns_count = len(
                own.filtered(lambda one: one.state == "columns")
            )
            provider.unfinished_count = len(
                own.filtered(lambda one: one.state != "applied" or one.is_running)
            )
            provider.last_import_id = latest
            provider.last_import_at = latest.create_date
            provider.last_file_name = latest.file_name
            provider.last_month_label = bool(months) and format_month(
                self.env, max(months)
            )
            provider.last_complete_month = complete
            provider.last_complete_label = complete and format_month(self.env, complete)
            provider.currency_id = latest.currency_id or self.env.company.currency_id

    @api.depends("import_ids.state", "import_ids.provider_charge_ids.state")
    @api.depends_context("company", "allowed_company_ids", "lang")
    def _compute_money(self):
        sums = {}
        live = [("import_id.state", "!=", "withdrawn")]
        for provider, state, currency, amount in self.env[
            "msp.provider.charge"
        ]._read_group(
            [
                ("provider_id", "in", self.ids),
                ("state", "in", BUCKETS["waiting"]),
                *live,
            ],
            ["provider_id", "state", "currency_id"],
            ["billed_cost:sum"],
        ):
            _add(sums, (provider.id, currency, "waiting"), amount)
            if state != "waiting":
                _add(sums, (provider.id, currency, "unmapped"), amount)
        for import_, currency, amount in self.env["msp.import.problem"]._read_group(
            [
                ("import_id.provider_id", "in", self.ids),
                ("currency_id", "!=", False),
                ("is_ignored", "=", False),
                *live,
            ],
            ["import_id", "currency_id"],
            ["amount:sum"],
        ):
            _add(sums, (import_.provider_id.id, currency, "waiting"), amount)
        for provider in self:
            ours = provider._origin.id, provider.currency_id
            provider.amount_waiting = sums.get((*ours, "waiting"), 0.0)
            provider.amount_unmapped = sums.get((*ours, "unmapped"), 0.0)
            provider.other_waiting = ", ".join(
                format_amount(self.env, amount, currency)
                for (provider_id, currency, kind), amount in sums.items()
                if (provider_id, kind) == (provider._origin.id, "waiting")
                and currency not in (provider.currency_id, currency.browse())
                and not currency.is_zero(amount)
            )

    @api.depends("import_ids.state", "import_ids.amount_read")
    @api.depends_context("company", "allowed_company_ids", "lang")
    def _compute_cost_graph(self):
        """Sum the last months' files, without rows that two of them repeat."""
        imports = self.env["msp.import"].search(
            [
                ("provider_id", "in", self.ids),
                ("state", "!=", "withdrawn"),
                ("month", "!=", False),
            ],
            order="month desc",
        )
        last = {}
        for one in imports:
            last.setdefault(one.provider_id.id, one.month)
        imports = imports.filtered(
            lambda one: (
                one.month
                > fields.Date.subtract(last[one.provider_id.id], months=GRAPH_MONTHS)
            )
        )
        known = {
            (import_, currency): amount
            for import_, currency, amount in self.env[
                "msp.provider.charge"
            ]._read_group(
                [
                    ("import_id", "in", imports.ids),
                    "|",
                    ("known_charge_id", "!=", False),
                    ("superseded_by_id", "!=", False),
                ],
                ["import_id", "currency_id"],
                ["billed_cost:sum"],
            )
        }
        sums = {}
        for one in imports:
            amount = one.amount_read - known.get((one, one.currency_id), 0.0)
            _add(sums, (one.provider_id.id, one.currency_id, one.month), amount)
        for provider in self:
            ours = provider._origin.id, provider.currency_id
            months = {key[2]: value for key, value in sums.items() if key[:2] == ours}
            provider.has_cost = bool(months)
            provider.cost_graph = json.dumps(
                provider._draw_cost(months, last.get(provider._origin.id))
            )

    def _draw_cost(self, months, last):
        """Return what the widget of Odoo's journals draws: a bar per month."""
        bars = []
        for back in reversed(range(GRAPH_MONTHS if last else 0)):
            month = fields.Date.subtract(last, months=back)
            bars.append(
                {
                    "label": format_month(self.env, month, short=True),
                    "value": self.currency_id.round(months.get(month, 0.0)),
                    "type": "past",
                }
            )
        title = self.env._("Cost in %s", self.currency_id.name)
        return [{"values": bars, "title": "", "key": title, "is_sample_data": False}]

    def _compute_is_to_do(self):
        to_do = self._find_to_do()
        for provider in self:
            provider.is_to_do = provider._origin.id in to_do

    def _search_is_to_do(self, operator, _value):
        if operator != "in":
            return NotImplemented
        return [
            ("id", "in", sorted(self.search([("active", "=", True)])._find_to_do()))
        ]

    def _find_to_do(self):
        """Return the ids of those where somebody has something to do."""
        unfinished = self.env["msp.import"]._read_group(
            [
                ("provider_id", "in", self.ids),
                "|",
                ("is_running", "=", True),
                ("state", "not in", ("applied", "withdrawn")),
            ],
            ["provider_id"],
        )
        waiting = self.env["msp.provider.charge"]._read_group(
            [
                ("provider_id", "in", self.ids),
                ("state", "in", BUCKETS["waiting"]),
                ("import_id.state", "!=", "withdrawn"),
            ],
            ["provider_id"],
        )
        late = self.filtered("is_late").ids
        return {provider.id for (provider,) in unfinished + waiting}.union(late)

    # What the buttons of a card open

    def action_upload(self):
        """Open the window into which files are dropped."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_import_upload_action"
        )
        return {**action, "context": {"default_provider_id": self[:1].id}}

    def action_view_imports(self):
        return self._action_view_imports()

    def action_view_unfinished(self):
        """Show the imports that are not applied yet."""
        return self._action_view_imports(search_default_unfinished=1)

    def action_view_columns(self):
        """Open what the columns of a file mean, or the list of such files."""
        waiting = self.import_ids.filtered(lambda one: one.state == "columns")
        if len(waiting.profile_id) == 1:
            return waiting[:1].action_open_profile()
        return self._action_view_imports(search_default_columns=1)

    def _action_view_imports(self, **context):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_import_action"
        )
        return {
            **action,
            "domain": [("provider_id", "in", self.ids)],
            "context": {"default_provider_id": self[:1].id, **context},
        }

    def action_view_unmapped(self):
        """Show the rows whose customer or article nobody has assigned yet."""
        return self._action_view_rows(["unmapped_customer", "unmapped_product"])

    def action_view_waiting(self):
        """Show the rows that no contract carries yet."""
        return self._action_view_rows(BUCKETS["waiting"])

    def _action_view_rows(self, states):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_provider_charge_action"
        )
        return {
            **action,
            "domain": [
                ("provider_id", "in", self.ids),
                ("state", "in", states),
                ("import_id.state", "!=", "withdrawn"),
            ],
            "context": {"search_default_by_customer": 1},
        }


def _add(sums, key, amount):
    sums[key] = sums.get(key, 0.0) + amount
