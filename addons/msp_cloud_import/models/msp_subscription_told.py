from dateutil.relativedelta import relativedelta

from odoo import api, models

from odoo.addons.msp_contract_billing.models.money import day_after, to_decimal
from odoo.addons.msp_contract_billing.models.msp_contract_waiting import company_today

from ..formats import state_lines
from ..formats.terms import months_of
from .msp_subscription import RUNNING


class MspSubscription(models.Model):
    """States that contracts have not heard of become an import."""

    _inherit = "msp.subscription"

    @api.model
    def _find_untold(self, provider, company):
        """Return the subscriptions of which contracts know another state, or none."""
        found = self.search_fetch(
            [
                ("provider_id", "=", provider.id),
                ("company_id", "=", company.id),
                ("is_trial", "=", False),
                ("is_usage", "=", False),
                ("status", "!=", "pending"),
            ]
        )
        kinds = found._get_count_kinds()
        untold = found.filtered(
            lambda one: one.said_key != one._state_key(kinds[one.id])
        )
        mappings = untold._load_mappings()
        return untold.filtered(
            lambda one: (
                one._says_units(kinds[one.id])
                # what was over before anybody looked is no news
                and (one.status in RUNNING or one.said_key or one.id in mappings)
            )
        )

    def _load_mappings(self):
        """Return {id: msp.position.mapping} of those that are a position here.

        Of a converted subscription the article that it has now.
        """
        mappings = self.env["msp.position.mapping"].search(
            [
                ("provider_id", "in", self.provider_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("subscription_id", "in", self.mapped("subscription_id")),
            ],
            order="id",
        )
        by_key = mappings.grouped(
            lambda one: (one.provider_id, one.company_id, one.subscription_id)
        )
        result = {}
        for one in self:
            key = (one.provider_id, one.company_id, one.subscription_id)
            if own := by_key.get(key):
                same = own.filtered(
                    lambda each, sku=one.sku_id or "": each.sku_id == sku
                )
                result[one.id] = (same or own)[-1]
        return result

    def _says_units(self, kind):
        """Return whether the provider says how many units count, or that it is over."""
        return self.status == "ended" or self[f"says_{kind}"]

    def _get_count_kinds(self):
        """Return {id: which of the provider's counts is the one that counts}."""
        mappings = self._load_mappings()
        return {
            one.id: mappings[one.id].count_kind
            if one.id in mappings and mappings[one.id].count_kind
            else one.provider_id.count_kind
            for one in self
        }

    def _write_lines(self, earlier=()):
        """Return the file that says their states, see `formats.subscription_states`.

        :param earlier: lines as dicts that are said once more, before these
        """
        kinds = self._get_count_kinds()
        states = [*earlier, *(one._prepare_line(kinds[one.id]) for one in self)]
        return "".join(f"{line}\n" for line in state_lines(states)).encode()

    def _mark_told(self):
        """Remember that contracts have heard of the states."""
        kinds = self._get_count_kinds()
        for one in self:
            one._system_write({"said_key": one._state_key(kinds[one.id])})

    def _prepare_line(self, kind):
        """Return the values of a line of the file, see `formats.state_lines`.

        :param kind: which of the counts is the one that counts
        """
        self.ensure_one()
        return {
            "StateOn": self._get_state_day(kind),
            "Status": self.status,
            "CustomerId": self.sub_account_id,
            "CustomerName": self.sub_account_name,
            "CustomerDomain": self.customer_domain,
            "SubscriptionId": self.subscription_id,
            "SkuId": self.sku_id,
            "AvailabilityId": self.availability_id,
            "ServiceName": self.service_name,
            "Units": to_decimal(self[kind]),
            "UnitsAre": kind,
            "Term": self.term,
            "BillingPlan": self.billing_plan,
            "TermStart": self._get_term_start(),
            "TermEnd": day_after(self.term_end),
            "Currency": self.company_id.currency_id.name,
        }

    def _get_state_day(self, kind):
        """Return the first day for which contracts are told of the state.

        Where another count counts than contracts were told of, it does so from today.
        """
        told = (self.said_key or "").split("|")
        is_other = len(told) > 1 and told[1] != kind
        return company_today(self.company_id) if is_other else self.state_since

    def _get_term_start(self):
        """Return the first day of the term that ends on its end."""
        months = months_of(self.term) if self.term else None
        end = day_after(self.term_end)
        return end - relativedelta(months=months) if months and end else None
