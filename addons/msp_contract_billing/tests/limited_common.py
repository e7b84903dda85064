from .common import ContractCommon, day


class LimitedCommon(ContractCommon):
    """Ten seats at 12.50 a month from January 2026 on; trials and discounts on them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.position = cls.contract.position_ids

    @classmethod
    def _limit(cls, start, end, position=None, **values):
        return cls.env["msp.limited.price"].create(
            {
                "position_id": (position or cls.position).id,
                "date_start": start,
                "date_end": end,
                **values,
            }
        )

    def _change(self, limited, **values):
        """Change a limited price by the wizard."""
        context = limited.action_change()["context"]
        wizard = limited.env["msp.limited.price.change"].with_context(**context)
        wizard.create(values).action_apply()

    def _prices(self, position=None):
        """Return [(first day, last day, price, discount)] of a position."""
        return [
            (line.date_start, line.date_end, line.price_unit, line.discount)
            for line in (position or self.position).line_ids.sorted("date_start")
        ]

    def _billed(self, contract=None):
        """Return {first day: amount} of what counts as billed."""
        amounts = {}
        for start, _end, amount in self._claims(contract or self.contract):
            amounts[start] = round(amounts.get(start, 0) + amount, 2)
        return amounts

    def _total(self, contract=None):
        return round(sum(self._billed(contract).values()), 2)
