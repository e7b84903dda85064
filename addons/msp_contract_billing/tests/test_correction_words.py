from odoo.tests import tagged

from .common import day
from .ledger_common import LedgerCommon


@tagged("post_install", "-at_install")
class TestCorrectionWords(LedgerCommon):
    """A correction names what led to it, and nothing that was settled before."""

    def _correction(self, until):
        return self._bill(until, "differential").invoice_line_ids.name

    def test_settled_reasons_are_not_named_again(self):
        self._bill()
        wrong = self._set(self.position, day(1, 11), quantity=4, reason="Four are left")
        self.assertIn("Four are left", self._correction(day(1, 12)))
        wrong._withdraw("Typing error")
        text = self._correction(day(1, 13))
        self.assertIn("Typing error", text)
        self.assertNotIn("Four are left", text)
        self._set(self.position, day(1, 21), quantity=12, reason="Two colleagues")
        text = self._correction(day(1, 22))
        self.assertIn("Two colleagues", text)
        self.assertNotIn("Typing error", text)

    def test_what_leaves_nothing_to_charge_is_a_reason_once(self):
        """A suspension is in no content that is charged, yet claims rest on it."""
        self._bill()
        suspend = {
            "action": "suspend",
            "position_id": self.position.id,
            "billed_share": 0.0,
        }
        fire = self._version(
            self.contract, day(1, 11), [suspend], date_end=day(1, 15), reason="Fire"
        )
        self.assertIn("Reason: Fire", self._correction(day(1, 16)))
        self._set(self.position, day(1, 21), quantity=12, reason="Two colleagues")
        self.assertIn("Reason: Two colleagues", self._correction(day(1, 22)))
        fire._withdraw("No fire at all")
        self.assertIn("Reason: No fire at all", self._correction(day(1, 23)))

    def test_what_is_billed_again_names_the_credit_note(self):
        invoice = self._bill()
        credit = self._reverse(invoice, mode="again")
        credit.invoice_line_ids.quantity = 4
        credit.action_post()
        text = self._correction(day(1, 20))
        self.assertIn(f"Corrects {invoice.name} ", text)
        self.assertIn(f"Billed again: credited by {credit.name} ", text)
        self.assertNotIn(f"Corrects {credit.name} ", text)
