from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .bill_common import BillCommon
from .common import microsoft_csv

CRON = "msp_reconciliation.ir_cron_create_bills"


@freeze_time("2026-04-10 08:00:00")
@tagged("post_install", "-at_install")
class TestBadStates(BillCommon):
    """Whatever is missing or locked, a clerk reads a sentence; nothing is half made."""

    def setUp(self):
        super().setUp()
        self._seats_contract(10)

    def _due(self, *rows, **options):
        import_ = self._import(*rows or [self._row(10)], **options)
        return import_.with_user(self.accountant)

    def _auto(self, import_, mode="post"):
        """Have the scheduler make the bills; return the note."""
        self.provider.with_company(import_.company_id).bill_auto_post = mode
        import_._system_write({"bill_is_due": True})
        with self.enter_registry_test_mode():
            self.env.ref(CRON).method_direct_trigger()
        self.env.invalidate_all()
        return import_.bill_note

    def assertRefused(self, import_, sentence):
        """Somebody and the scheduler are told the same, and nothing is left."""
        with self.assertRaisesRegex(UserError, sentence):
            import_.action_create_bill()
        self.env.invalidate_all()
        self.assertFalse(import_.sudo().bill_ids)
        self.assertRegex(self._auto(import_), sentence)
        self.assertFalse(import_.sudo().bill_ids)

    def test_no_purchase_journal(self):
        self.env["account.journal"].search(
            [("type", "=", "purchase"), ("company_id", "=", self.company.id)]
        ).active = False
        self.assertRefused(self._due(), "No journal could be found")

    def test_no_chart_of_accounts(self):
        company = self._second_company()
        users = self.clerk | self.accountant
        users.company_ids = [Command.link(company.id)]
        imports = self.env["msp.import"].with_user(self.clerk)
        import_ = imports.with_context(allowed_company_ids=company.ids).import_file(
            self.provider.id, "zweite.csv", microsoft_csv(self._row(10))
        )
        import_.action_assign()
        import_.action_prepare()
        import_.action_apply()
        self.assertRefused(
            import_.with_user(self.accountant), "No journal could be found"
        )

    def test_no_expense_account(self):
        import_ = self._due()
        self.premium.categ_id.property_account_expense_categ_id = False
        self.env["account.journal"].search(
            [("company_id", "=", self.company.id)]
        ).default_account_id = False
        self.company.expense_account_id = False
        self.assertRefused(
            import_, "Contoso Premium of invoice G01 has no expense account"
        )

    def test_no_vendor(self):
        import_ = self._due()
        self.provider.partner_id = False
        self.assertRefused(import_, "Provider Contoso CSP has no vendor")

    def test_no_file(self):
        none = self.env["msp.import"].with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "There is no file"):
            none.action_create_bill()

    def test_currency_that_was_archived(self):
        francs = self.env.ref("base.CHF")
        francs.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": francs.id, "name": date(2026, 1, 1), "rate": 1.1}
        )
        import_ = self._due(self._row(10, Currency="CHF", PricingCurrency="CHF"))
        import_.with_user(self.clerk).invoice_amount = 150.00
        francs.active = False
        self.assertIn("inactive currency: CHF", self._auto(import_))
        self.assertEqual(import_.bill_ids.state, "draft")

    def test_archived_vendor_is_booked_all_the_same(self):
        import_ = self._due()
        self.vendor.active = False
        import_.action_create_bill()
        self._post(import_.bill_ids)
        self.assertEqual(import_.bill_state, "posted")

    def test_vendor_without_country(self):
        self.vendor.country_id = False
        import_ = self._due()
        import_.action_create_bill()
        self.assertEqual(import_.bill_ids.amount_untaxed, 150.00)

    def test_locked_months_are_booked_on_the_first_open_day(self):
        self.company.fiscalyear_lock_date = date(2026, 3, 31)
        bill = self._bill(self._row(10))
        self._post(bill)
        self.assertEqual((bill.state, bill.date), ("posted", date(2026, 4, 10)))
        self.company.hard_lock_date = date(2026, 4, 30)
        import_ = self._due(self._row(10, month=2), name="february.csv")
        import_.with_user(self.clerk).invoice_amount = 150.00
        self.assertFalse(self._auto(import_))
        self.assertEqual(import_.bill_ids.date, date(2026, 5, 1))

    def test_bill_of_nothing_and_of_a_credit(self):
        zero = self._bill(self._row(0), name="zero.csv")
        self._post(zero)
        self.assertEqual((zero.amount_total, zero.state), (0.0, "posted"))
        credit = self._bill(
            self._row(3, month=2, price="-15.00", ChargeType="customerCredit"),
            name="credit.csv",
        )
        self.assertEqual((credit.move_type, credit.amount_untaxed), ("in_refund", 45.0))

    def test_owner_who_may_see_nothing_stops_no_note(self):
        self.provider.user_id = new_test_user(
            self.env, login="bad_outsider", company_id=self.company.id
        )
        import_ = self._due()
        self.provider.partner_id = False
        self.assertIn("has no vendor", self._auto(import_))

    def test_what_odoo_says_with_a_button_is_a_sentence(self):
        import_ = self._due()
        error = RedirectWarning("Configure it first.", 1, "Go there")
        with patch.object(type(import_), "_create_bills", side_effect=error):
            self.assertEqual(self._auto(import_), "Configure it first.")
