from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.msp_cloud_import.tests.common import MONTHLY, microsoft_csv

from .common import TENANT, ReconciliationCommon

STRANGER = {
    "CustomerId": "99999999-0000-4000-8000-000000000009",
    "CustomerName": "Fremd GmbH",
    "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000009",
}
ANNUAL = {"ChargeEndDate": date(2026, 12, 31), "BillingFrequency": "Annual"}


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestComparisonFiles(ReconciliationCommon):
    """What files say: corrected, withdrawn, ignored, converted, of two providers."""

    def setUp(self):
        super().setUp()
        self.contract = self._seats_contract()
        self._run(date(2026, 3, 1), contracts=self.contract)

    def _assigned(self, *rows, name="february.csv"):
        imports = self.env["msp.import"].with_user(self.clerk)
        import_ = imports.import_file(self.provider.id, name, microsoft_csv(*rows))
        import_.action_assign()
        return import_

    def _second_customer(self):
        """Return the cells of a customer with a contract of three seats, billed."""
        partner = self.env["res.partner"].create({"name": "Praxis Beispiel"})
        tenant = "11111111-0000-4000-8000-000000000002"
        self.env["msp.customer.mapping"].create(
            {
                "provider_id": self.provider.id,
                "external_id": tenant,
                "partner_id": partner.id,
            }
        )
        contract = self._seats_contract(3, partner=partner)
        self._run(date(2026, 3, 1), contracts=contract)
        return {"CustomerId": tenant, "SubscriptionId": "5b5b-2"}

    # Imports that are not ready, withdrawn, or read again

    def test_an_import_that_is_not_prepared_says_nothing_about_an_end(self):
        self._import(self._row(10))
        import_ = self._assigned(self._row(10, month=2))
        with self.assertRaisesRegex(UserError, f"{import_.name} is not prepared"):
            self._compare(month=2)
        import_.action_prepare()
        self.assertFalse(self._compare(month=2).finding_ids)

    def test_an_import_assigned_anew_is_prepared_first(self):
        import_ = self._import(self._row(10))
        import_.product_mapping_ids.product_id = self.seats
        with self.assertRaisesRegex(UserError, f"{import_.name} is not prepared"):
            self._compare()

    def test_rows_of_a_withdrawn_import_count_where_they_were_read_again(self):
        first = self._import(self._row(10))
        more = self._row(2, **STRANGER)
        second = self._import(self._row(10), more, name="again.csv")
        third = self._import(self._row(10), self._row(3, **STRANGER), name="third.csv")
        first._withdraw("wrong file")
        # The stranger's row counts as the newest file has it.
        self.assertEqual(second.bill_difference, 150.0)
        self.assertEqual(third.bill_difference, 45.0)
        with self.assertRaisesRegex(UserError, f"{second.name} is not prepared"):
            self._compare()
        second.action_prepare()
        one = self._compare()
        self.assertEqual(self._found(one), {"unassigned": 45.0})
        self.assertEqual(one.line_ids.cost, 150.0)

    def test_a_month_whose_files_were_all_withdrawn_has_no_findings(self):
        import_ = self._import(self._row(10), self._row(2, **STRANGER))
        one = self._compare()
        self.assertEqual(one.leakage_total, 30.0)
        import_._withdraw("wrong file")
        one.action_compare()
        self.assertEqual((one.leakage_total, one.line_count), (0.0, 0))
        self.assertEqual(one.finding_ids.mapped("state"), ["gone"])

    # Rows that say nothing

    def test_rows_ignored_by_hand_are_no_end(self):
        self._import(self._row(10))
        import_ = self._import(self._row(10, month=2), name="february.csv", apply=False)
        import_.provider_charge_ids._ignore("For ourselves")
        one = self._compare(month=2)
        self.assertFalse(one.finding_ids)
        self.assertEqual(one.line_ids.result, "unknown")

    def test_an_archived_customer_is_to_be_assigned_and_not_ended(self):
        self._import(self._row(10))
        self.customer.active = False
        self._import(self._row(10, month=2), name="february.csv")
        self.assertEqual(self._found(self._compare(month=2)), {"unassigned": 150.0})

    def test_a_row_that_cannot_be_read_is_not_found_as_an_end_too(self):
        other = self._second_customer()
        self._import(self._row(10), self._row(3, **other))
        broken = self._row(10, month=2, ChargeStartDate="yesterday")
        self._import(broken, self._row(3, month=2, **other), name="february.csv")
        self.assertEqual(self._found(self._compare(month=2)), {"unreadable": 150.0})

    def test_an_ignored_article_is_no_leakage(self):
        unknown = {"ProductId": "CFQ7TTC0XXXX", "SubscriptionId": "5b5b-8"}
        import_ = self._import(self._row(10), self._row(4, **unknown), apply=False)
        mapping = import_.product_mapping_ids.filtered(
            lambda one: one.state == "open"
        ).with_user(self.accountant)
        mapping.write({"is_ignored": True, "ignore_reason": "Free"})
        import_.action_prepare()
        self.assertFalse(self._compare().finding_ids)

    def test_money_in_two_currencies_is_found_twice(self):
        self.env.ref("base.EUR").active = True
        foreign = {"Currency": "EUR", "PricingCurrency": "EUR"}
        rows = [self._row(2, **STRANGER), self._row(3, **STRANGER, **foreign)]
        one = self._compare_of(self._row(10), *rows)
        self.assertEqual(sorted(one.finding_ids.mapped("amount")), [30.0, 45.0])

    def _compare_of(self, *rows):
        self._import(*rows)
        return self._compare()

    # Conversions

    def test_a_prepaid_article_converted_in_one_position_is_supplied_once(self):
        self._article(self.premium, "CFQ7TTC0LCHC:0009")
        self._article(self.premium, "CFQ7TTC0LCHC:0002", billing_plan="annual")
        self._import(self._row(10, price="165.00", **ANNUAL))
        cancel = {"ChargeType": "cancelImmediate", "OrderDate": date(2026, 2, 1)}
        self._import(
            # 165.00 x 334/365
            self._row(10, month=2, price="-150.99", **ANNUAL, **cancel),
            self._row(10, month=2, SkuId="0009", ChargeType="new"),
            name="february.csv",
        )
        one = self._compare(month=2)
        self.assertFalse(one.finding_ids)
        self.assertEqual(one.line_ids.cost, -1359.9)

    def test_another_term_that_waits_is_not_the_position_of_the_old_one(self):
        other = self._product("Contoso Premium monthly", 24.0, msp_recurring=True)
        self._article(other, "CFQ7TTC0LCHC:0002", term="P1M")
        self._import(self._row(10))
        cancel = {"ChargeType": "cancelImmediate", "OrderDate": date(2026, 2, 15)}
        monthly = {
            "ChargeType": "new",
            "TermAndBillingCycle": MONTHLY,
            "SubscriptionStartDate": date(2026, 2, 15),
            "SubscriptionEndDate": date(2026, 3, 14),
        }
        self._import(
            self._row(10, month=2),
            self._row(10, month=2, start=15, price="-7.50", **cancel),
            self._row(10, month=2, start=15, price="9.00", **monthly),
            name="february.csv",
        )
        self._run(date(2026, 3, 1), "differential", contracts=self.contract)
        one = self._compare(month=2)
        self.assertEqual(self._found(one), {"not_in_contract": 90.0})
        self.assertEqual(one.finding_ids.date_start, date(2026, 2, 15))
        self.assertEqual(one.finding_ids.product_id, other)

    # Two providers of one product

    def _distributor(self):
        distributor = self.provider.copy({"name": "Distributor", "code": "other"})
        for mapping in self.env["msp.product.mapping"].search(
            [("provider_id", "=", self.provider.id)]
        ):
            mapping.copy({"provider_id": distributor.id})
        self.env["msp.customer.mapping"].create(
            {
                "provider_id": distributor.id,
                "external_id": TENANT,
                "partner_id": self.customer.id,
            }
        )
        return distributor

    def _import_of(self, provider, *rows, apply=True):
        imports = self.env["msp.import"].with_user(self.clerk)
        import_ = imports.import_file(provider.id, "other.csv", microsoft_csv(*rows))
        import_.action_assign()
        import_.action_prepare()
        if apply:
            import_.action_apply()

    def test_a_customer_who_moved_to_another_provider_is_not_missed_here(self):
        other = self._second_customer()
        self._import(self._row(10))
        self._import(self._row(3, month=2, **other), name="february.csv")
        self._import_of(
            self._distributor(), self._row(10, month=2, InvoiceNumber="D02")
        )
        self.assertFalse(self._compare(month=2).finding_ids)

    def test_what_another_provider_proposes_is_not_missed_here(self):
        other = self._second_customer()
        self._import(self._row(3, **other))
        distributor = self._distributor()
        self._import_of(distributor, self._row(10, InvoiceNumber="D01"), apply=False)
        self.assertFalse(self._compare().finding_ids)

    # Prices and age over several months

    def test_several_rows_of_a_subscription_keep_their_own_prices(self):
        self._set(self.contract.position_ids, date(2026, 1, 1), quantity=12)
        for month, name in ((1, "january.csv"), (2, "february.csv")):
            rows = [self._row(10, month=month), self._row(2, month=month, price="16")]
            self._import(*rows, name=name)
        self.assertEqual(self._compare(month=2).cost_total, 0.0)
        rows = [self._row(10, month=3, price="17"), self._row(2, month=3, price="17")]
        self._import(*rows, name="march.csv")
        # 10 x 2.00 + 2 x 1.00
        self.assertEqual(self._compare(month=3).cost_total, 22.0)

    def test_a_year_instead_of_a_month_is_no_dearer_price(self):
        self._article(self.premium, "CFQ7TTC0LCHC:0002", billing_plan="annual")
        self._import(self._row(10))
        yearly = {**ANNUAL, "ChargeEndDate": date(2027, 1, 31)}
        self._import(self._row(10, month=2, price="165", **yearly), name="february.csv")
        self.assertEqual(self._compare(month=2).cost_total, 0.0)

    def test_a_month_without_file_breaks_neither_price_nor_age(self):
        self._set(self.contract.position_ids, date(2026, 1, 1), quantity=8)
        for month, price in ((1, "15"), (3, "16")):
            rows = [self._row(10, month=month, price=price)]
            import_ = self._import(*rows, name=f"{month}.csv", apply=False)
            import_.differing_change_ids.action_exclude()
        self._compare(month=1)
        one = self._compare(month=3)
        found = {each.cause: each for each in one.finding_ids}
        self.assertEqual(found["cost_changed"].amount, 10.0)
        self.assertEqual(found["seats_missing"].date_since, date(2026, 1, 1))
