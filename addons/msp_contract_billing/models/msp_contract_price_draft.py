from odoo import Command, api, fields, models

from .wording import format_price

ACTIVITY = "msp_contract_billing.mail_activity_type_price_proposed"
#: So many contracts are checked while somebody waits; more by the scheduler.
AT_ONCE = 200
#: Contracts that a night checks before it commits.
BATCH_SIZE = 50


class MspContract(models.Model):
    """Computed prices become drafts, one for each first day, and nothing else."""

    _inherit = "msp.contract"

    price_proposal_count = fields.Integer(compute="_compute_proposals")

    @api.depends("version_ids.state", "version_ids.proposed_prices")
    def _compute_proposals(self):
        for contract in self:
            contract.price_proposal_count = len(
                contract.version_ids.filtered(
                    lambda version: version.state == "draft" and version.proposed_prices
                )
            )

    def _propose_prices(self):
        """Bring the contracts' proposals up to date; return those that are new."""
        found, notes = self._find_new_prices()
        today = fields.Date.context_today(self)
        for position, note in notes.items():
            if position.price_checked_on != today or position.price_note != note:
                position.write({"price_checked_on": today, "price_note": note})
        wanted = {}
        for new in found:
            contract = new.position.contract_id
            wanted.setdefault(contract, {}).setdefault(new.day, []).append(new)
        drafts = self.version_ids._get_open_proposals()
        new_vals, surplus = [], drafts.browse()
        for contract in self:
            own = list(
                drafts.filtered(
                    lambda draft, contract=contract: draft.contract_id == contract
                ).sorted("date_start")
            )
            for day, prices in sorted(wanted.get(contract, {}).items()):
                vals = contract._prepare_price_draft(day, prices)
                if own:
                    own.pop(0)._update_proposal(vals)
                else:
                    new_vals.append(vals)
            surplus = surplus.union(*own)
        surplus.unlink()
        created = self.env["msp.contract.version"].create(new_vals)
        for version in created:
            version._system_write({"proposed_prices": version._get_proposed()})
        created.contract_id._remind_of_prices()
        return created

    def _prepare_price_draft(self, day, prices):
        """Return the values of the version that proposes `prices` from `day` on."""
        self.ensure_one()
        # The reason is printed on corrections, so it says nothing of costs.
        customer = self.with_context(lang=self.partner_invoice_id.lang or self.env.lang)
        return {
            "contract_id": self.id,
            "date_start": day,
            "cause": "price",
            "reason": customer.env._("Price adjustment"),
            "price_explanation": "\n".join(
                new.position._explain(new) for new in prices
            ),
            "change_ids": [
                Command.create(
                    {
                        "action": "set",
                        "position_id": new.position.id,
                        "sets_price": True,
                        "price_unit": new.price,
                        "price_interval": new.interval,
                    }
                )
                for new in prices
            ],
        }

    def _remind_of_prices(self):
        """Give the account managers an activity, unless they have one."""
        # sudo: whoever checks prices need not see the colleagues' activities
        contracts = self.sudo()
        reminded = contracts.activity_search([ACTIVITY])
        reminded = self.browse(reminded.mapped("res_id"))
        activity_type = self.env.ref(ACTIVITY)
        model_id = self.env["ir.model"]._get_id(self._name)
        # Not a mail for each: they are in the account manager's inbox.
        contracts.env["mail.activity"].with_context(
            mail_activity_quick_update=True
        ).create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "automated": True,
                    "date_deadline": fields.Date.context_today(self),
                    "res_model_id": model_id,
                    "res_id": contract.id,
                    "summary": activity_type.summary,
                    "user_id": (contract.user_id or contract.create_uid).id,
                }
                for contract in contracts - reminded
            ]
        )

    def _close_price_activities(self):
        """Remove the activities of contracts without an open proposal."""
        open_drafts = self.version_ids.filtered(
            lambda version: version.state == "draft" and version.proposed_prices
        )
        # sudo: they may be those of colleagues
        (self - open_drafts.contract_id).sudo().activity_unlink([ACTIVITY])

    # By hand and by night

    def action_check_prices(self):
        """Propose computed prices now; show what is open."""
        self.check_access("write")
        if len(self) > AT_ONCE:
            self.position_ids.write({"price_checked_on": False})
            # sudo: only administrators may read scheduled actions
            self.env.ref(
                "msp_contract_billing.ir_cron_propose_prices"
            ).sudo()._trigger()
            return self._notify_prices(
                self.env._(
                    "%s contracts are checked in the background. What differs is "
                    "listed under Proposed Prices.",
                    len(self),
                )
            )
        failed = self._in_halves(self, lambda contracts: contracts._propose_prices())
        if failed:
            return self._tell(failed)
        drafts = self.version_ids._get_open_proposals()
        if drafts:
            return self.action_view_proposals()
        return self._notify_prices(self._explain_no_proposal())

    def _explain_no_proposal(self):
        """Return why the check has proposed nothing."""
        positions = self.position_ids.filtered(
            lambda position: position.price_source != "fixed"
        )
        if not positions:
            return self.env._(
                "All prices are agreed. Let a position follow a pricelist or its cost "
                "on the position's form."
            )
        noted = positions.filtered("price_note")
        if not noted:
            return self.env._("All prices are what pricelist and cost make them.")
        return " ".join(f"{one.display_name}: {one.price_note}" for one in noted[:5])

    def _notify_prices(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_view_proposals(self):
        """Return the action that lists the open proposals of the contracts."""
        domain = [
            ("state", "=", "draft"),
            ("proposed_prices", "!=", False),
            ("contract_id", "in", self.ids),
        ]
        action = self._action_view(
            self.env._("Proposed Prices"), "msp.contract.version", domain
        )
        view = self.env.ref(
            "msp_contract_billing.msp_contract_version_view_list_prices"
        )
        return {**action, "views": [(view.id, "list"), (False, "form")]}

    @api.model
    def _cron_propose_prices(self):
        """Check positions that were not checked today, some contracts per call."""
        today = fields.Date.context_today(self)
        domain = [
            ("price_source", "!=", "fixed"),
            ("contract_id.state", "=", "active"),
            "|",
            ("price_checked_on", "=", False),
            ("price_checked_on", "<", today),
        ]
        positions = self.env["msp.contract.position"]
        groups = positions._read_group(domain, ["contract_id"])
        contracts = self.browse([contract.id for (contract,) in groups])
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(contracts))
        for start in range(0, len(contracts), BATCH_SIZE):
            batch = contracts[start : start + BATCH_SIZE]
            if not batch._take_batch(batch._check_prices_by_night):
                break
            if not commit_progress(len(batch)):
                break

    def _check_prices_by_night(self):
        """Check contracts; those that fail say so and are not tried again today."""
        failed = self._in_halves(self, lambda contracts: contracts._propose_prices())
        today = fields.Date.context_today(self)
        for contract, sentence in failed.items():
            contract.position_ids.write(
                {"price_checked_on": today, "price_note": sentence}
            )


