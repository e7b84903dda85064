from odoo import api, fields, models

from odoo.addons.msp_contract_billing.models.money import day_before, same_number

from .msp_subscription import COUNT_KINDS, RUNNING

_COUNTS = [name for name, _label in COUNT_KINDS]
# What the history tells; other values are kept without it.
_TOLD = (
    "status",
    *_COUNTS,
    "sku_id",
    "term",
    "billing_plan",
    "term_end",
    "auto_renew",
    "next_quantity",
    "next_term",
)
_NUMBERS = (*_COUNTS, "next_quantity")


class MspSubscription(models.Model):
    """States are stored as they are read; what differs becomes history."""

    _inherit = "msp.subscription"

    @api.model
    def _store_states(self, provider, company, states, day):
        """Store what the provider says of some subscriptions.

        :param states: list of `connectors.Subscription`
        :param day: the day on which it was asked
        :return: (those that are new, those that differ) as recordsets
        """
        # A page may name one twice; what it says last counts.
        states = {one.subscription_id: one for one in states}
        stored = self._load_states(provider, company, list(states))
        kinds = stored._get_count_kinds()
        known = stored.grouped("subscription_id")
        now = fields.Datetime.now()
        new_vals, history, changed = [], [], self.browse()
        for key, state in states.items():
            vals = {**self._prepare_state_vals(state), "read_at": now, "seen_at": now}
            record = known.get(key)
            if not record:
                new_vals.append(
                    {
                        **vals,
                        "provider_id": provider.id,
                        "company_id": company.id,
                        "state_since": day,
                    }
                )
                continue
            differences = record._find_differences(vals)
            if differences:
                changed |= record
                history += [{**one, "day": day} for one in differences]
                before = record._state_key(kinds[record.id])
            record._system_write(vals)
            if differences and record._state_key(kinds[record.id]) != before:
                record._system_write({"state_since": day})
        new = self._system_create(new_vals)
        history += [
            {
                "subscription_id": one.id,
                "company_id": company.id,
                "day": day,
                "what": "seen",
                "new": f"{one.purchased:g}" if one.says_purchased else False,
            }
            for one in new
        ]
        self.env["msp.subscription.change"]._system_create(history)
        return new, changed

    @api.model
    def _load_states(self, provider, company, subscription_ids):
        return self.search(
            [
                ("provider_id", "=", provider.id),
                ("company_id", "=", company.id),
                ("subscription_id", "in", subscription_ids),
            ]
        )

    @api.model
    def _prepare_state_vals(self, state):
        vals = {
            name: getattr(state, name) or False
            for name in (
                "sub_account_id",
                "sub_account_name",
                "customer_domain",
                "subscription_id",
                "sku_id",
                "availability_id",
                "service_name",
                "status",
                "term",
                "billing_plan",
                "next_term",
                "parent_id",
                "is_trial",
                "is_usage",
                "marker",
                "etag",
            )
        }
        for name in _COUNTS:
            count = getattr(state, name)
            vals[f"says_{name}"] = count is not None
            vals[name] = float(count or 0)
        renews = {None: False, True: "yes", False: "no"}[state.auto_renew]
        until = state.cancellable_until
        raw = state.to_dict()["raw"]
        return {
            **vals,
            "date_start": state.start,
            "term_end": state.term_end and day_before(state.term_end),
            "auto_renew": renews,
            # fields hold UTC without saying so
            "cancellable_until": until and until.replace(tzinfo=None, microsecond=0),
            "has_returnable": state.returnable is not None,
            "returnable": float(state.returnable or 0),
            "has_next_quantity": state.next_quantity is not None,
            "next_quantity": float(state.next_quantity or 0),
            "raw": raw,
        }

    def _find_differences(self, vals):
        """Return the values of the history of what `vals` would change."""
        self.ensure_one()
        found = []
        for name in _TOLD:
            old, new = self[name], vals[name]
            if name in _NUMBERS:
                flag = f"has_{name}" if name == "next_quantity" else f"says_{name}"
                if self[flag] == vals[flag] and same_number(old, new):
                    continue
                texts = (
                    f"{old:g}" if self[flag] else False,
                    f"{new:g}" if vals[flag] else False,
                )
            elif (old or False) == (new or False):
                continue
            else:
                texts = (self._text_of(name, old), self._text_of(name, new))
            found.append(
                {
                    "subscription_id": self.id,
                    "company_id": self.company_id.id,
                    "what": name,
                    "old": texts[0],
                    "new": texts[1],
                    "difference": new - old if name in _COUNTS else 0.0,
                }
            )
        return found

    def _text_of(self, name, value):
        return fields.Date.to_string(value) if name == "term_end" else value

    @api.model
    def _store_seen(self, provider, company, subscription_ids):
        """Remember that the provider still lists these, without a change."""
        self._load_states(provider, company, subscription_ids)._system_write(
            {"seen_at": fields.Datetime.now()}
        )

    def _store_gone(self, day):
        """Let these be over: the provider does not list them any more."""
        gone = self.filtered(lambda one: one.status != "ended")
        history = [
            {
                "subscription_id": one.id,
                "company_id": one.company_id.id,
                "day": day,
                "what": "gone",
                "old": one.status,
                "new": "ended",
                "difference": -one.purchased if one.status in RUNNING else 0.0,
            }
            for one in gone
        ]
        self.env["msp.subscription.change"]._system_create(history)
        gone._system_write({"status": "ended", "state_since": day})
        return gone
