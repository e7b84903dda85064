from datetime import date

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import ReconciliationCommon


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestMargin(ReconciliationCommon):
    """Ten seats at 20.00, which the provider bills at 15.00."""

    def _months(self, *fields, domain=()):
        """Return {month: sums of fields}, rounded to cents."""
        self.env.flush_all()
        groups = self.env["msp.margin"]._read_group(
            [("company_id", "=", self.company.id), *domain],
            ["month:month"],
            [f"{name}:sum" for name in fields],
        )
        return {
            (month.year, month.month): tuple(round(value or 0.0, 2) for value in values)
            for month, *values in groups
        }

    def test_revenue_and_cost_of_a_month(self):
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        self._import(self._row(10))
        self.assertEqual(
            self._months("revenue", "cost", "margin"),
            {(2026, 1): (200.0, 150.0, 50.0)},
        )
        facts = self.env["msp.margin"].search([("month", "=", "2026-01-01")])
        self.assertEqual(facts.provider_id, self.provider)
        self.assertEqual(facts.position_id, contract.position_ids)
        self.assertEqual(facts.partner_id, self.customer)
        self.assertEqual(facts.product_id, self.premium)
        opened = {fact.action_open_source()["res_model"] for fact in facts}
        self.assertEqual(opened, {"msp.charge", "msp.provider.charge"})

    def test_what_is_paid_for_a_year_is_in_twelve_months(self):
        contract = self._contract(
            date(2026, 1, 1), [(self.premium, 1, 3650.0)], terms={"billing_every": 12}
        )
        self._run(date(2026, 1, 1), contracts=contract)
        months = self._months("revenue")
        # 3650.00 x 31 / 365, x 28 / 365
        self.assertEqual((months[2026, 1], months[2026, 2]), ((310.0,), (280.0,)))
        self.assertEqual(len(months), 12)

    def test_a_cycle_is_in_the_month_in_which_it_begins(self):
        self._import(
            self._row(
                10, ChargeStartDate=date(2026, 1, 24), ChargeEndDate=date(2026, 2, 23)
            )
        )
        self.assertEqual(self._months("cost"), {(2026, 1): (150.0,)})

    def test_prices_with_tax_are_net(self):
        tax = self.company_data["default_tax_sale"].copy(
            {
                "name": "20 included",
                "amount": 20,
                "price_include_override": "tax_included",
            }
        )
        self.premium.taxes_id = [Command.set(tax.ids)]
        contract = self._contract(date(2026, 1, 1), [(self.premium, 10, 24.0)])
        self._run(date(2026, 1, 1), contracts=contract)
        # 240.00 with 20 % tax
        self.assertEqual(self._months("revenue")[2026, 1], (200.0,))

    def test_credited_for_good_is_no_revenue(self):
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        invoice = contract.charge_ids.move_id.sorted("invoice_date")[:1]
        before = sum(invoice.invoice_line_ids.mapped("price_subtotal"))
        wizard = self.env["account.move.reversal"].create(
            {
                "move_ids": [Command.set(invoice.ids)],
                "journal_id": invoice.journal_id.id,
            }
        )
        wizard.refund_moves()
        credit = wizard.new_move_ids
        credit.msp_credit_mode = "final"
        credit.invoice_line_ids.quantity = credit.invoice_line_ids.quantity / 2
        credit.action_post()
        total = sum(value for (value,) in self._months("revenue").values())
        self.assertEqual(total, before / 2)

    def test_list_price_is_told_apart(self):
        self._import(self._row(10, UnitPrice="18.00"))
        self.assertEqual(self._months("list_cost", "cost"), {(2026, 1): (180.0, 150.0)})

    def test_rate_of_the_vendor_against_odoos(self):
        other = self.env["res.currency"].create({"name": "MSP", "symbol": "M"})
        self.env["res.currency.rate"].create(
            {"currency_id": other.id, "name": "2026-01-01", "rate": 1.25}
        )
        # 150.00 are 187.50 of theirs at 0.80; they have taken 0.90
        self._import(
            self._row(
                10,
                Subtotal="168.75",
                price="16.875",
                UnitPrice="18.75",
                EffectiveUnitPrice="18.75",
                PricingCurrency="MSP",
                PCToBCExchangeRate="0.9",
            )
        )
        self.assertEqual(
            self._months("cost", "exchange_difference"), {(2026, 1): (168.75, 18.75)}
        )

    def _foreign(self, *rates):
        """Return EUR with rates from days on: units of EUR per one of the company's."""
        eur = self.env.ref("base.EUR")
        eur.active = True
        eur.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            [{"currency_id": eur.id, "name": day, "rate": rate} for day, rate in rates]
        )
        return {"Currency": "EUR", "PricingCurrency": "EUR"}

    def test_cost_in_foreign_money_is_that_of_the_posted_bill(self):
        euros = self._foreign((date(2026, 1, 1), 0.5), (date(2026, 1, 31), 0.4))
        self.provider.rate_rule = "booked"
        import_ = self._import(self._row(10, **euros))
        # 150.00 EUR at 0.5
        self.assertEqual(
            self._months("cost", "exchange_difference"), {(2026, 1): (300.0, 0.0)}
        )
        import_.with_user(self.accountant).action_create_bill()
        bill = import_.bill_ids
        bill.invoice_date = date(2026, 2, 8)
        self.assertEqual(self._months("cost"), {(2026, 1): (300.0,)}, "not booked yet")
        bill.action_post()
        # 150.00 EUR at 0.4, the rate of the last day
        self.assertEqual(sum(bill.invoice_line_ids.mapped("balance")), 375.0)
        self.assertEqual(
            self._months("cost", "exchange_difference", "margin"),
            {(2026, 1): (375.0, 75.0, -375.0)},
        )
        bill.button_draft()
        self.assertEqual(self._months("cost"), {(2026, 1): (300.0,)})

    def test_the_vendors_rate_is_booked_and_its_difference_told_apart(self):
        euros = self._foreign((date(2026, 1, 1), 0.5))
        self.provider.rate_rule = "vendor"
        rate = {"PricingCurrency": self.currency.name, "PCToBCExchangeRate": "0.8"}
        import_ = self._import(self._row(10, **{**euros, **rate}))
        # 150.00 EUR are 300.00 to buy; the vendor's price of them was 187.50
        self.assertEqual(
            self._months("cost", "exchange_difference"), {(2026, 1): (300.0, 112.5)}
        )
        import_.with_user(self.accountant).action_create_bill()
        import_.bill_ids.invoice_date = date(2026, 2, 8)
        import_.bill_ids.action_post()
        self.assertEqual(
            self._months("cost", "exchange_difference"), {(2026, 1): (187.5, 0.0)}
        )

    def test_revenue_is_what_the_journal_says(self):
        contract = self._seats_contract()
        invoice = self._run(date(2026, 1, 1), contracts=contract, post=False).move_ids
        line = invoice.invoice_line_ids.filtered("msp_contract_id")
        line.price_unit = 19.0
        invoice.action_post()
        self.assertEqual(line.balance, -190.0)
        self.assertEqual(self._months("revenue"), {(2026, 1): (190.0,)})

    def test_revenue_in_foreign_money_is_what_the_journal_says(self):
        self._foreign((date(2026, 1, 1), 0.3))
        contract = self._seats_contract(7, currency_id=self.env.ref("base.EUR").id)
        invoice = self._run(date(2026, 1, 1), contracts=contract).move_ids
        # 140.00 EUR at 0.3
        self.assertEqual(
            invoice.invoice_line_ids.filtered("msp_contract_id").balance, -466.67
        )
        self.assertEqual(self._months("revenue"), {(2026, 1): (466.67,)})

    def test_what_does_not_count_costs_nothing(self):
        contract = self._seats_contract()
        import_ = self._import(self._row(10))
        self._import(self._row(10), self._row(0), name="again.csv")
        self.assertEqual(self._months("cost"), {(2026, 1): (150.0,)})
        for version in contract.version_ids.filtered("import_ids"):
            version._withdraw("wrong")
        import_.with_user(self.accountant)._withdraw("wrong file")
        self.assertEqual(
            self._months("cost", domain=[("provider_id", "!=", False)]),
            {(2026, 1): (150.0,)},
            "the second file counts then",
        )

    def test_components_cost_what_their_bundle_brings(self):
        workplace = self._product(
            "Workplace",
            50.00,
            msp_recurring=True,
            msp_bundle_line_ids=[
                Command.create({"product_id": self.premium.id, "quantity": 1})
            ],
        )
        contract = self.env["msp.contract"].create({"partner_id": self.customer.id})
        bundle = self.env["msp.contract.position"].create(
            {"contract_id": contract.id, "product_id": workplace.id}
        )
        start = date(2026, 1, 1)
        self._version(
            contract,
            start,
            [
                {"action": "terms", "anchor_date": start},
                bundle._prepare_begin_vals(10, 50.0, "1"),
            ],
        )
        self._run(start, contracts=contract)
        self._import(self._row(10))
        facts = self._months(
            "revenue", "cost", domain=[("product_id", "=", workplace.id)]
        )
        self.assertEqual(facts[2026, 1], (500.0, 150.0))

    def test_other_companies_and_people_without_a_role_see_nothing(self):
        self._import(self._row(10))
        self.env.flush_all()
        company = self._second_company()
        stranger = new_test_user(
            self.env,
            login="margin_other",
            groups="base.group_user,msp_contract_billing.group_accountant",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for model in ("msp.margin", "msp.margin.watch", "msp.proof.month"):
            with self.subTest(model=model):
                found = self.env[model].with_user(stranger).search([])
                self.assertFalse(found.filtered(lambda one: one.company_id != company))
                nobody = new_test_user(
                    self.env,
                    login=f"nobody {model}",
                    groups="base.group_user,account.group_account_manager",
                )
                with self.assertRaises(AccessError):
                    self.env[model].with_user(nobody).search([])
                with self.assertRaises(AccessError):
                    self.env[model].with_user(self.accountant).create({})


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestMarginWatch(ReconciliationCommon):
    def _watch(self):
        self.env.flush_all()
        watch = self.env["msp.margin.watch"]
        return watch.search([("company_id", "=", self.company.id)])

    def _three_months(self, last_price):
        self.contract = self._seats_contract()
        self._run(date(2026, 4, 1), contracts=self.contract)
        for month in (1, 2):
            self._import(self._row(10, month=month), name=f"{month}.csv")
        self._import(self._row(10, month=3, price=last_price), name="3.csv")

    def test_below_cost_after_a_price_change(self):
        self._three_months("21.00")
        self.assertRecordValues(
            self._watch(),
            [
                {
                    "partner_id": self.customer.id,
                    "month": date(2026, 3, 1),
                    "revenue": 200.0,
                    "cost": 210.0,
                    "margin": -10.0,
                    # January may not be whole, so February alone
                    "margin_before": 50.0,
                    "margin_change": -60.0,
                    "reason": "below_cost",
                }
            ],
        )
        action = self._watch().with_user(self.manager).action_revise_price()
        self.assertEqual(action["context"]["default_contract_id"], self.contract.id)
        self.assertEqual(action["context"]["default_cause"], "price")
        self.assertEqual(action["context"]["default_date_start"], date(2026, 5, 1))

    def test_falling(self):
        self._three_months("17.00")
        watch = self._watch()
        self.assertEqual(
            (watch.reason, watch.margin_rate, watch.rate_before), ("falling", 15, 25)
        )

    def test_as_before(self):
        self._three_months("15.50")
        self.assertEqual(self._watch().reason, "fine")

    def test_cost_without_revenue(self):
        self._seats_contract()
        self._import(self._row(10, month=3), name="3.csv")
        self.assertEqual(self._watch().reason, "unbilled")


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestProofMonth(ReconciliationCommon):
    def _month(self, month=1):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["msp.proof.month"].search(
            [
                ("company_id", "=", self.company.id),
                ("month", "=", date(2026, month, 1)),
            ]
        )

    def test_leakage_found_and_recovered(self):
        contract = self._seats_contract(8)
        self._run(date(2026, 1, 1), contracts=contract)
        import_ = self._import(self._row(10), apply=False)
        import_.differing_change_ids.action_exclude()
        import_.action_apply()
        month = self._month()
        self.assertRecordValues(
            month,
            [{"provider_count": 1, "compared_count": 0, "to_reconcile_count": 1}],
        )
        self.assertEqual(month.provider_ids, self.provider)
        one = self._compare()
        month = self._month()
        self.assertRecordValues(
            month,
            [
                {
                    # two seats at 20.00
                    "leakage_found": 40.0,
                    "leakage_recovered": 0.0,
                    "leakage_open": 40.0,
                    "revenue": 160.0,
                    "cost": 150.0,
                    "margin": 10.0,
                    "margin_rate": 6.25,
                    "open_count": 1,
                    "oldest_since": date(2026, 1, 1),
                    "oldest_age": 99,
                    "to_reconcile_count": 0,
                    "row_count": 1,
                }
            ],
        )
        self.assertEqual(month.finding_ids, one.finding_ids)
        self.assertIn(contract.user_id.name, month.ages_html)
        self.assertIn("40.00", month.ages_html)
        self._set(contract.position_ids, date(2026, 1, 1), quantity=10)
        one.action_compare()
        # The contract says so, but nobody has been asked for it yet.
        self.assertEqual(self._found(one), {"to_correct": 40.0})
        self.assertRecordValues(
            self._month(),
            [{"leakage_found": 40, "leakage_recovered": 0, "leakage_open": 40}],
        )
        self._run(date(2026, 1, 31), "differential", contract)
        one.action_compare()
        self.assertRecordValues(
            self._month(),
            [
                {
                    "leakage_found": 40.0,
                    "leakage_recovered": 40.0,
                    "leakage_open": 0.0,
                    "open_count": 0,
                }
            ],
        )

    def _leaks(self):
        month = self._month()
        return month.leakage_found, month.leakage_recovered, month.leakage_open

    def _assign(self, import_):
        import_.customer_mapping_ids.partner_id = self.customer
        import_.action_assign()
        import_.action_prepare()

    def test_what_changes_its_cause_is_found_once(self):
        self._set_unknown()
        import_ = self._import(self._row(10))
        one = self._compare()
        # at cost, as nobody knows whose it is
        self.assertEqual(self._found(one), {"unassigned": 150.0})
        self.assertEqual(self._leaks(), (150.0, 0.0, 150.0))
        contract = self._seats_contract(8)
        self._run(date(2026, 1, 1), contracts=contract)
        self._assign(import_)
        import_.differing_change_ids.action_exclude()
        one.action_compare()
        self.assertEqual(self._found(one), {"seats_missing": 40.0})
        self.assertEqual(self._leaks(), (40.0, 0.0, 40.0))
        self._set(contract.position_ids, date(2026, 1, 1), quantity=10)
        self._run(date(2026, 1, 31), "differential", contract)
        one.action_compare()
        self.assertEqual(self._leaks(), (40.0, 40.0, 0.0))

    def test_what_was_paid_all_along_was_no_leak(self):
        contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=contract)
        self._set_unknown()
        import_ = self._import(self._row(10))
        one = self._compare()
        self.assertEqual(self._leaks(), (150.0, 0.0, 150.0))
        self._be_earlier(contract.charge_ids)
        self._assign(import_)
        one.action_compare()
        self.assertEqual(self._found(one), {})
        self.assertEqual(self._leaks(), (0.0, 0.0, 0.0))

    def test_what_was_assigned_and_billed_is_recovered(self):
        self._set_unknown()
        import_ = self._import(self._row(10))
        one = self._compare()
        contract = self._seats_contract()
        self._assign(import_)
        one.action_compare()
        self.assertEqual(self._found(one), {"not_billed": 200.0})
        self.assertEqual(self._leaks()[1], 0.0)
        self._run(date(2026, 1, 1), contracts=contract)
        one.action_compare()
        self.assertEqual(self._leaks(), (150.0, 150.0, 0.0))

    def _set_unknown(self):
        self.env["msp.customer.mapping"].search(
            [("provider_id", "=", self.provider.id)]
        ).partner_id = False

    def _be_earlier(self, charges):
        """Make charges older than what follows in the same transaction."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE msp_charge SET create_date = create_date - interval '1 day' "
            "WHERE id = ANY(%s)",
            [charges.ids],
        )

    def test_rows_without_a_hand(self):
        self._seats_contract()
        self._import(self._row(10))
        self.company.msp_minutes_per_row = 30
        self.assertRecordValues(
            self._month(),
            [
                {
                    "row_count": 1,
                    "row_settled": 1,
                    "settled_share": 100.0,
                    "hours_saved": 0.5,
                }
            ],
        )

    def test_health_opens_the_latest_month_with_files(self):
        proof = self.env["msp.proof.month"].with_user(self.manager)
        self.assertEqual(proof.action_open_health()["res_model"], "msp.proof.month")
        self.assertNotIn(
            "res_id", {k for k, v in proof.action_open_health().items() if v}
        )
        self._seats_contract()
        self._import(self._row(10, month=2), name="february.csv")
        self.env.flush_all()
        action = proof.action_open_health()
        self.assertEqual(action["res_id"], self._month(2).id)
        # What was compared says more than files that nobody has looked at.
        self._import(self._row(10))
        self._compare()
        self.env.flush_all()
        self.assertEqual(proof.action_open_health()["res_id"], self._month(1).id)
        self.assertEqual(self._month(1).waiting_months, "February 2026")
        graph = self._month(2).trend_graph
        self.assertIn("Leaking", graph)
