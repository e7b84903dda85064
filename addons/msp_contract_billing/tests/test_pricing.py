import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import day
from .pricing_common import PricingCommon


@freeze_time("2026-01-10 12:00:00")
@tagged("post_install", "-at_install")
class TestPriceScheme(PricingCommon):
    """Master data: entering a scheme, its words and its example."""

    def test_form_shows_a_live_example(self):
        form = Form(self.env["msp.pricing"])
        form.name = "Backup"
        form.model = "graduated"
        for up_to, price in ((10, 10), (50, 8), (0, 6)):
            with form.tier_ids.new() as tier:
                tier.up_to, tier.unit_price = up_to, price
        self.assertEqual(form.example_quantity, 12)
        self.assertIn("12 units cost", form.example)
        self.assertIn("116.00", form.example)
        self.assertIn("10 × ", form.example)
        form.example_quantity = 60
        self.assertIn("60 units cost", form.example)
        self.assertIn("480.00", form.example)
        self.assertIn("420.00", form.ladder, "what 50 cost")
        self.assertIn("426.00", form.ladder, "what 51 cost")
        scheme = form.save()
        self.assertEqual(
            scheme.summary,
            "graduated: up to 10 at $10.00, up to 50 at $8.00, above at $6.00",
        )

    def test_examples_of_all_models(self):
        tiers = [(10, 10.0, 5.0), (0, 8.0)]
        cases = [
            (self._scheme("unit", included=5), 12, 10, "70.00"),
            (self._scheme("flat"), 12, 99, "99.00"),
            (self._scheme("graduated", tiers), 12, 0, "121.00"),
            (self._scheme("volume", tiers), 12, 0, "96.00"),
            (self._scheme("package", package_size=5, package_free=2), 12, 20, "40.00"),
            (self._scheme("unit", minimum=200), 12, 10, "200.00"),
            (self._scheme("unit", maximum=100), 12, 10, "100.00"),
            (self._scheme("unit", discount_amount=7.5), 12, 10, "112.50"),
        ]
        for scheme, quantity, price, expected in cases:
            with self.subTest(scheme=scheme.summary):
                scheme.write({"example_quantity": quantity, "example_price": price})
                self.assertIn(f"cost ${expected}", scheme.example)

    def test_words_of_packages_and_limits(self):
        scheme = self._scheme(
            "package",
            package_size=5,
            package_free=2,
            included=1,
            minimum=10,
            maximum=99.5,
            discount_amount=3,
        )
        self.assertEqual(
            scheme.summary,
            "per package of 5, 2 free; 1 included; less $3.00; at least $10.00; "
            "at most $99.50",
        )
        self.assertEqual(
            self._scheme("amounts", markup=12.5).summary,
            "amounts as charged by others plus 12.5 %",
        )

    def test_broken_schemes_are_refused_in_words(self):
        with self.assertRaisesRegex(ValidationError, "the last one has no limit"):
            self._scheme("graduated", [(10, 10.0), (20, 8.0)])
        with self.assertRaisesRegex(ValidationError, "tiers follow each other"):
            self._scheme("volume", [(10, 10.0), (10, 8.0), (0, 7)])
        with self.assertRaisesRegex(ValidationError, "has no tier yet"):
            self._scheme("volume")
        with self.assertRaisesRegex(ValidationError, "Choose its currency"):
            self._scheme("unit", minimum=5, currency_id=False)
        for values in ({"included": -1}, {"minimum": 9, "maximum": 8}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.IntegrityError),
                self.env.cr.savepoint(),
            ):
                self._scheme("unit", **values)

    def test_pitfall_128_reading_a_scheme_writes_nothing(self):
        scheme = self._graduated()
        self.env.flush_all()
        self.env.invalidate_all()
        stamp = scheme.write_date
        with Form(scheme) as form:
            self.assertTrue(form.ladder)
        scheme.read()
        contract = self._contract(day(1), [(self.seats, 1, 1)])
        self._begin(
            contract, day(1), self.backup, 12, pricing=scheme._to_data(), overrides={}
        )
        before = [(change.id, change.pricing) for change in self._changes(contract)]
        self.env.flush_all()
        queries = []
        execute = type(self.env.cr).execute

        def spy(cursor, query, *args, **kwargs):
            queries.append(str(query))
            return execute(cursor, query, *args, **kwargs)

        self.env.invalidate_all()
        self.patch(type(self.env.cr), "execute", spy)
        contract.read()
        contract.version_ids.change_ids.read()
        contract.position_ids.read()
        contract.current_line_ids.read()
        self.env.flush_all()
        writes = [query for query in queries if "UPDATE" in query or "INSERT" in query]
        self.assertFalse(writes)
        self.assertEqual(scheme.write_date, stamp)
        after = [(change.id, change.pricing) for change in self._changes(contract)]
        self.assertEqual(after, before)

    def _changes(self, contract):
        return contract.version_ids.change_ids

    def test_everybody_reads_schemes_and_account_managers_change_them(self):
        scheme = self._graduated()
        clerk = self._role_user("clerk", "group_billing_clerk")
        self.assertTrue(scheme.with_user(clerk).summary)
        with self.assertRaises(AccessError):
            scheme.with_user(clerk).tier_ids.write({"unit_price": 1})
        manager = self._role_user("manager", "group_account_manager")
        scheme.with_user(manager).tier_ids[0].write({"unit_price": 11})
        self.assertIn("$11.00", scheme.summary)

    def test_schemes_of_other_companies_are_hidden(self):
        other = self.setup_other_company()["company"]
        scheme = self._graduated(company_id=other.id)
        user = new_test_user(
            self.env,
            login="one",
            groups="sales_team.group_sale_salesman",
            company_id=self.env.company.id,
        )
        self.assertFalse(
            self.env["msp.pricing"].with_user(user).search([("id", "=", scheme.id)])
        )
        with self.assertRaisesRegex(UserError, "company"):
            self.seats.msp_pricing_id = scheme
