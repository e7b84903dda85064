from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from .money import day_after, holds_on
from .wording import format_number

#: Content on a day of which less than the whole price is billed.
SUSPENDED_TODAY = (
    Domain("billed_share", "<", 100)
    & Domain("date_start", "<=", "today")
    & (Domain("date_end", "=", False) | Domain("date_end", ">=", "today"))
)


class MspContract(models.Model):
    """Contracts of which nothing, or a reduced price, is billed for a while."""

    _inherit = "msp.contract"

    is_suspended = fields.Boolean(
        "Suspended", compute="_compute_suspension", search="_search_is_suspended"
    )
    suspension_label = fields.Text("Suspension", compute="_compute_suspension")

    @api.depends("line_ids.billed_share")
    @api.depends_context("lang")
    def _compute_suspension(self):
        today = fields.Date.context_today(self)
        for contract in self:
            reduced = contract.line_ids.filtered(
                lambda line: (
                    line.billed_share < 100
                    and (not line.date_end or line.date_end >= today)
                )
            )
            contract.is_suspended = bool(reduced._on(today))
            contract.suspension_label = "\n".join(reduced._get_suspension_sentences())

    @api.model
    def _search_is_suspended(self, operator, value):
        domain = Domain("line_ids", "any", SUSPENDED_TODAY)
        return self._search_flag(operator, value, domain)

    def _get_shares(self, day):
        """Return what is billed on `day`, as versions say it.

        :return: {position: percent}; the empty position stands for the contract
        """
        self.ensure_one()
        versions = self.version_ids.filtered(
            lambda version: version.state == "active" and holds_on(version, day)
        )
        shares = {}
        for version in versions.sorted(lambda one: (one.date_start, one.number)):
            for change in version.change_ids:
                if change.action == "suspend":
                    shares[change.position_id] = change.billed_share
                elif change.action in ("begin", "end"):
                    shares.pop(change.position_id, None)
                elif change.action == "terminate":
                    shares.clear()
        return shares

    def action_suspend(self):
        self.ensure_one()
        return self._action_ask(
            self.env._("Suspend Contract %s", self.name),
            "msp.contract.suspend",
            {"default_contract_id": self.id, "default_mode": "suspend"},
        )

    def action_resume(self):
        self.ensure_one()
        return self._action_ask(
            self.env._("Resume Contract %s", self.name),
            "msp.contract.suspend",
            {"default_contract_id": self.id, "default_mode": "resume"},
        )


class MspContractLine(models.Model):
    _inherit = "msp.contract.line"

    def _get_suspension_sentences(self):
        """Return what is suspended and until when, positions with the same together.

        :rtype: list of sentences
        """
        spans = []
        for line in self.sorted(lambda line: (line.position_id.id, line.date_start)):
            key, first = (line.position_id, line.billed_share), line.date_start
            if spans and spans[-1][0] == key and day_after(spans[-1][2]) == first:
                # The price changes meanwhile; it is one suspension all the same.
                first = spans.pop()[1]
            spans.append((key, first, line.date_end))
        together = {}
        for (position, share), first, last in spans:
            together.setdefault((share, first, last), []).append(position)
        return [
            self._get_suspension_sentence(positions, *key)
            for key, positions in together.items()
        ]

    def _get_suspension_sentence(self, positions, share, first, last):
        env, contract = self.env, self.contract_id
        is_whole = len(positions) == len(contract.line_ids._on(first))
        what = ", ".join(position.name for position in positions)
        if is_whole:
            what = env._("The contract")
        values = {"what": what, "first": format_date(env, first)}
        if last:
            values["last"] = format_date(env, last)
            text = env._("%(what)s: suspended from %(first)s to %(last)s", **values)
        else:
            text = env._("%(what)s: suspended since %(first)s, no end yet", **values)
        if not share:
            return env._("%s; nothing is billed.", text)
        share = format_number(env, share)
        return env._("%(text)s; %(share)s %% are billed.", text=text, share=share)
