from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from .msp_finding import EDITABLE

#: The figures that a sign-off keeps as they were.
FIGURES = (
    "vendor_total",
    "amount_billed",
    "amount_unbilled",
    "amount_waiting",
    "amount_info",
    "amount_ignored",
    "amount_before",
    "conservation_rest",
    "bill_total",
    "bill_difference",
    "contract_value",
    "billed_value",
    "line_count",
    "agreed_count",
    "leakage_total",
    "overbilled_total",
    "credit_total",
    "cost_total",
    "timing_total",
)


class MspReconciliation(models.Model):
    """A month that was proved is signed off: locked, with name, date and what was open."""

    _inherit = "msp.reconciliation"

    state = fields.Selection(
        [("open", "Open"), ("signed", "Signed Off")],
        default="open",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    signed_by_id = fields.Many2one(
        "res.users", "Signed Off By", ondelete="restrict", readonly=True
    )
    signed_at = fields.Datetime("Signed Off On", readonly=True)
    sign_reason = fields.Text("Signed Off Although", readonly=True)
    signed_figures = fields.Json(
        readonly=True, help="Figures, files and bills as they were at the sign-off."
    )

    def _check_open(self):
        """Refuse to change what is signed off, also by somebody at this moment."""
        self._lock()
        signed = self.filtered(lambda one: one.state == "signed")[:1]
        if signed:
            raise UserError(
                self.env._(
                    "%(name)s was signed off by %(user)s on %(day)s, so nothing of it "
                    "changes. An accountant may reopen it, with a reason.",
                    name=signed.name,
                    user=signed.signed_by_id.name,
                    day=format_datetime(self.env, signed.signed_at),
                )
            )

    def _compare(self):
        self._check_open()
        result = super()._compare()
        if self.sample_ids:
            self._draw_sample()
        return result

    def _check_accountant(self):
        if not self.env.user.has_group("msp_contract_billing.group_accountant"):
            raise AccessError(
                self.env._("Only an accountant may sign off a month or reopen it.")
            )

    def _find_obstacles(self):
        """Return the sentences about what speaks against signing off now."""
        self.ensure_one()
        env, found = self.env, []
        if not self.compared_at:
            return [env._("The month was not compared yet.")]
        if not self.cost_currency_id.is_zero(self.conservation_rest):
            found.append(
                env._(
                    "%s of what was read is unaccounted for.",
                    self._format_cost(self.conservation_rest),
                )
            )
        if not self.cost_currency_id.is_zero(self.amount_waiting):
            found.append(env._("%s waits.", self._format_cost(self.amount_waiting)))
        if self.open_count:
            found.append(env._("%(count)s findings are open.", count=self.open_count))
        if not self.sample_count:
            found.append(env._("No sample was checked."))
        if self.sample_todo:
            found.append(
                env._(
                    "%(count)s rows of the sample were not looked at.",
                    count=self.sample_todo,
                )
            )
        if self.sample_wrong:
            found.append(
                env._(
                    "%(count)s rows of the sample are wrong.", count=self.sample_wrong
                )
            )
        if not self.cost_currency_id.is_zero(self.bill_difference):
            found.append(
                env._(
                    "%s of the files stands on no vendor bill.",
                    self._format_cost(self.bill_difference),
                )
            )
        return found

    def _format_cost(self, amount):
        return self.cost_currency_id.format(amount)

    def action_sign(self):
        """Compare once more, then open the question of signing off."""
        self.ensure_one()
        self._check_accountant()
        self._compare()
        if not self.sample_ids:
            self._draw_sample()
        return self._action_ask(
            self.env._("Sign Off %s", self.name),
            "msp.reconciliation.sign",
            {"default_reconciliation_id": self.id},
        )

    def _sign(self, reason):
        """Lock the month as it is now.

        :param reason: why, although something speaks against it
        """
        self.ensure_one()
        self._check_accountant()
        self.check_access("write")
        # What is signed is what is true now, whatever was seen before.
        self._compare()
        obstacles = self._find_obstacles()
        if obstacles and not (reason or "").strip():
            raise UserError(
                self.env._(
                    "%(obstacles)s Settle this first, or give the reason why the month "
                    "is signed off nevertheless.",
                    obstacles=" ".join(obstacles),
                )
            )
        although = obstacles and "\n".join([*obstacles, reason.strip()])
        self._system_write(
            {
                "state": "signed",
                "signed_by_id": self.env.user.id,
                "signed_at": fields.Datetime.now(),
                "sign_reason": although or False,
                "signed_figures": self._load_signed_figures(),
            }
        )
        self.message_post(
            body=self.env._("Signed off. %s", although or ""),
        )

    def _load_signed_figures(self):
        """Return what a sign-off keeps, as JSON: figures, files, bills."""
        bills = self._get_bills()
        return {
            **self._load_charge_marks(),
            "figures": {name: self[name] for name in FIGURES},
            "imports": {
                str(one.id): [one.name, one.file_name, one.sha256, one.state]
                for one in self.import_ids
            },
            "bills": {str(bill.id): self._describe_bill(bill) for bill in bills},
        }

    def _get_bills(self):
        # sudo: whether a bill has changed is no secret, the bill is
        return self.sudo().import_ids.bill_ids

    def _describe_bill(self, bill):
        """Return what makes a bill another one; a payment does not."""
        is_reversed = bill.payment_state == "reversed"
        return [bill.state, is_reversed, bill.amount_total, bill.amount_total_signed]

    def action_reopen(self):
        """Open the question why the month is opened again."""
        self.ensure_one()
        self._check_accountant()
        return self._action_ask(
            self.env._("Reopen %s", self.name),
            "msp.reconciliation.reopen",
            {"default_reconciliation_id": self.id},
        )

    def _reopen(self, reason):
        self.ensure_one()
        self._check_accountant()
        self.check_access("write")
        if self.state != "signed":
            raise UserError(self.env._("%s is not signed off.", self.name))
        if not (reason or "").strip():
            raise UserError(
                self.env._("Say for what reason %s is opened again.", self.name)
            )
        signed_by, day = self.signed_by_id.name, self.signed_at
        self._system_write(
            {
                "state": "open",
                "signed_by_id": False,
                "signed_at": False,
                "sign_reason": False,
                "signed_figures": False,
            }
        )
        self.message_post(
            body=self.env._(
                "Reopened: %(reason)s It was signed off by %(user)s on %(day)s.",
                reason=reason,
                user=signed_by,
                day=format_datetime(self.env, day),
            )
        )


class MspFinding(models.Model):
    """Decisions of a month that is signed off stay."""

    _inherit = "msp.finding"

    def _close(self, state, reason):
        self.reconciliation_id._check_open()
        return super()._close(state, reason)

    def action_reopen(self):
        self.reconciliation_id._check_open()
        return super().action_reopen()

    def write(self, vals):
        if any(name in EDITABLE for name in vals):
            self.reconciliation_id._check_open()
        return super().write(vals)