class MspContractPosition(models.Model):
    _inherit = "msp.contract.position"

    def action_propose_again(self):
        """Forget which price was dismissed, and check."""
        self.check_access("write")
        self.write({"price_dismissed": 0.0})
        return self.contract_id.action_check_prices()

    def _explain(self, new):
        """Return in the owner's language how a proposed price comes about.

        :param new: `NewPrice`
        """
        self.ensure_one()
        env, currency = self._get_price_language(), self.contract_id.currency_id

        def price(amount):
            return format_price(env, currency, amount)

        change = env._(
            "%(position)s: price %(old)s → %(new)s",
            position=self.name,
            old=price(new.old),
            new=price(new.price),
        )
        if new.cost is None:
            pricelist = self.price_pricelist_id or self.contract_id.pricelist_id
            # sudo: whoever may see the contract may know the pricelist's name
            name = pricelist.sudo().display_name or env._("sales price")
            return f"{change} ({name})"
        # sudo: likewise
        rule = self.price_rule_id.with_env(env).sudo()._describe()
        if not self.price_cost_agreed:
            cost = env._("cost %s", price(new.cost))
        else:
            cost = env._(
                "cost %(old)s → %(new)s",
                old=price(self.price_cost_agreed),
                new=price(new.cost),
            )
        return f"{change} ({cost}; {rule})"
