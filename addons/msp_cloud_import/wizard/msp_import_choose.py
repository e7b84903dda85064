from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.msp_contract_billing.wizard.readable import readable

WHATS = [
    ("position", "An existing position"),
    ("sum", "Added to an existing position"),
    ("split", "Shared by several positions"),
    ("contract", "A new position in a contract"),
    ("template", "A new contract for each customer"),
    ("wait", "Not decided: wait"),
]


class MspImportChoose(models.TransientModel):
    """Choose where subscriptions belong; remembered for ever.

    One, or many at once: then only what makes sense for several customers.
    """

    _name = "msp.import.choose"
    _description = "Choose the position of a subscription"

    change_id = fields.Many2one("msp.import.change", required=True)
    change_ids = fields.Many2many(
        "msp.import.change",
        "msp_import_choose_change_rel",
        string="Changes",
        compute="_compute_change_ids",
        store=True,
        readonly=False,
        precompute=True,
    )
    import_id = fields.Many2one(related="change_id.import_id", related_sudo=False)
    company_id = fields.Many2one(related="import_id.company_id", related_sudo=False)
    subscription_id = fields.Char(
        related="change_id.subscription_id", related_sudo=False
    )
    product_id = fields.Many2one(related="change_id.product_id", related_sudo=False)
    reason = fields.Char(related="change_id.error", related_sudo=False)
    commercial_partner_id = fields.Many2one(
        related="change_id.partner_id.commercial_partner_id", related_sudo=False
    )
    candidate_position_ids = fields.Many2many(
        related="change_id.candidate_position_ids", related_sudo=False
    )
    change_count = fields.Integer("Rows Selected", compute="_compute_change_count")
    customer_count = fields.Integer(compute="_compute_change_count")
    what = fields.Selection(
        WHATS,
        "The Subscription Is",
        required=True,
        compute="_compute_what",
        store=True,
        readonly=False,
        precompute=True,
    )
    position_id = fields.Many2one("msp.contract.position")
    contract_id = fields.Many2one("msp.contract")
    template_id = fields.Many2one(
        "msp.contract.template",
        help="Each customer gets one contract with its terms, which begins once the "
        "import is applied. Products of the template that are not in the file begin "
        "as well.",
    )
    share_ids = fields.One2many("msp.import.choose.share", "choose_id", "Shares")
    share_note = fields.Char(compute="_compute_share_note")
    wait_reason = fields.Char("Why It Waits")

    @api.depends("change_id")
    def _compute_change_ids(self):
        for wizard in self:
            change = wizard.change_id and readable(wizard.change_id)
            wizard.change_ids = wizard.change_ids or change

    @api.depends("change_ids")
    def _compute_change_count(self):
        for wizard in self:
            wizard.change_count = len(wizard.change_ids)
            customers = wizard.change_ids.partner_id.commercial_partner_id
            wizard.customer_count = len(customers)

    @api.depends("change_id", "change_ids")
    def _compute_what(self):
        for wizard in self:
            change = wizard.change_id and readable(wizard.change_id)
            candidates = change.candidate_position_ids
            if len(wizard.change_ids) > 1:
                wizard.what = "sum" if candidates else "template"
            elif candidates:
                wizard.what = "position"
            else:
                contracts = self.env["msp.contract"].search_count(
                    wizard._get_contract_domain(), limit=1
                )
                wizard.what = "contract" if contracts else "template"

    def _get_contract_domain(self):
        partner = self.change_id.partner_id.commercial_partner_id
        return [
            ("company_id", "=", self.company_id.id),
            ("commercial_partner_id", "=", partner.id),
            ("state", "=", "active"),
        ]

    @api.depends("share_ids.quantity", "share_ids.takes_rest", "change_id")
    def _compute_share_note(self):
        for wizard in self:
            wizard.share_note = wizard.share_ids._describe(wizard.change_id.quantity)

    def action_choose(self):
        """Remember the choice and prepare the import again."""
        self.ensure_one()
        changes, import_ = self.change_ids, self.import_id
        import_.check_access("write")
        changes._check_open()
        if changes.import_id != import_:
            raise UserError(self.env._("Choose for one import at a time."))
        if nameless := changes.filtered(lambda change: not change.subscription_id):
            raise UserError(
                self.env._(
                    "%s is not in the file, so there is no subscription to assign.",
                    nameless[0].summary,
                )
            )
        planned = self._get_mappings().contract_id
        getattr(self, f"_choose_{self.what}")()
        given_up = planned - self._get_mappings().contract_id
        # The question goes with the changes that are prepared anew.
        import_.action_prepare()
        given_up._drop_planned()
        return import_._action_after_decision()

    # What is chosen

    def _choose_position(self):
        self._check_target(self.position_id)
        self._remember({"position_id": self.position_id.id})

    def _choose_sum(self):
        """Let the position contain all these subscriptions, and those it has."""
        self._check_target(self.position_id)
        mappings = self.env["msp.position.mapping"]
        taken = mappings.search(
            [
                ("position_id", "=", self.position_id.id),
                ("provider_id", "=", self.import_id.provider_id.id),
            ]
        )
        taken.write({"is_summed": True})
        self._remember({"position_id": self.position_id.id, "is_summed": True})

    def _choose_split(self):
        if len(self.change_ids) > 1:
            raise UserError(self.env._("Split one subscription at a time."))
        self.share_ids._check_complete()
        for share in self.share_ids:
            self._check_target(share.position_id or share.contract_id)
        commands = [(5,), *((0, 0, share._prepare_vals()) for share in self.share_ids)]
        # Made together: only all of them say who takes the rest.
        self._remember({"position_id": False, "share_ids": commands})

    def _choose_contract(self):
        self._check_target(self.contract_id)
        self._remember({"contract_id": self.contract_id.id})

    def _choose_template(self):
        if not self.template_id:
            raise UserError(self.env._("Choose a contract template."))
        for partner, changes in self.change_ids.grouped(
            lambda change: change.partner_id.commercial_partner_id
        ).items():
            contract = self.env["msp.contract"]._plan(
                partner, self.company_id, self.template_id
            )
            self._remember({"contract_id": contract.id}, changes)

    def _choose_wait(self):
        if not self.wait_reason:
            raise UserError(self.env._("Say why it waits, for whoever looks next."))
        self.change_ids._system_write(
            {
                "decision": "wait",
                "decision_reason": self.wait_reason,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )

    def _check_target(self, target):
        """Refuse a position or contract of nobody, or of another customer."""
        if not target:
            raise UserError(self.env._("Choose a position or a contract."))
        is_position = target._name == "msp.contract.position"
        contract = target.contract_id if is_position else target
        for change in self.change_ids:
            customer = change.partner_id.commercial_partner_id
            if contract.commercial_partner_id != customer:
                raise UserError(
                    self.env._(
                        "Contract %(contract)s belongs to another customer than "
                        "%(customer)s. Change the customer's assignment instead.",
                        contract=contract.display_name,
                        customer=change.partner_id.display_name,
                    )
                )

    def _get_mappings(self):
        found = self._load_mappings()
        keys = {_key(change) for change in self.change_ids}
        return self.env["msp.position.mapping"].union(
            *(mapping for key, mapping in found.items() if key in keys)
        )

    def _load_mappings(self):
        return self.env["msp.position.mapping"]._load(
            self.import_id.provider_id,
            self.import_id.company_id,
            self.change_ids.mapped("subscription_id"),
        )

    def _remember(self, vals, changes=None):
        """Write what was chosen to the mappings of changes, new where there is none."""
        changes = self.change_ids if changes is None else changes
        changes._forget_waiting()
        model, known = self.env["msp.position.mapping"], self._load_mappings()
        vals = {
            "position_id": False,
            "contract_id": False,
            "is_summed": False,
            "share_ids": [(5,)],
            "is_chosen": True,
            **vals,
        }
        for key in dict.fromkeys(_key(change) for change in changes):
            if key in known:
                known[key].write(vals)
            else:
                model.create(
                    {
                        **vals,
                        "provider_id": self.import_id.provider_id.id,
                        "company_id": self.import_id.company_id.id,
                        "subscription_id": key[0],
                        "sku_id": key[1],
                    }
                )


def _key(change):
    return (change.subscription_id, change.sku_id or "")
