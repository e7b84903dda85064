from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

MAPPING_STATES = [
    ("open", "To assign"),
    ("assigned", "Assigned"),
    ("ignored", "Ignored"),
]


class MspMappingMixin(models.AbstractModel):
    """What a provider calls something, and what it is here; remembered for ever.

    `_target` is the field that holds what it is here, `_charge_field` the field
    of provider charges that refers to the mapping.
    """

    _name = "msp.mapping.mixin"
    _description = "Assignment of a provider's id"
    _check_company_auto = True

    _target = None
    _charge_field = None
    _open_state = None

    provider_id = fields.Many2one(
        "msp.provider", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    external_name = fields.Char("Name at Provider", help="As in the latest file.")
    is_ignored = fields.Boolean(
        "Ignore", help="Rows are left out on purpose, with their money shown."
    )
    ignore_reason = fields.Char("Reason to Ignore")
    suggestion_reason = fields.Char("Suggested Because", readonly=True)
    state = fields.Selection(MAPPING_STATES, compute="_compute_state", store=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_open = fields.Monetary(
        "Money Waiting",
        readonly=True,
        help="Sum of the rows that wait for this assignment, in all imports.",
    )

    def _compute_state(self):
        for mapping in self:
            if mapping.is_ignored:
                mapping.state = "ignored"
            else:
                mapping.state = "assigned" if mapping[self._target] else "open"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_may_ignore(vals)
        mappings = super().create(vals_list)
        mappings._check_ignore_reason()
        return mappings

    def write(self, vals):
        self._check_may_ignore(vals)
        if self._target in vals:
            self._remember_before(vals[self._target])
        result = super().write(vals)
        if {"is_ignored", "ignore_reason"} & set(vals):
            self._check_ignore_reason()
        if self._get_row_fields() & set(vals):
            self._refresh_imports()
        return result

    def _get_row_fields(self):
        """Return the fields that decide what becomes of the rows."""
        return {self._target, "is_ignored"}

    def _remember_before(self, target_id):
        """Keep what the mappings are assigned to, so that it can be taken back."""
        changed = self.filtered(
            lambda one: one[self._target].id != (target_id or False)
        )
        target = changed[self._target].browse(target_id or ())
        for company, own in changed.grouped("company_id").items():
            acceptance = self._begin_acceptance(company)
            acceptance._remember(dict.fromkeys(own, target))

    def _accept(self, acceptance=None):
        """Assign what is suggested; rows follow once, at the end.

        :param acceptance: what it is remembered with, all of one company
        """
        self.check_access("write")
        todo = self.filtered(lambda one: one.state == "open" and one[self._suggested])
        targets = {mapping: mapping[self._suggested] for mapping in todo}
        for company, own in todo.grouped("company_id").items():
            own_acceptance = acceptance or self._begin_acceptance(company)
            own_acceptance._remember({one: targets[one] for one in own})
        if todo:
            todo._set_targets(targets)

    def _begin_acceptance(self, company):
        return self.env["msp.mapping.acceptance"]._begin(company, self._get_import())

    def _set_targets(self, targets):
        """Assign {mapping: record}, past what is remembered; rows follow once."""
        by_target = {}
        for mapping, target in targets.items():
            by_target.setdefault(target.id, []).append(mapping.id)
        for target_id, ids in by_target.items():
            super(MspMappingMixin, self.browse(ids)).write({self._target: target_id})
        self.browse([mapping.id for mapping in targets])._refresh_imports()

    def _get_import(self):
        """Return the import on whose form somebody works, if there is one."""
        import_id = self.env.context.get("msp_assign_import_id")
        return self.env["msp.import"].search([("id", "=", import_id)])

    def action_ignore(self):
        """Ask for the reason why these are left out for good."""
        return self.env["msp.import.ignore"]._open(self)

    def action_stop_ignoring(self):
        """Let rows of these count again."""
        self.write({"is_ignored": False, "ignore_reason": False})
        return True

    def action_undo_last(self):
        """Ask whether to take back what the user has assigned last."""
        acceptances = self.env["msp.mapping.acceptance"]
        return acceptances._find_last([("user_id", "=", self.env.uid)])._action_ask()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        charges = self.env["msp.provider.charge"]
        used = charges.search([(self._charge_field, "in", self.ids)], limit=1)
        if used:
            raise UserError(
                self.env._(
                    "%(mapping)s is part of import %(import)s and stays as its record. "
                    "Assign it anew or ignore it.",
                    **{
                        "mapping": used[self._charge_field].display_name,
                        "import": used.import_id.name,
                    },
                )
            )

    def _check_may_ignore(self, vals):
        """Leaving money out on purpose is an accountant's decision."""
        if not {"is_ignored", "ignore_reason"} & set(vals):
            return
        if vals.get("is_ignored") in (None, False) and not self.filtered("is_ignored"):
            return
        if not self.env.user.has_group("msp_contract_billing.group_accountant"):
            raise AccessError(
                self.env._(
                    "Only an accountant may ignore what a provider bills, or take "
                    "that back. Leave it open or ask an accountant."
                )
            )

    def _check_ignore_reason(self):
        for mapping in self:
            if mapping.is_ignored and not mapping.ignore_reason:
                raise UserError(
                    self.env._(
                        "Say why %s is ignored: enter a reason.", mapping.display_name
                    )
                )

    def _refresh_imports(self):
        """Let the rows that are not applied yet follow this assignment.

        :return: the imports that have such rows
        """
        self.env.flush_all()
        groups = self.env["msp.provider.charge"]._read_group(
            [
                (self._charge_field, "in", self.ids),
                ("state", "!=", "applied"),
                ("import_id.state", "!=", "withdrawn"),
            ],
            ["import_id"],
        )
        imports = self.env["msp.import"].union(*(import_ for (import_,) in groups))
        for import_ in imports:
            import_._refresh_rows(self)
            # A row may now wait for its article instead of its customer.
            import_._update_open_amounts()
        self._update_open_amounts()
        return imports

    def _update_open_amounts(self):
        """Store the money of the rows that wait for these mappings."""
        groups = self.env["msp.provider.charge"]._read_group(
            [(self._charge_field, "in", self.ids), ("state", "=", self._open_state)],
            [self._charge_field, "currency_id"],
            ["billed_cost:sum"],
        )
        sums = {}
        for mapping, currency, amount in groups:
            # One currency per provider is the rule; the import lists all sums.
            sums.setdefault(mapping.id, (currency.id, amount))
        # Nothing waits for most of thousands, nor has before.
        # sudo: derived from rows; nobody enters it
        mappings = self.sudo()
        told = mappings.search([("id", "in", self.ids), ("amount_open", "!=", 0)])
        for mapping in told | mappings.browse(sums):
            currency_id, amount = sums.get(mapping.id, (mapping.currency_id.id, 0.0))
            if mapping.amount_open != amount or mapping.currency_id.id != currency_id:
                mapping.write({"currency_id": currency_id, "amount_open": amount})
