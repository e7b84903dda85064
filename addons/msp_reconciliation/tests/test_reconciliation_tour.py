from datetime import date

from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.msp_cloud_import.tests.common import microsoft_csv

from .common import ReconciliationCommon


@freeze_time("2026-02-10 10:00:00")
@tagged("post_install", "-at_install")
class TestReconciliationTour(ReconciliationCommon, HttpCase):
    """From the board through the four steps to the vendor bill and the findings."""

    def _publish(self, content):
        """Put the file where the tour fetches it from."""
        attachment = self.env["ir.attachment"].create(
            {"name": "january.csv", "raw": content, "public": True}
        )
        self.env["ir.model.data"].create(
            {
                "module": "msp_reconciliation",
                "name": "tour_file",
                "model": "ir.attachment",
                "res_id": attachment.id,
            }
        )

    def test_board_to_findings(self):
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        stranger = {
            "CustomerId": "99999999-0000-4000-8000-000000000009",
            "CustomerName": "Fremd GmbH",
            "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000009",
        }
        self._publish(microsoft_csv(self._row(10), self._row(2, **stranger)))
        self.start_tour("/odoo/providers", "msp_board_to_findings", login="accountman")
        (bill,) = self.env["account.move"].search([("ref", "=", "G01")])
        self.assertEqual(bill.amount_untaxed, 180.00)
        finding = self.env["msp.finding"].search(
            [("provider_id", "=", self.provider.id)]
        )
        self.assertRecordValues(
            finding,
            [{"state": "ignored", "close_reason": "Our own demo tenant"}],
        )

    def test_month_end(self):
        """Compare, decide, book the vendor's bill, look at the sample, sign off."""
        self.company.msp_sample_min = 1
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        import_ = self._import(self._row(12), apply=False)
        import_.differing_change_ids.action_exclude()
        import_.action_apply()
        self.start_tour("/odoo/reconciliations", "msp_month_end", login="accountman")
        self.assertRecordValues(
            import_.bill_ids, [{"state": "posted", "amount_untaxed": 180.00}]
        )
        (one,) = self.env["msp.reconciliation"].search(
            [("provider_id", "=", self.provider.id)]
        )
        self.assertRecordValues(
            one,
            [{"state": "signed", "sign_reason": False, "bill_difference": 0.0}],
        )
        self.assertRecordValues(
            one.finding_ids,
            [
                {
                    "state": "resolved",
                    "close_reason": "Two seats are free of charge until May",
                }
            ],
        )
