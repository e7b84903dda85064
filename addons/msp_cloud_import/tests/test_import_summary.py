from odoo.tests import tagged

from .common import ImportCommon, seats


@tagged("post_install", "-at_install")
class TestImportSummary(ImportCommon):
    """What an import has done, and what waits for whom."""

    def test_summary_names_customers_reasons_and_money(self):
        self._contract(self.customer, [(self.premium, 10, 20.0)])
        unknown = seats(
            3,
            SkuId="0042",
            SkuName="Something New",
            SubscriptionId="5b5b5b5b-0000-4000-8000-000000000042",
        )
        import_ = self._applied(seats(12), unknown)
        text = import_.summary.striptags()
        self.assertIn(self.customer.name, text)
        self.assertIn("120.00", text)
        self.assertIn("Article to assign", text)
        self.assertIn("30.00", text)
        self.assertIn("30.00", import_.message_ids[0].body.striptags())
        (entry,) = import_._summarize_applied()
        self.assertEqual((entry["applied"], entry["same"]), (1, 0))
        ((_owner, (waiting,)),) = import_._summarize_waiting()
        self.assertEqual((waiting["count"], waiting["amount"]), (1, 30.0))
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "msp_cloud_import.report_import_summary", import_.ids
        )
        self.assertIn(b"Article to assign", html)

    def test_pitfall_077_part_of_a_file_is_compared_and_never_counted_twice(self):
        self._contract(self.customer, [(self.premium, 10, 20.0)])
        late = seats(
            3, SkuId="0042", SubscriptionId="5b5b5b5b-0000-4000-8000-000000000042"
        )
        early = self._applied(seats(12))
        early.invoice_amount = 150.0
        self.assertEqual(early.amount_beyond_file, 30.0)
        whole = self._read(seats(12), late, name="whole.csv")
        self.assertEqual((whole.same_count, whole.new_count), (1, 1))
        self.assertEqual(whole.amount_new, 30.0)
        self.assertFalse(early.provider_charge_ids.superseded_by_id)
