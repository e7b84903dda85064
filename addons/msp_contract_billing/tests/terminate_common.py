from .common import day
from .pricing_common import PricingCommon


class TerminateCommon(PricingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("msp_contract_billing.churn_reason_competitor")
        cls.contract = cls._contract(
            day(1), [(cls.seats, 10, 12.50), (cls.backup, 1, 30.0)]
        )

    @classmethod
    def _agree(cls, contract, start=None, **values):
        """Let a version say term and notice; by default a year, 3 months' notice."""
        terms = {
            "term_months": 12,
            "renewal": "extend",
            "extension_months": 12,
            "notice_count": 3,
            **values,
        }
        return cls._version(
            contract,
            start or contract.date_start,
            [{"action": "commitment", **terms}],
        )

    def _form(self, contract=None, **values):
        contract = contract or self.contract
        form = self._dialog(contract.action_terminate())
        form.churn_reason_id = self.reason
        for name, value in values.items():
            form[name] = value
        return form

    def _end(self, contract=None, **values):
        """Return the version that the wizard records."""
        contract = contract or self.contract
        self._form(contract, **values).save().action_apply()
        return contract.version_ids.sorted("number")[-1]
