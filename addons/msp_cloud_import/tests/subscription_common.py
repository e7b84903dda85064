from datetime import date
from decimal import Decimal

from ..connectors import Subscription
from .steps_common import StepsCommon

CUSTOMER = "11111111-0000-4000-8000-000000000001"
SUBSCRIPTION = "5b5b5b5b-0000-4000-8000-000000000001"


def state(**values):
    """Return what an interface says of the subscription of `common.row`."""
    base = {
        "sub_account_id": CUSTOMER,
        "sub_account_name": "Muster Bau GmbH",
        "customer_domain": "musterbau.example",
        "subscription_id": SUBSCRIPTION,
        "status": "active",
        "sku_id": "CFQ7TTC0LCHC:0002",
        "service_name": "Contoso Business Premium",
        "purchased": Decimal(10),
        "term": "P1Y",
        "billing_plan": "monthly",
        "term_end": date(2027, 3, 5),
        "auto_renew": True,
    }
    for name in ("purchased", "assigned", "billed"):
        if isinstance(values.get(name), int):
            values[name] = Decimal(values[name])
    return Subscription(**{**base, **values})


class SubscriptionCommon(StepsCommon):
    """States of the subscription that the files of `ImportCommon` speak of."""

    @property
    def subscriptions(self):
        return self.env["msp.subscription"].with_user(self.clerk)

    def _see(self, day, *states):
        """Store states as a sync of `day` would; return new and changed ones."""
        return self.subscriptions._store_states(
            self.provider, self.company, states or [state()], day
        )

    def _told(self, day, *states):
        """Store states, and prepare what contracts have not heard of."""
        self._see(day, *states)
        untold = self.subscriptions._find_untold(self.provider, self.company)
        imports = self.env["msp.import"].with_user(self.clerk)
        if not untold:
            return imports
        import_ = imports.import_file(
            self.provider, f"subscriptions-{day}.jsonl", untold._write_lines()
        )
        untold._mark_told()
        self._assign(import_)
        import_.action_prepare()
        return import_

    def _followed(self, day, *states):
        import_ = self._told(day, *states)
        import_ and import_._apply_certain()
        return import_
