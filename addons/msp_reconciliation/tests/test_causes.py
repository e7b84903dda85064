from datetime import date

from odoo import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.msp_cloud_import.tests.common import MONTHLY

from .common import SUBSCRIPTION, ReconciliationCommon

JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestCauses(ReconciliationCommon):
    """Each cause of a difference is found alone, with its money and its reason."""

    def setUp(self):
        super().setUp()
        self.contract = self._seats_contract()
        self.position = self.contract.position_ids

    def _bill(self, until=MARCH):
        self._run(until, contracts=self.contract)

    def _customer(self, number, quantity=10):
        """Return the cells of another customer, with a contract that is billed."""
        partner = self.env["res.partner"].create({"name": f"Customer {number}"})
        tenant = f"22222222-0000-4000-8000-{number:012}"
        self.env["msp.customer.mapping"].create(
            {
                "provider_id": self.provider.id,
                "external_id": tenant,
                "partner_id": partner.id,
            }
        )
        contract = self._seats_contract(quantity, partner=partner)
        self._run(MARCH, contracts=contract)
        return {
            "CustomerId": tenant,
            "SubscriptionId": f"33333333-0000-4000-8000-{number:012}",
        }

    # What is right

    def test_a_month_in_order_has_no_finding_whatever_the_file_contains(self):
        """Foreign prices at our own rate, promotions, parts, several customers."""
        self._bill()
        cells = self._foreign()
        others = [self._customer(number) for number in (1, 2)]
        for month in (1, 2):
            self._import(
                self._row(10, month, PromotionId="39NFJQT1Q5KM"),
                *self._change(10, 12, month, 20) if month == 1 else (),
                *(self._row(2, month),) if month == 2 else (),
                self._row(
                    10, month, price="30.00", Subtotal="150.00", **cells, **others[0]
                ),
                self._row(10, month, **others[1]),
                name=f"{month}.csv",
            )
        self._run(MARCH, "differential", contracts=self.contract)
        for month in (1, 2):
            for user in (self.clerk, self.accountant):
                one = self._compare(month, user)
                self.assertEqual(self._found(one), {})
                self.assertEqual(set(one.line_ids.mapped("result")), {"agrees"})

    # Ended in the contract, still charged

    def test_pitfall_102_a_cancellation_that_nobody_told_the_provider(self):
        self._bill()
        self._import(self._row(10))
        self._end(self.position, date(2026, 2, 15))
        version = self.contract.version_ids.sorted("id")[-1]
        self._run(MARCH, "differential", contracts=self.contract)
        self._import(self._row(10, month=2), name="february.csv", apply=False)
        one = self._compare(month=2)
        # 10 x 20.00 x 14/28
        self.assertEqual(self._found(one), {"cancellation_missed": 100.0})
        self.assertRecordValues(
            one.finding_ids,
            [
                {
                    "direction": "leakage",
                    "date_start": date(2026, 2, 15),
                    "date_end": date(2026, 2, 28),
                    "supplied_quantity": 10,
                    "contained_quantity": 0,
                    "contract_id": self.contract.id,
                }
            ],
        )
        self.assertIn(f"Version {version.number} ended it", one.finding_ids.explanation)

    def test_months_after_the_end_it_is_missed_still(self):
        self._bill()
        self._import(self._row(10))
        self._end(self.position, FEBRUARY)
        self._run(MARCH, "differential", contracts=self.contract)
        for month in (2, 3):
            self._import(self._row(10, month), name=f"{month}.csv", apply=False)
            found = self._found(self._compare(month))
            self.assertEqual(found, {"cancellation_missed": 200.0})

    def test_a_contract_that_was_terminated_and_is_charged_on(self):
        self._bill()
        self._import(self._row(10))
        self._version(self.contract, FEBRUARY, [{"action": "terminate"}])
        self._run(MARCH, "differential", contracts=self.contract)
        self._import(self._row(10, month=2), name="february.csv", apply=False)
        one = self._compare(month=2)
        self.assertEqual(self._found(one), {"cancellation_missed": 200.0})
        self.assertIn("Version 2 ended it", one.finding_ids.explanation)

    def test_what_is_given_back_and_then_ended_is_one_finding(self):
        self._bill()
        import_ = self._import(
            self._row(10),
            *self._change(10, 6, 1, 11),
            self._row(
                6,
                price="-5.32",
                ChargeType="cancelImmediate",
                OrderDate=date(2026, 1, 21),
            ),
            apply=False,
        )
        import_.differing_change_ids.action_exclude()
        one = self._compare()
        # 4 x 20.00 x 10/31 + 10 x 20.00 x 11/31
        self.assertEqual(self._found(one), {"ended_at_provider": 96.78})
        self.assertEqual(one.finding_ids.date_start, date(2026, 1, 11))

    # Another plan than sold

    def test_pitfall_102_monthly_plan_at_the_annual_price(self):
        """Both plans mean one product; the provider has changed to the dearer one."""
        self._article(self.premium, "CFQ7TTC0LCHC:0002", term="P1M")
        self._bill()
        self._import(self._row(10))
        monthly = {"TermAndBillingCycle": MONTHLY, **self._term(2)}
        self._import(
            self._row(10, month=2, price="18.00", **monthly), name="february.csv"
        )
        one = self._compare(month=2)
        # 10 x (18.00 - 15.00), and no change of the price beside it
        self.assertEqual(self._found(one), {"wrong_plan": 30.0})
        finding = one.finding_ids
        self.assertEqual(finding.direction, "leakage")
        self.assertEqual(finding.position_id, self.position)
        self.assertIn(
            "Charged as 1 month, billed monthly, sold as 1 year", finding.explanation
        )
        self.assertIn("18.00 instead of 15.00", finding.explanation)
        self.assertEqual(finding.line_id.result, "differs")
        # It goes on until the contract says so.
        monthly = {"TermAndBillingCycle": MONTHLY, **self._term(3)}
        self._import(self._row(10, month=3, price="18.00", **monthly), name="march.csv")
        self.assertEqual(self._found(self._compare(month=3)), {"wrong_plan": 30.0})
        self._set(self.position, MARCH, price=24.00)
        self._run(MARCH, "differential", contracts=self.contract)
        self.assertEqual(self._found(self._compare(month=3)), {})

    def _term(self, month):
        last = {2: 28, 3: 31}[month]
        return {
            "SubscriptionStartDate": date(2026, month, 1),
            "SubscriptionEndDate": date(2026, month, last),
        }

    def test_a_plan_that_means_another_product_is_no_leak_of_all_seats(self):
        monthly = self._product("Premium by the month", 24.00, msp_recurring=True)
        self._article(monthly, "CFQ7TTC0LCHC:0002", term="P1M")
        self._bill()
        self._import(self._row(10))
        cells = {"TermAndBillingCycle": MONTHLY, **self._term(2)}
        self._import(
            self._row(10, month=2, price="18.00", **cells),
            name="february.csv",
            apply=False,
        )
        one = self._compare(month=2)
        self.assertEqual(self._found(one), {"wrong_plan": 30.0})
        self.assertEqual(one.finding_ids.position_id, self.position)
        self.assertIn("Premium by the month", one.finding_ids.explanation)

    def test_a_first_file_with_another_plan_is_valued_by_sales_prices(self):
        monthly = self._product("Premium by the month", 24.00, msp_recurring=True)
        self.premium.list_price = 20.00
        self._article(monthly, "CFQ7TTC0LCHC:0002", term="P1M")
        self._bill()
        cells = {
            "TermAndBillingCycle": MONTHLY,
            "SubscriptionStartDate": JANUARY,
            "SubscriptionEndDate": date(2026, 1, 31),
        }
        import_ = self._import(self._row(10, price="18.00", **cells), apply=False)
        import_.differing_change_ids.action_exclude()
        one = self._compare()
        # 10 x (24.00 - 20.00)
        self.assertEqual(self._found(one), {"wrong_plan": 40.0})
        self.assertFalse(one.finding_ids.is_cost)

    # Parts of a period

    def test_a_part_charged_like_a_whole_is_found(self):
        self._bill()
        rows = self._change(10, 12, 1, 20)
        # The new seats cost 15.00 each instead of 15.00 x 12/31 = 5.81.
        dear = self._row(12, 1, 20, price="15.00", **self._cells_of(rows[1]))
        self._import(self._row(10), rows[0], dear)
        self._run(MARCH, "differential", contracts=self.contract)
        one = self._compare()
        # 180.00 - 12 x 15.00 x 12/31 = 69.68
        self.assertEqual(self._found(one), {"proration": 110.32})
        self.assertRecordValues(
            one.finding_ids,
            [
                {
                    "direction": "cost",
                    "subscription_label": SUBSCRIPTION,
                    "contract_id": self.contract.id,
                    "is_cost": True,
                }
            ],
        )
        self.assertIn("69.68", one.finding_ids.explanation)

    def _cells_of(self, cells):
        names = ("ChargeType", "OrderDate", "ReferenceId")
        return {name: cells[name] for name in names}

    def test_parts_by_the_providers_own_rule_are_none(self):
        self._bill()
        self._import(
            self._row(10), *self._change(10, 12, 1, 20), *self._change(12, 9, 1, 24)
        )
        self._run(MARCH, "differential", contracts=self.contract)
        self.assertEqual(self._found(self._compare()), {})

    # Cents and rates

    def _foreign(self, per_unit=2.0):
        """Return the cells of prices in another currency; 1 costs 0.5 of ours."""
        self.env["res.currency"].create(
            {
                "name": "XTA",
                "symbol": "X",
                "rate_ids": [Command.create({"name": JANUARY, "rate": per_unit})],
            }
        )
        return {
            "PricingCurrency": "XTA",
            "PCToBCExchangeRate": "0.5",
            "PCToBCExchangeRateDate": date(2026, 1, 31),
        }

    def test_pitfall_073_the_providers_rounding_is_one_finding(self):
        self._bill()
        cells = self._foreign()
        # 10.33 x 0.5 = 5.165, cut to 5.16 a seat, for 10 and for 4 seats
        other = self._customer(1, 4)
        self._import(
            self._row(10, price="10.33", Subtotal="51.60", **cells),
            self._row(4, price="10.33", Subtotal="20.64", **cells, **other),
        )
        one = self._compare()
        # 51.60 - 51.65 + 20.64 - 20.66; the exchange rate is 72.24 - 72.24
        self.assertEqual(self._found(one), {"rounding": -0.07})
        self.assertEqual(len(one.finding_ids.charge_ids), 2)

    def test_the_files_rate_against_our_rate_of_the_day(self):
        self._bill()
        # 2.5 of theirs for one of ours: 0.4
        cells = self._foreign(2.5)
        self._import(self._row(10, price="20.00", Subtotal="100.00", **cells))
        one = self._compare()
        # 200.00 x (0.5 - 0.4)
        self.assertEqual(self._found(one), {"exchange_rate": 20.0})
        self.assertIn("the file says 0.5, Odoo 0.4", one.finding_ids.explanation)

    # Prices

    def test_a_price_that_is_dearer_for_many_is_one_finding(self):
        self._bill()
        others = [self._customer(number, 2 + number) for number in (1, 2)]
        for month, price in ((1, "15.00"), (2, "16.50")):
            rows = [
                self._row(3 + number, month, price=price, **cells)
                for number, cells in enumerate(others)
            ]
            self._import(self._row(10, month, price=price), *rows, name=f"{month}.csv")
        one = self._compare(month=2)
        # (10 + 3 + 4) x 1.50
        self.assertEqual(self._found(one), {"cost_changed": 25.5})
        finding = one.finding_ids
        self.assertEqual((finding.subject_count, len(finding.charge_ids)), (3, 3))
        self.assertFalse(finding.partner_id)
        self.assertEqual(finding.customer_label, "3 customers")
        # Compared again it is the same one.
        one.action_compare()
        self.assertEqual(one.finding_ids, finding)

    def test_a_price_in_another_currency_is_valued_at_the_files_rate(self):
        self._bill()
        cells = self._foreign()
        for month, price, total in ((1, "30.00", "150.00"), (2, "32.00", "160.00")):
            row = self._row(10, month, price=price, Subtotal=total, **cells)
            self._import(row, name=f"{month}.csv")
        # 10 x 2.00 x 0.5
        self.assertEqual(self._found(self._compare(month=2)), {"cost_changed": 10.0})

    def test_a_promotion_that_is_no_longer_named_has_ended(self):
        self._bill()
        january = self._row(10, price="12.00", PromotionId="39NFJQT1Q5KM")
        self._import(january)
        self._import(self._row(10, month=2), name="february.csv")
        one = self._compare(month=2)
        self.assertEqual(self._found(one), {"promotion_ended": 30.0})
        self.assertIn("39NFJQT1Q5KM", one.finding_ids.explanation)

    def test_two_promotions_that_end_at_the_same_prices_are_two_findings(self):
        self._bill()
        other = self._customer(1)
        self._import(
            self._row(10, price="12.00", PromotionId="39NFJQT1Q5KM"),
            self._row(10, price="12.00", PromotionId="39NFJQT2AAAA", **other),
        )
        february = self._row(10, month=2), self._row(10, month=2, **other)
        self._import(*february, name="february.csv")
        one = self._compare(month=2)
        self.assertEqual(one.finding_ids.mapped("amount"), [30.0, 30.0])
        self.assertEqual(set(one.finding_ids.mapped("cause")), {"promotion_ended"})

    def test_pitfall_107_a_vendors_grant_that_ended_is_named(self):
        self._bill()
        self.env["msp.limited.price"].create(
            {
                "position_id": self.position.id,
                "side": "vendor",
                "kind": "grant",
                "date_start": JANUARY,
                "date_end": date(2026, 1, 31),
                "cost_special": 5.00,
                "cost_regular": 15.00,
            }
        )
        self._import(self._row(10, price="5.00"))
        self._import(self._row(10, month=2), name="february.csv")
        one = self._compare(month=2)
        self.assertEqual(self._found(one), {"promotion_ended": 100.0})
        self.assertIn("01/31/2026", one.finding_ids.explanation)

    def test_a_dearer_price_while_a_grant_runs_on_is_a_changed_price(self):
        self._bill()
        self.env["msp.limited.price"].create(
            {
                "position_id": self.position.id,
                "side": "vendor",
                "kind": "grant",
                "date_start": JANUARY,
                "date_end": date(2026, 12, 31),
                "cost_special": 5.00,
                "cost_regular": 15.00,
            }
        )
        self._import(self._row(10, price="5.00"))
        self._import(self._row(10, month=2, price="6.00"), name="february.csv")
        self.assertEqual(self._found(self._compare(month=2)), {"cost_changed": 10.0})

    # What a line should have cost

    def test_expected_cost_is_that_of_the_last_accepted_price(self):
        self._bill()
        self._import(self._row(10))
        line = self._compare().line_ids
        self.assertEqual((line.cost_reference, line.expected_cost), ("none", 0.0))
        self.assertEqual(line.cost_difference, 0.0)
        self._import(
            self._row(10, month=2, price="16.00"),
            *(
                self._row(seats, 2, start, price=price, **self._added())
                for seats, start, price in ((10, 1, "-8.00"), (12, 15, "8.00"))
            ),
            name="february.csv",
        )
        line = self._compare(month=2).line_ids
        # 15.00 x (10 + 2 x 14/28); asked: 16.00 x 11
        self.assertEqual(
            (line.cost_reference, line.expected_cost, line.cost),
            ("last_accepted", 165.0, 176.0),
        )
        self.assertEqual(line.cost_difference, 11.0)

    def _added(self):
        return {"ChargeType": "addQuantity", "OrderDate": date(2026, 2, 15)}

    # When it settles by itself

    def test_what_is_due_says_which_run_settles_it(self):
        self._import(self._row(10))
        one = self._compare()
        self.assertEqual(self._found(one), {"not_billed": 200.0})
        self.assertIn("next regular run", one.finding_ids.explanation)
        self.company.write(
            {
                "msp_run_schedule": "monthly",
                "msp_run_day": 15,
                "msp_run_user_id": self.accountant.id,
            }
        )
        self.env["msp.billing.run"]._create_scheduled(self.accountant)
        one.action_compare()
        self.assertIn(
            "scheduled run of 04/15/2026 settles it", one.finding_ids.explanation
        )

    def test_what_is_due_and_held_says_what_holds_it(self):
        self._import(self._row(10))
        self.env["msp.hold"].create(
            {"contract_id": self.contract.id, "reason": "In dispute"}
        )
        one = self._compare()
        self.assertEqual(self._found(one), {"not_billed": 200.0})
        self.assertIn("It waits", one.finding_ids.explanation)
        self.assertIn("In dispute", one.finding_ids.explanation)

    def test_a_correction_says_that_the_difference_run_settles_it(self):
        self._bill()
        self._import(self._row(10))
        self._set(self.position, JANUARY, price=22.00)
        one = self._compare()
        self.assertEqual(self._found(one), {"to_correct": 20.0})
        self.assertIn("next differential run", one.finding_ids.explanation)

    # What is checked first

    def test_pitfall_108_what_is_to_be_checked_first(self):
        self._bill()
        self._import(self._row(10))
        self.assertFalse(self._compare().first_checks)
        stranger = {
            "CustomerId": "99999999-0000-4000-8000-000000000009",
            "CustomerName": "Fremd GmbH",
            "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000009",
        }
        unknown = {"ProductId": "CFQ7TTC0XXXX", "SubscriptionId": "5b5b-8"}
        self._import(
            self._row(10, month=2, InvoiceNumber=""),
            self._row(4, month=2, InvoiceNumber="", **stranger),
            self._row(2, month=2, InvoiceNumber="", **unknown),
            name="february.csv",
        )
        checks = self._compare(month=2).first_checks.splitlines()
        self.assertEqual(len(checks), 3)
        self.assertIn("no invoice of the provider", checks[0])
        self.assertIn("not assigned: 1.", checks[1])
        self.assertIn("no product of ours yet: 1.", checks[2])
