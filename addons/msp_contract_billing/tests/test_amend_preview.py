import random
from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .common import day
from .pricing_common import PricingCommon


@freeze_time("2026-05-14 12:00:00")
@tagged("post_install", "-at_install")
class TestAmendPreview(PricingCommon):
    """What a change costs is what the runs then bill."""

    def _amend(self, contract, start, lines=(), **values):
        """Return a saved wizard; `lines` are values by position of the list."""
        amend = self.env["msp.contract.amend"].create(
            {"contract_id": contract.id, "date_start": start, **values}
        )
        for line, vals in zip(amend.line_ids, lines, strict=False):
            line.write(vals)
        return amend

    def _preview(self, *args, **values):
        amend = self._amend(*args, **values)
        amend.action_preview()
        return amend.preview.splitlines()

    def test_backdated_change_tells_all_that_is_corrected(self):
        contract = self._contract(day(1), [(self.seats, 10, 12.5)])
        self._run(day(4), contracts=contract)
        first, second, *_end = self._preview(contract, day(2), [{"quantity": 12}])
        # Two seats in February, March and April, all of them billed.
        self.assertEqual(first, "Until 04/30/2026: $75.00 more.")
        self.assertTrue(second.startswith("From 05/01/2026 to 05/31/2026: "), second)

    def test_cost_is_what_the_runs_bill(self):
        draw = random.Random(41)
        schemes = [
            False,
            self._graduated()._to_data(),
            self._scheme("volume", [(10, 9.0, 5.0), (0, 7.0)])._to_data(),
            self._scheme("package", package_size=5)._to_data(),
            self._scheme("unit", included=3, minimum=20)._to_data(),
            self._scheme("flat")._to_data(),
        ]
        for number in range(30):
            unit = draw.choice(("month", "month", "quarter"))
            rules = {
                "billing_unit": unit,
                "billing_day_count": draw.choice(("actual", "30/360", "none")),
                "billing_increase": draw.choice(("at_once", "next_period")),
                "billing_decrease": draw.choice(("at_once", "next_period", "never")),
            }
            contract = self._contract(day(1), [(self.seats, 10, 12.5)], terms=rules)
            self._begin(
                contract,
                day(2, draw.randint(1, 28)),
                self.backup,
                draw.randint(0, 20),
                7.35,
                interval=draw.choice("01"),
                pricing=draw.choice(schemes),
                overrides=draw.choice(
                    (
                        False,
                        {"unit": "quarter", "every": 1},
                        {"unit": "year", "every": 1},
                    )
                ),
            )
            start = day(5) + timedelta(days=draw.randint(0, 60))
            vals = {}
            if draw.random() < 0.3:
                vals["date_end"] = start + timedelta(days=draw.randint(0, 70))
            elif draw.random() < 0.3:
                vals.update(
                    changes_terms=True,
                    billing_unit=draw.choice(("month", "quarter", "year")),
                )
            amend = self._amend(
                contract,
                start,
                [
                    {
                        "quantity": draw.randint(0, 30),
                        "price_unit": draw.choice((12.5, 9.99)),
                    },
                    {
                        "discount": draw.choice((0, 12.5)),
                        "is_ended": draw.random() < 0.2,
                    },
                ],
                **vals,
            )
            with self.subTest(number=number, start=start, rules=rules, **vals):
                try:
                    amend.action_preview()
                except UserError as error:
                    self.assertIn("Nothing is different", str(error))
                    continue
                self._assert_cost_is_billed(amend)

    def test_period_that_a_new_rhythm_cuts_counts_by_its_days(self):
        contract = self._contract(day(1), [(self.seats, 10, 12.5)])
        lines = self._preview(
            contract,
            day(5, 14),
            changes_terms=True,
            terms_date=day(5, 16),
            terms_anchor="start",
        )
        # 62.50 for half of June, 16 of 31 days of 125.00 until 31 May and 15 of
        # them after it: 60.48 + 125.00 less 125.00 + 62.50.
        self.assertEqual(
            lines[:2],
            [
                "Until 05/31/2026: no difference.",
                "From 06/01/2026 to 06/15/2026: $60.48 instead of $62.50.",
            ],
        )

    def test_cost_of_a_position_with_its_own_rhythm(self):
        contract = self._contract(day(1), [(self.seats, 10, 12.5)])
        self._begin(
            contract,
            day(1),
            self.backup,
            1,
            120.0,
            overrides={"unit": "year", "every": 1, "timing": "arrears"},
        )
        lines = self._preview(contract, day(7), [{}, {"quantity": 2}])
        self.assertEqual(
            lines[:2],
            [
                # 184 of 365 days
                "Until 12/31/2026: $60.49 more.",
                "From 01/01/2027 to 12/31/2027: $1,740.00 instead of $1,620.00.",
            ],
        )

    def test_far_days_are_a_sentence(self):
        contract = self._contract(day(1), [(self.seats, 10, 12.5)])
        for start in (date.max, date.min):
            form = Form(
                self.env["msp.contract.amend"].with_context(
                    **contract.action_amend()["context"]
                )
            )
            form.date_start = start
            with self.assertRaisesRegex(UserError, "Check the year"):
                form.save().action_apply()

    def test_price_of_a_new_position_is_in_the_currency_of_the_contract(self):
        currency = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        contract = self._contract(
            day(1), [(self.seats, 10, 12.5)], currency_id=currency.id
        )
        amend = self._amend(
            contract,
            day(6),
            line_ids=[Command.create({"product_id": self.backup.id})],
        )
        self.assertEqual(amend.line_ids[-1].price_unit, 15.0, "half of 30.00")

    def test_new_position_speaks_the_language_of_the_recipient(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.backup.with_context(lang="de_DE").name = "Datensicherung"
        contract = self._contract(day(1), [(self.seats, 10, 12.5)])
        contract.partner_invoice_id.lang = "de_DE"
        amend = self._amend(
            contract,
            day(6),
            line_ids=[Command.create({"product_id": self.backup.id})],
        )
        amend.action_apply()
        self.assertEqual(contract.position_ids[-1].name, "Datensicherung")

    def test_position_may_begin_before_the_contract_with_its_terms(self):
        contract = self._contract(day(3), [(self.seats, 10, 12.5)])
        self._amend(
            contract,
            day(2),
            changes_terms=True,
            line_ids=[Command.create({"product_id": self.backup.id})],
        ).action_apply()
        self.assertEqual(contract.date_start, day(2))
        self.assertEqual(len(contract.terms_ids), 1)
