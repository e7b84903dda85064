from .common import ContractCommon, day


class LedgerCommon(ContractCommon):
    """One contract of 10 seats at 12.50 a month; billing, crediting and paying it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.position = cls.contract.position_ids

    def _bill(self, until=None, kind="regular", post=True):
        return self._run(until or day(1), kind, self.contract, post=post).move_ids

    def _reverse(self, invoice, mode="auto", modify=False):
        """Credit `invoice` by Odoo's wizard; return the draft it makes."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(
                {
                    "journal_id": invoice.journal_id.id,
                    "date": day(2),
                    "msp_credit_mode": mode,
                }
            )
        )
        wizard.modify_moves() if modify else wizard.reverse_moves()
        return wizard.new_move_ids

    def _pay(self, invoice):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})._create_payments()
