from datetime import date

from odoo.tests import freeze_time, tagged

from .common import ReconciliationCommon

OTHER = "5b5b5b5b-0000-4000-8000-000000000002"
TENANT_2 = "11111111-0000-4000-8000-000000000002"


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestConservation(ReconciliationCommon):
    """imported = billed + not billed + waiting + not in contracts + ignored."""

    def _places(self, one):
        return {
            place: one[f"amount_{place}"]
            for place in ("billed", "unbilled", "waiting", "info", "ignored", "before")
            if one[f"amount_{place}"]
        }

    def test_every_row_is_in_one_place(self):
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        self._import(
            self._row(10),
            # nobody knows this customer
            self._row(3, SubscriptionId=OTHER, CustomerId=TENANT_2),
            # nobody knows whose credit it is
            self._row(1, Subtotal="-7.50", ChargeType="customerCredit", price="-7.50"),
        )
        one = self._compare()
        self.assertEqual(one.vendor_total, 187.5)
        self.assertEqual(
            self._places(one), {"billed": 150.0, "waiting": 45.0, "info": -7.5}
        )
        self.assertEqual(one.conservation_rest, 0)

    def test_what_no_invoice_carries_is_not_billed_yet(self):
        self._seats_contract()
        self._import(self._row(10))
        self.assertEqual(self._places(self._compare()), {"unbilled": 150.0})

    def test_a_file_saved_again_is_counted_once(self):
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        self._import(self._row(10))
        self._import(self._row(10), self._row(0), name="again.csv")
        one = self._compare()
        self.assertEqual(one.vendor_total, 300.0)
        self.assertEqual(self._places(one), {"billed": 150.0, "before": 150.0})
        self.assertEqual(one.conservation_rest, 0)

    def test_what_was_ignored_stays_in_sight(self):
        self._seats_contract()
        import_ = self._import(
            self._row(10),
            self._row(3, SubscriptionId=OTHER, CustomerId=TENANT_2),
        )
        mapping = import_.customer_mapping_ids.filtered(
            lambda one: one.external_id == TENANT_2
        )
        mapping.with_user(self.accountant).write(
            {"is_ignored": True, "ignore_reason": "Our own tenant"}
        )
        one = self._compare()
        self.assertEqual(self._places(one), {"unbilled": 150.0, "ignored": 45.0})
        rows = one.with_context(msp_place="ignored").action_view_place()["domain"]
        self.assertEqual(
            self.env["msp.provider.charge"].search(rows).subscription_id, OTHER
        )

    def test_a_row_that_was_lost_is_named(self):
        self._seats_contract()
        import_ = self._import(self._row(10))
        # Nobody can delete a row; if one were lost, it would be seen.
        self.env.cr.execute(
            "DELETE FROM msp_provider_charge WHERE import_id = %s", [import_.id]
        )
        self.env.invalidate_all()
        one = self.env["msp.reconciliation"]._open(self.provider, date(2026, 1, 1))
        self.assertEqual(one.conservation_rest, 150.0)
