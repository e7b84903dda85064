from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.msp_contract_billing.billing import settle

from ..models import msp_import_apply
from .common import seats
from .profile_common import ProfileCommon, csv_file, recurring


@tagged("post_install", "-at_install")
class TestImportTogether(ProfileCommon):
    """Imports of several providers change one contract from one day on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(
            cls.customer, [(cls.premium, 10, 20.0), (cls.suite, 12, 15.0)]
        )
        cls.seats, cls.suites = cls.contract.position_ids

    def _both(self, suites=14):
        """Return a file of each of two providers, prepared."""
        first = self._prepared(seats(12))
        second = self._import(csv_file([recurring(suites)]))
        second.profile_id.action_confirm()
        return first + self._ready(second)

    def _applied_both(self):
        both = self._both()
        self.assertEqual(both.change_ids.mapped("state"), ["proposed"] * 2)
        both.action_apply()
        self.assertEqual(both.mapped("state"), ["applied"] * 2)
        return both

    def test_one_version_for_one_contract_and_day(self):
        both = self._applied_both()
        version = both.version_ids
        self.assertEqual(len(version), 1)
        self.assertEqual(version.import_ids, both)
        self.assertEqual(version.import_id, both[0])
        self.assertEqual(version.date_start, date(2026, 3, 5))
        self.assertEqual([one.version_count for one in both], [1, 1])
        self.assertEqual(both.provider_charge_ids.mapped("state"), ["applied"] * 2)
        self.assertEqual(self._content(self.seats)[-1], (date(2026, 3, 5), 12.0))
        self.assertEqual(self._content(self.suites)[-1], (date(2026, 3, 5), 14.0))
        for import_ in both:
            self.assertIn(import_.provider_id.name, version.reason)

    def test_manager_is_told_once(self):
        self.contract.user_id = self.manager
        both = self._both()
        both.action_apply()
        told = self.env["mail.message"].search(
            [
                ("model", "=", "msp.import"),
                ("res_id", "in", both.ids),
                ("partner_ids", "in", self.manager.partner_id.ids),
            ]
        )
        self.assertEqual(len(told), 1)
        self.assertIn(both[0].file_name, told.body)
        self.assertIn(both[1].file_name, told.body)

    def test_one_that_fails_takes_no_other_down(self):
        both = self._both()
        apply = type(both.change_ids)._apply

        wrong = "This one is wrong."

        def _apply(changes):
            if both[1] in changes.import_id:
                raise UserError(wrong)
            return apply(changes)

        with patch.object(type(both.change_ids), "_apply", _apply):
            both.action_apply()
        self.assertEqual(both[0].change_ids.state, "applied")
        self.assertEqual(both[1].change_ids.state, "failed")
        self.assertEqual(both[1].change_ids.error, "This one is wrong.")
        self.assertEqual(self._content(self.seats)[-1], (date(2026, 3, 5), 12.0))
        self.assertEqual(self._content(self.suites), [(date(2026, 1, 1), 12.0)])

    def test_what_both_speak_of_is_compared_in_turn(self):
        march = seats(12, InvoiceNumber="G03")
        april = seats(
            14,
            InvoiceNumber="G04",
            ChargeStartDate=date(2026, 4, 5),
            ChargeEndDate=date(2026, 5, 4),
        )
        both = self._prepared(march) + self._prepared(april, name="april.csv")
        both.action_apply()
        self.assertEqual(len(both.version_ids), 2)
        self.assertEqual(both[1].change_ids.old_quantity, 12.0)

    def test_scheduler_takes_them_together_as_well(self):
        both = self._both()
        with (
            patch.object(msp_import_apply, "REQUEST_SECONDS", -1),
            patch.object(msp_import_apply, "BATCH_SIZE", 0),
        ):
            both.action_apply()
        cron = self.env.ref("msp_cloud_import.ir_cron_continue_imports")
        with self.enter_registry_test_mode():
            for _turn in range(3):
                cron.method_direct_trigger()
        both.invalidate_recordset()
        self.assertEqual(both.mapped("state"), ["applied"] * 2)
        self.assertFalse(any(both.mapped("is_running")))
        self.assertEqual(len(both.version_ids), 1)

    # Withdraw

    def _due(self, until=date(2026, 3, 31)):
        """Return what is due until a day, beside what the ledger has."""
        history = self.contract._load_histories()[self.contract.id]
        claims = self.env["msp.charge"]._load_claims(self.contract)
        return settle(history, claims.get(self.contract.id, []), until, 2)

    def _amount(self, due):
        return float(sum(charge.amount for charge in due))

    def _bill(self):
        charges = self.env["msp.charge"]
        tax = self.env["account.tax"]
        due = self._due()
        charges._append(
            [
                {
                    **charges._prepare_vals(
                        self.contract, charge, {charge.position: tax}
                    ),
                    "kind": "opening",
                }
                for charge in due
            ]
        )
        return self._amount(due)

    def test_withdrawn_before_billing_leaves_no_trace_in_money(self):
        # Three months of 10 x 20.00 and 12 x 15.00.
        self.assertEqual(self._amount(self._due()), 1140.0)
        both = self._applied_both()
        # 27 of 31 days of March with 2 more of each.
        self.assertEqual(self._amount(self._due()), 1200.97)
        both[0]._withdraw("wrong")
        self.assertEqual(both.version_ids.state, "withdrawn")
        self.assertEqual(self._amount(self._due()), 1140.0)
        change = both[1].change_ids
        self.assertEqual((change.state, change.version_id.ids), ("waiting", []))
        self.assertIn(both[0].name, change.error)
        self.assertIn(both[0].name, both[1].message_ids[0].body)
        self.assertEqual(both[1].next_step, "prepare")
        both[1].action_prepare()
        both[1].action_apply()
        self.assertEqual(self._content(self.seats), [(date(2026, 1, 1), 10.0)])
        self.assertEqual(self._content(self.suites)[-1], (date(2026, 3, 5), 14.0))
        self.assertEqual(self._amount(self._due()), 1166.13)

    def test_withdrawn_after_billing_is_corrected_by_the_difference(self):
        both = self._applied_both()
        self.assertEqual(self._bill(), 1200.97)
        self.assertEqual(self._amount(self._due()), 0.0)
        both[0]._withdraw("wrong")
        # Back to 1,140.00 until the other one is applied again.
        self.assertEqual(self._amount(self._due()), -60.97)
        both[1].action_prepare()
        both[1].action_apply()
        self.assertEqual(self._amount(self._due()), -34.84)
