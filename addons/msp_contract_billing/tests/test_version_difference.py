from odoo import Command
from odoo.tests import Form, freeze_time, tagged

from .common import day
from .pricing_common import PricingCommon


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestVersionDifference(PricingCommon):
    """What a version says of itself: difference, money, content, where it is from."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 12, 12.50)])
        cls.position = cls.contract.position_ids

    def _draft(self, start, *changes, **values):
        return self.env["msp.contract.version"].create(
            {
                "contract_id": self.contract.id,
                "date_start": start,
                "change_ids": [Command.create(vals) for vals in changes],
                **values,
            }
        )

    def test_more_seats_and_another_price(self):
        version = self._set(self.position, day(5), move=3, price=13.10)
        self.assertEqual(
            version.difference,
            "Business Premium: +3 (12 → 15), price $12.50 → $13.10",
        )
        # 12 x 12.50 = 150.00, 15 x 13.10 = 196.50
        self.assertRecordValues(
            version,
            [
                {
                    "amount_before": 150.0,
                    "amount_after": 196.5,
                    "amount_difference": 46.5,
                }
            ],
        )
        message = self.contract.message_ids.sorted("id")[-1]
        self.assertIn("Version 2 from 05/01/2026", message.body)
        self.assertIn("+3 (12 → 15)", message.body)
        self.assertIn("Per month: $150.00 → $196.50 (+$46.50)", message.body)

    def test_fewer_seats_and_a_discount(self):
        version = self._set(self.position, day(5), quantity=10, discount=10)
        self.assertEqual(
            version.difference,
            "Business Premium: -2 (12 → 10), discount 0 % → 10 %",
        )
        self.assertEqual(version.amount_after, 112.5)

    def test_first_version_begins_everything(self):
        version = self.contract.version_ids
        self.assertEqual(
            version.difference,
            "Billed: Monthly, in advance; "
            "Business Premium begins: 12 × $12.50 per billing period",
        )
        self.assertEqual((version.amount_before, version.amount_after), (0, 150))

    def test_begin_and_end(self):
        self._begin(self.contract, day(2), self.backup, 1, 30.0)
        begun = self.contract.version_ids.sorted("number")[-1]
        self.assertEqual(
            begun.difference, "Backup begins: 1 × $30.00 per billing period"
        )
        ended = self._end(self.position, day(4))
        self.assertEqual(
            ended.difference,
            "Business Premium ends: 12 × $12.50 per billing period",
        )
        self.assertEqual((ended.amount_before, ended.amount_after), (180, 30))

    def test_price_of_which_only_the_time_differs_names_both_times(self):
        change = {"action": "set", "position_id": self.position.id, "sets_price": True}
        version = self._version(
            self.contract,
            day(5),
            [{**change, "price_unit": 12.50, "price_interval": "3"}],
        )
        self.assertEqual(
            version.difference,
            "Business Premium: price $12.50 per billing period → $12.50 per quarter",
        )
        self.assertEqual(version.amount_after, 50)

    def test_rhythm_scheme_and_rule(self):
        terms = {"action": "terms", "anchor_date": day(1), "billing_unit": "quarter"}
        rhythm = self._version(self.contract, day(4), [terms])
        self.assertEqual(
            rhythm.difference, "Billed: Monthly, in advance → Quarterly, in advance"
        )
        # The price is per billing period, which is a quarter now.
        self.assertEqual((rhythm.amount_before, rhythm.amount_after), (150, 50))
        scheme = self._version(
            self.contract,
            day(7),
            [
                {
                    "action": "set",
                    "position_id": self.position.id,
                    "sets_pricing": True,
                    "pricing": self._graduated()._to_data(),
                    "sets_overrides": True,
                    "overrides": {"timing": "arrears"},
                }
            ],
        )
        self.assertIn("price scheme per unit → graduated", scheme.difference)
        self.assertIn("billing rule: as the contract → in arrears", scheme.difference)

    def test_only_the_periods_begin_elsewhere(self):
        terms = {"action": "terms", "anchor_date": day(1, 15)}
        version = self._version(self.contract, day(4), [terms])
        self.assertEqual(
            version.difference,
            "Billing periods counted from: 01/01/2026 → 01/15/2026",
        )

    def test_suspension_and_resumption(self):
        suspend = {"action": "suspend", "billed_share": 0}
        version = self._version(self.contract, day(4), [suspend])
        self.assertEqual(
            version.difference, "Business Premium: suspended, nothing is billed"
        )
        self.assertEqual((version.amount_before, version.amount_after), (150, 0))
        resumed = self._version(
            self.contract, day(6), [{"action": "suspend", "billed_share": 100}]
        )
        self.assertEqual(resumed.difference, "Business Premium: billed in full again")

    def test_term_and_notice_and_termination_are_said_although_nothing_is_billed(self):
        version = self._version(
            self.contract,
            day(2),
            [{"action": "commitment", "term_months": 12, "renewal": "open"}],
        )
        self.assertEqual(version.difference, "term of 12 months")
        self.assertEqual(version.amount_difference, 0)
        end = self._version(self.contract, day(6), [{"action": "terminate"}])
        self.assertEqual(
            end.difference,
            "End contract; Business Premium ends: 12 × $12.50 per billing period",
        )

    def test_before_is_what_was_recorded_before_and_still_holds(self):
        seats = self._set(self.position, day(5), quantity=15)
        price = self._set(self.position, day(7), price=14)
        backdated = self._set(self.position, day(4), quantity=13)
        self.assertIn("(12 → 13)", backdated.difference)
        self.assertIn("(12 → 15)", seats.difference)
        # 15 seats were recorded before the price.
        self.assertEqual((price.amount_before, price.amount_after), (187.5, 210))
        seats._withdraw("typing error")
        self.assertEqual((price.amount_before, price.amount_after), (150, 168))
        self.assertIn("(12 → 15)", seats.difference, "what it said stays")

    def test_draft_comes_after_all_that_is_recorded(self):
        vals = {
            "action": "set",
            "position_id": self.position.id,
            "quantity_mode": "move",
            "quantity": 1,
        }
        draft = self._draft(day(5), vals)
        self.assertIn("+1 (12 → 13)", draft.difference)
        self._set(self.position, day(4), quantity=20)
        self.assertIn("+1 (20 → 21)", draft.difference)

    def test_impossible_and_ineffective_drafts_say_so(self):
        vals = {
            "action": "set",
            "position_id": self.position.id,
            "quantity_mode": "move",
            "quantity": -13,
        }
        draft = self._draft(day(5), vals)
        self.assertIn("would fall below 0", draft.difference)
        self.assertEqual(draft.amount_after, 0)
        self._end(self.position, day(4))
        late = self._set(self.position, day(5), quantity=7)
        self.assertIn("no effect: not under contract", late.difference)

    def test_same_value_again_differs_in_nothing(self):
        version = self._set(self.position, day(5), quantity=12)
        self.assertEqual(version.difference, "Nothing differs on the first day")

    def test_temporary_change(self):
        version = self._set(self.position, day(2), quantity=20, date_end=day(3, 31))
        self.assertIn("+8 (12 → 20)", version.difference)
        self.assertIn("From 02/01/2026 to 03/31/2026", version.origin_html)

    def test_whole_content_on_the_first_day(self):
        self._begin(self.contract, day(2), self.backup, 1, 30.0)
        version = self._set(self.position, day(5), quantity=15)
        html = str(version.content_html)
        for part in ("15 × $12.50", "Backup", "187.50", "217.50"):
            self.assertIn(part, html)

    def test_names_of_customers_make_no_html(self):
        self.position.name = "<b>Seats</b>"
        version = self._set(self.position, day(5), quantity=15)
        self.assertNotIn("<b>Seats", version.difference_html)
        self.assertNotIn("<b>Seats", version.content_html)
        message = self.contract.message_ids.sorted("id")[-1]
        self.assertNotIn("<b>Seats", message.body)

    def test_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        version = self._set(self.position, day(5), price=1234.5)
        german = version.with_context(lang="de_DE")
        self.assertIn("1.234,50", german.difference)
        self.assertIn("1,234.50", version.difference)

    def test_list_takes_no_query_per_version(self):
        others = [self._contract(day(1), [(self.seats, 1, 1.0)]) for _ in range(6)]
        for contract in others:
            for month in range(2, 7):
                self._set(contract.position_ids, day(month), quantity=month)
        versions = self.env["msp.contract.version"].search(
            [("contract_id", "in", [contract.id for contract in others])]
        )

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.mapped("difference")
            return self.env.cr.sql_log_count - before

        few, many = count(versions[:6]), count(versions)
        self.assertEqual(len(versions), 36)
        self.assertLessEqual(many, few + 2)

    def test_where_it_comes_from_with_a_link(self):
        order = self.env["sale.order"].create({"partner_id": self.customer.id})
        version = self._draft(day(5), reason="two <new>")
        version._system_write({"sale_order_id": order.id})
        html = str(version.origin_html)
        self.assertIn("From 05/01/2026", html)
        self.assertIn("two &lt;new&gt;", html)
        self.assertIn(f'<a href="/odoo/sale.order/{order.id}">', html)
        colleague = self._role_user("colleague", "group_account_manager")
        hidden = str(version.with_user(colleague).origin_html)
        self.assertIn(order.name, hidden)
        self.assertNotIn("sale.order/", hidden)

    # The comparison

    def _compare(self, version, user=None, **values):
        action = version.action_compare()
        wizards = self.env["msp.contract.compare"].with_user(user or self.env.user)
        form = Form(wizards.with_context(**action["context"]))
        for name, value in values.items():
            form[name] = value
        return form

    def _rows(self, form):
        return [
            (row.position_id.name, row.kind, row.quantity_before, row.quantity_after)
            for row in form.save().line_ids
        ]

    def test_compare_with_the_version_before(self):
        self._begin(self.contract, day(2), self.backup, 1, 30.0)
        version = self._set(self.position, day(5), quantity=15, price=13.10)
        form = self._compare(version)
        self.assertEqual(self._rows(form), [("Business Premium", "set", 12, 15)])
        self.assertEqual(form.unchanged_count, 1)
        self.assertEqual(
            (form.amount_before, form.amount_after, form.amount_difference),
            (180.0, 226.5, 46.5),
        )
        form.show_unchanged = True
        self.assertEqual(
            self._rows(form),
            [("Business Premium", "set", 12, 15), ("Backup", "same", 1, 1)],
        )

    def test_compare_with_today_a_day_and_another_version(self):
        feb = self._set(self.position, day(2), quantity=14)
        self._set(self.position, day(3), quantity=16)
        june = self._set(self.position, day(6), quantity=18)
        form = self._compare(feb, against="today")
        self.assertEqual(self._rows(form), [("Business Premium", "set", 14, 16)])
        form = self._compare(june, against="today")
        self.assertEqual(self._rows(form), [("Business Premium", "set", 16, 18)])
        self.assertIn("03/10/2026", form.before_label)
        form = self._compare(june, against="day", day=day(1, 5))
        self.assertEqual(self._rows(form), [("Business Premium", "set", 12, 18)])
        form = self._compare(june, against="version", other_version_id=feb)
        self.assertEqual(self._rows(form), [("Business Premium", "set", 14, 18)])

    def test_compare_shows_what_is_suspended(self):
        version = self._version(
            self.contract, day(4), [{"action": "suspend", "billed_share": 30}]
        )
        form = self._compare(version)
        row = form.save().line_ids
        self.assertTrue(form.has_suspended)
        self.assertEqual((row.share_before, row.share_after), (100, 30))
        self.assertEqual((row.amount_before, row.amount_after), (150, 45))

    def test_nothing_is_compared_before_it_is_said_with_what(self):
        version = self._set(self.position, day(5), quantity=15)
        form = self._compare(version, against="version")
        self.assertEqual(self._rows(form), [])
        self.assertEqual((form.amount_before, form.amount_after), (0, 0))

    def test_comparison_shows_only_what_its_reader_may_see(self):
        clerk = self._role_user("clerk", "group_billing_clerk")
        version = self._set(self.position, day(5), quantity=15)
        form = self._compare(version, clerk)
        self.assertEqual(self._rows(form), [("Business Premium", "set", 12, 15)])
        other = self.setup_other_company()["company"]
        clerk.write({"company_id": other.id, "company_ids": [Command.set(other.ids)]})
        wizards = self.env["msp.contract.compare"].with_user(clerk).with_company(other)
        with self.assertRaisesRegex(Exception, "access|allowed|Access"):
            wizards.create({"version_id": version.id})
