from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import SUBSCRIPTION, ReconciliationCommon


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestComparison(ReconciliationCommon):
    """What differs is found, with cause and money; what agrees is not."""

    def test_nothing_differs_when_all_three_sides_agree(self):
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        self._import(self._row(10))
        one = self._compare()
        self.assertFalse(one.finding_ids)
        self.assertRecordValues(
            one.line_ids,
            [
                {
                    "partner_id": self.customer.id,
                    "position_id": contract.position_ids.id,
                    "supplied_quantity": 10,
                    "contained_quantity": 10,
                    "billed_quantity": 10,
                    "cost": 150.0,
                    "value": 200.0,
                    "billed_value": 200.0,
                    "result": "agrees",
                    "subscription_label": SUBSCRIPTION,
                }
            ],
        )
        self.assertEqual((one.vendor_total, one.amount_billed), (150.0, 150.0))
        self.assertEqual((one.agreed_count, one.line_count), (1, 1))

    def test_a_change_in_the_file_that_was_applied_and_billed_agrees(self):
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        self._import(self._row(10), *self._change(10, 12, 1, 20))
        self._run(date(2026, 2, 1), "differential", contracts=contract)
        one = self._compare()
        self.assertFalse(one.finding_ids)
        # 10 x 20 + 2 x 20 x 12/31
        self.assertEqual(one.line_ids.billed_value, 215.48)

    def test_seats_that_were_left_out_are_missing(self):
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        import_ = self._import(self._row(10), *self._change(10, 12, 1, 20), apply=False)
        import_.differing_change_ids.action_exclude()
        import_.action_apply()
        one = self._compare()
        self.assertEqual(self._found(one), {"seats_missing": 15.48})
        self.assertRecordValues(
            one.finding_ids,
            [
                {
                    "direction": "leakage",
                    "date_start": date(2026, 1, 20),
                    "date_end": date(2026, 1, 31),
                    "supplied_quantity": 12,
                    "contained_quantity": 10,
                    "billed_quantity": 10,
                    "contract_id": contract.id,
                    "is_cost": False,
                }
            ],
        )
        self.assertEqual(one.leakage_total, 15.48)
        self.assertIn("Left out by", one.finding_ids.explanation)
        # The change's two rows and nothing else.
        self.assertEqual(len(one.finding_ids.charge_ids), 2)
        # What is left out here costs all the same.
        self.assertEqual(one.line_ids.cost, import_.amount_read)

    def test_more_of_what_is_free_leaks_at_cost(self):
        contract = self._contract(date(2026, 1, 1), [(self.premium, 10, 20.0, 100)])
        self._run(date(2026, 1, 1), contracts=contract)
        import_ = self._import(self._row(12), apply=False)
        import_.differing_change_ids.action_exclude()
        one = self._compare()
        # 2 of 12 seats at 15.00
        self.assertEqual(self._found(one), {"seats_missing": 30.0})
        self.assertTrue(one.finding_ids.is_cost)

    def test_of_part_of_a_month_free_seats_cost_their_days(self):
        contract = self._contract(date(2026, 1, 1), [(self.premium, 10, 0.0)])
        self._run(date(2026, 1, 1), contracts=contract)
        rows = self._row(12, start=17, price="7.26")
        import_ = self._import(rows, apply=False)
        import_.differing_change_ids.action_exclude()
        one = self._compare()
        # 2 of 12 seats at 7.26 for 17 to 31 January
        self.assertEqual(self._found(one), {"seats_missing": 14.52})

    def test_a_subscription_that_is_no_longer_listed_is_found(self):
        """The cancellation was forgotten: no row says so, the file is just shorter."""
        contract = self._seats_contract()
        other = self._other_customer()
        self._import(self._row(10), self._row(3, **other))
        self._run(date(2026, 2, 1), contracts=contract)
        self._import(self._row(3, month=2, **other), name="february.csv")
        one = self._compare(month=2)
        found = one.finding_ids.filtered(lambda each: each.contract_id == contract)
        self.assertRecordValues(
            found,
            [
                {
                    "cause": "ended_at_provider",
                    "direction": "overbilled",
                    "amount": 200.0,
                    "supplied_quantity": 0,
                    "billed_quantity": 10,
                }
            ],
        )
        self.assertEqual(one.overbilled_total, 200.0)

    def _other_customer(self):
        """Return the cells of a second customer, who has a contract of three seats."""
        partner = self.env["res.partner"].create({"name": "Praxis Beispiel"})
        tenant = "11111111-0000-4000-8000-000000000002"
        self.env["msp.customer.mapping"].create(
            {
                "provider_id": self.provider.id,
                "external_id": tenant,
                "external_name": partner.name,
                "partner_id": partner.id,
            }
        )
        contract = self._seats_contract(3, partner=partner)
        self._run(date(2026, 2, 1), contracts=contract)
        return {
            "CustomerId": tenant,
            "CustomerName": partner.name,
            "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000002",
        }

    def test_pitfall_109_billed_without_any_vendor_line(self):
        """A position of the provider's article that no file has ever mentioned."""
        other = self._other_customer()
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        self._import(self._row(3, **other))
        one = self._compare()
        self.assertEqual(self._found(one), {"only_in_contract": 200.0})
        self.assertEqual(one.finding_ids.contract_id, contract)

    def test_pitfall_097_as_of_the_charge_period_not_of_today(self):
        """Changes of later months do not turn an agreeing month into a finding."""
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        self._import(self._row(10))
        self._set(contract.position_ids, date(2026, 3, 1), quantity=25)
        self.assertFalse(self._compare().finding_ids)

    def test_without_contract_the_money_is_not_under_contract(self):
        self._import(self._row(10), apply=False)
        one = self._compare()
        self.assertEqual(self._found(one), {"not_in_contract": 150.0})
        self.assertTrue(one.finding_ids.is_cost)
        self.assertIn("no running contract", one.finding_ids.explanation)

    def test_a_contract_that_has_ended_leaves_the_provider_unpaid_for(self):
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        self._import(self._row(10))
        self._end(contract.position_ids, date(2026, 2, 1))
        self._import(self._row(10, month=2), name="february.csv", apply=False)
        self.assertEqual(
            self._found(self._compare(month=2)), {"cancellation_missed": 200.0}
        )

    def test_an_unknown_customer_is_leakage_at_cost(self):
        self._seats_contract()
        self._run(date(2026, 1, 1))
        stranger = {
            "CustomerId": "99999999-0000-4000-8000-000000000009",
            "CustomerName": "Fremd GmbH",
            "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000009",
        }
        self._import(self._row(10), self._row(4, **stranger))
        one = self._compare()
        self.assertEqual(self._found(one), {"unassigned": 60.0})
        self.assertEqual(one.finding_ids.customer_name, "Fremd GmbH")
        action = one.finding_ids.action_assign()
        self.assertEqual(action["res_model"], "msp.customer.mapping")

    def test_an_unknown_article_is_leakage_at_cost(self):
        self._seats_contract()
        self._run(date(2026, 1, 1))
        unknown = {
            "ProductId": "CFQ7TTC0XXXX",
            "SkuName": "Contoso Visio",
            "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000008",
        }
        self._import(self._row(10), self._row(4, **unknown))
        one = self._compare()
        self.assertEqual(self._found(one), {"unassigned": 60.0})
        self.assertEqual(one.finding_ids.article_name, "Contoso Visio")

    def test_pitfall_044_a_credit_belongs_to_the_days_it_credits(self):
        contract = self._seats_contract()
        self._run(date(2026, 2, 1), contracts=contract)
        self._import(self._row(10))
        credit = self._row(
            10, price="-1.15", ChargeType="customerCredit", OrderDate=date(2026, 2, 19)
        )
        self._import(self._row(10, month=2), credit, name="february.csv")
        one = self._compare(month=2)
        self.assertEqual(self._found(one), {"credit_not_passed_on": 11.5})
        self.assertRecordValues(
            one.finding_ids,
            [
                {
                    "direction": "credit",
                    "date_start": date(2026, 1, 1),
                    "date_end": date(2026, 1, 31),
                    "contract_id": contract.id,
                    "product_id": self.premium.id,
                }
            ],
        )

    def test_a_dearer_unit_is_found_once_with_old_and_new_price(self):
        contract = self._seats_contract()
        self._run(date(2026, 2, 1), contracts=contract)
        self._import(self._row(10))
        self._import(self._row(10, month=2, price="16.50"), name="february.csv")
        one = self._compare(month=2)
        self.assertEqual(self._found(one), {"cost_changed": 15.0})
        self.assertIn("16.5 instead of 15", one.finding_ids.explanation)
        self.assertEqual(one.cost_total, 15.0)

    def test_what_the_next_run_settles_is_timing(self):
        contract = self._seats_contract()
        self._import(self._row(10))
        one = self._compare()
        self.assertEqual(self._found(one), {"not_billed": 200.0})
        self._run(date(2026, 1, 1), contracts=contract)
        self._set(contract.position_ids, date(2026, 1, 11), price=22.00)
        one.action_compare()
        # 10 x 2.00 x 21/31
        self.assertEqual(self._found(one), {"to_correct": 13.55})
        self.assertEqual(one.line_ids.result, "timing")
        self._run(date(2026, 2, 1), "differential", contracts=contract)
        one.action_compare()
        self.assertEqual(self._found(one), {})
        self.assertEqual(set(one.finding_ids.mapped("state")), {"gone"})

    def test_arrears_that_are_not_due_are_no_finding(self):
        contract = self._seats_contract(
            terms={
                "billing_timing": "arrears",
                "billing_every": 6,
                "billing_unit": "month",
            }
        )
        # The price is that of the period: 6 months at 3.3333.
        self._set(contract.position_ids, date(2026, 1, 1), price=120.00)
        self._import(self._row(10))
        self.assertFalse(self._compare().finding_ids)

    def test_days_before_the_first_file_are_not_compared(self):
        """A cycle that began on 5 December was billed by a file nobody has read."""
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        self._import(self._row(10, start=5))
        self.assertFalse(self._compare().finding_ids)

    def test_a_usage_charge_that_no_contract_bills_is_found(self):
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        meter = {
            "TermAndBillingCycle": "1 GB/Month",
            "MeterDescription": "Storage",
            "ChargeType": "new",
            "SubscriptionStartDate": "",
            "SubscriptionEndDate": "",
            "BillingFrequency": "OneTime",
            "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000007",
        }
        self._import(self._row(10), self._row(7, price="1.00", **meter))
        self.assertEqual(self._found(self._compare()), {"unassigned": 7.0})

    def test_a_row_that_cannot_be_read_keeps_its_money_in_sight(self):
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        broken = self._row(
            4,
            SubscriptionId="5b5b5b5b-0000-4000-8000-000000000006",
            ChargeStartDate="yesterday",
        )
        self._import(self._row(10), broken)
        one = self._compare()
        self.assertEqual(self._found(one), {"unreadable": 60.0})
        self.assertEqual(one.vendor_total, 210.0)

    def test_a_position_of_another_provider_is_not_missed_here(self):
        """The same product, bought from a distributor for one customer."""
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        other = self._other_customer()
        distributor = self.env["msp.provider"].create(
            {"name": "Distributor", "code": "distributor"}
        )
        self.env["msp.position.mapping"].create(
            {
                "provider_id": distributor.id,
                "subscription_id": "D-1",
                "position_id": contract.position_ids.id,
            }
        )
        self._import(self._row(3, **other))
        self.assertFalse(self._compare().finding_ids)

    def test_foreign_currency_is_added_up_in_the_companys(self):
        foreign = self.env["res.currency"].create(
            {
                "name": "XTA",
                "symbol": "X",
                "rate_ids": [
                    Command.create({"name": "2026-01-01", "rate": 2.0}),
                ],
            }
        )
        self._import(self._row(10, Currency="XTA", PricingCurrency="XTA"), apply=False)
        one = self._compare()
        self.assertEqual(one.cost_currency_id, foreign)
        self.assertEqual(one.finding_ids.amount, 150.0)
        self.assertEqual(one.finding_ids.amount_company, 75.0)

    def test_a_month_without_files_is_refused_in_words(self):
        with self.assertRaisesRegex(UserError, "No file of Contoso CSP for March 2026"):
            self._compare(month=3)

    def test_queries_do_not_grow_with_customers(self):
        rows = [self._row(10, **self._numbered_customer(n)) for n in range(2)]
        self._import(*rows)
        few = self._count_queries()
        rows = [self._row(10, month=2, **self._numbered_customer(n)) for n in range(14)]
        self._import(*rows, name="february.csv")
        many = self._count_queries(month=2)
        self.assertLess(many, few + 12)

    def _numbered_customer(self, number):
        tenant = f"22222222-0000-4000-8000-{number:012}"
        if not self.env["msp.customer.mapping"].search([("external_id", "=", tenant)]):
            partner = self.env["res.partner"].create({"name": f"Customer {number}"})
            self.env["msp.customer.mapping"].create(
                {
                    "provider_id": self.provider.id,
                    "external_id": tenant,
                    "partner_id": partner.id,
                }
            )
            self._seats_contract(10, partner=partner)
        return {
            "CustomerId": tenant,
            "SubscriptionId": f"33333333-0000-4000-8000-{number:012}",
        }

    def _count_queries(self, month=1):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._compare(month=month)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before
