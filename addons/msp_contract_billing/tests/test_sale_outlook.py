from datetime import date

from odoo.tests import Form, HttpCase, freeze_time, new_test_user, tagged
from odoo.tools import is_html_empty

from .pricing_common import PricingCommon

FIRST = "First invoice on 11/22/2026 for 11/22/2026 – 11/30/2026: "
YEAR = "First invoice on 11/22/2026 for 11/22/2026 – 12/31/2026: "


class OutlookCommon(PricingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seats.lst_price = 15.00

    def _told(self, order):
        """Return [(title, sentences)] of what the order bills, plain spaces."""
        order = order.with_context(lang="en_US")
        return [
            (title, [sentence.replace("\xa0", " ") for sentence in sentences])
            for title, sentences in order._msp_get_outlook_blocks(
                order._msp_get_outlook()
            )
        ]

    def _sentences(self, order):
        [(_title, sentences)] = self._told(order)
        return sentences


@freeze_time("2026-11-22 12:00:00")
@tagged("post_install", "-at_install")
class TestOutlook(OutlookCommon):
    def test_pitfall_029_quote_says_what_is_paid_first_regularly_and_next(self):
        order = self._order((self.seats, 10), (self.work, 1))
        # 150.00 x 9 / 30 days of November
        self.assertEqual(
            self._told(order),
            [
                (
                    "Monthly, in advance",
                    [
                        FIRST + "$45.00",
                        "Then $150.00 per month",
                        "Next invoice on 12/01/2026: $150.00",
                    ],
                )
            ],
        )
        self.assertRecordValues(
            order, [{"msp_amount_recurring": 150.0, "msp_amount_one_time": 100.0}]
        )

    def test_what_is_said_is_what_is_billed(self):
        contract, _order = self._confirm((self.seats, 10))
        run = self._run(date(2026, 12, 1), contracts=contract)
        self.assertEqual(sorted(run.move_ids.mapped("amount_untaxed")), [195.0])
        self.assertEqual(
            self._claims(contract),
            [
                (date(2026, 11, 22), date(2026, 11, 30), 45.0),
                (date(2026, 12, 1), date(2026, 12, 31), 150.0),
            ],
        )

    def test_in_arrears(self):
        order = self._order((self.seats, 10), billing_timing="arrears")
        self.assertEqual(
            self._sentences(order),
            [
                "First invoice on 12/01/2026 for 11/22/2026 – 11/30/2026: $45.00",
                "Then $150.00 per month",
                "Next invoice on 01/01/2027: $150.00",
            ],
        )

    def test_order_that_is_over_with_its_first_invoice(self):
        line = {"msp_until": "date", "msp_until_date": date(2026, 11, 30)}
        order = self._order((self.seats, 10, line))
        self.assertEqual(self._sentences(order), [FIRST + "$45.00"])

    def test_quarter(self):
        order = self._order((self.seats, 10), billing_every=3)
        # 450.00 x 40 / 92
        self.assertEqual(
            self._sentences(order),
            [
                YEAR + "$195.65",
                "Then $450.00 per quarter",
                "Next invoice on 01/01/2027: $450.00",
            ],
        )

    def test_yearly_position_in_a_monthly_contract(self):
        rule = self._rule(billing_unit="year")
        self.backup.write(
            {"lst_price": 365.0, "msp_price_interval": "12", "msp_rule_id": rule.id}
        )
        order = self._order((self.seats, 10), (self.backup, 1))
        # 365.00 x 40 / 365
        self.assertEqual(
            self._told(order),
            [
                (
                    "Monthly, in advance · Business Premium",
                    [
                        FIRST + "$45.00",
                        "Then $150.00 per month",
                        "Next invoice on 12/01/2026: $150.00",
                    ],
                ),
                (
                    "Yearly, in advance · Backup",
                    [
                        YEAR + "$40.00",
                        "Then $365.00 per year",
                        "Next invoice on 01/01/2027: $365.00",
                    ],
                ),
            ],
        )

    def test_scheme_and_discount(self):
        line = {"msp_pricing_id": self._graduated().id, "discount": 10}
        order = self._order((self.seats, 12, line), msp_date_start=date(2026, 12, 1))
        # 10 x 10.00 + 2 x 8.00, less 10 %
        self.assertEqual(
            self._sentences(order),
            [
                "First invoice on 12/01/2026 for 12/01/2026 – 12/31/2026: $104.40",
                "Then $104.40 per month",
                "Next invoice on 01/01/2027: $104.40",
            ],
        )

    def test_instalments(self):
        self.backup.write({"lst_price": 100.0, "msp_price_interval": "12"})
        order = self._order((self.backup, 1), msp_date_start=date(2027, 1, 1))
        self.assertEqual(
            self._sentences(order),
            [
                "First invoice on 01/01/2027 for 01/01/2027 – 01/31/2027: $8.33",
                "Then $8.33 – $8.34 per month",
                "Next invoice on 02/01/2027: $8.34",
            ],
        )

    def test_foreign_currency_without_decimals(self):
        yen = self.setup_other_currency("JPY", rounding=1.0, position="before")
        prices = self.env["product.pricelist"].create(
            {"name": "JPY", "currency_id": yen.id}
        )
        line = {"price_unit": 1050}
        order = self._order((self.seats, 3, line), pricelist_id=prices.id)
        # 3150 x 9 / 30
        self.assertEqual(
            [text.split(": ")[-1] for text in self._sentences(order)],
            ["¥945", "Then ¥3,150 per month", "¥3,150"],
        )

    def test_day_agreed_or_assumed(self):
        order = self._order((self.seats, 10))
        self.assertIn("if ordered today", order.msp_outlook_html)
        order.msp_date_start = date(2026, 12, 1)
        self.assertNotIn("if ordered today", order.msp_outlook_html)

    def test_taxes_are_said(self):
        order = self._order((self.seats, 10))
        self.assertIn("What is billed (untaxed)", order.msp_outlook_html)
        tax = self.company_data["default_tax_sale"].copy(
            {"name": "incl.", "price_include_override": "tax_included"}
        )
        order.order_line.tax_ids = tax
        self.assertIn("What is billed (taxes included)", order.msp_outlook_html)

    def test_no_block_without_recurring_lines_or_with_an_error(self):
        self.assertFalse(self._told(self._order((self.work, 1))))
        self.backup.msp_price_interval = "12"
        wrong = self._order((self.backup, 1), billing_unit="week")
        self.assertTrue(wrong.msp_contract_error)
        self.assertFalse(self._told(wrong))
        self.assertTrue(is_html_empty(wrong.msp_outlook_html))

    def test_form_follows_what_is_typed(self):
        form = Form(self.env["sale.order"])
        form.partner_id = self.customer
        with form.order_line.new() as line:
            line.product_id = self.seats
            line.product_uom_qty = 10
        self.assertIn("$45.00", form.msp_outlook_html)
        form.billing_timing = "arrears"
        self.assertIn("12/01/2026 for 11/22/2026", form.msp_outlook_html)
        form.save()

    def test_portal_and_pdf_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.customer.lang = "de_DE"
        order = self._order((self.seats, 10), (self.work, 1))
        report, _type = self.env["ir.actions.report"]._render_qweb_html(
            "sale.report_saleorder", order.ids
        )
        german = order.with_context(lang="de_DE")
        portal = german.env["ir.qweb"]._render(
            "sale.sale_order_portal_content",
            {
                "sale_order": german,
                "report_type": "html",
                "product_documents": (),
                "is_html_empty": is_html_empty,
            },
        )
        for html in (report.decode(), str(portal)):
            text = " ".join(html.replace("\xa0", " ").split())
            self.assertIn("22.11.2026 – 30.11.2026", text)
            self.assertIn("45,00", text)

    def test_customer_without_rights_sees_the_same(self):
        contract, _order = self._confirm((self.seats, 10))
        public = self.env.ref("base.public_user")
        for order in (
            self._order((self.seats, 10)),
            self._amendment(contract, (self.seats, 2)),
        ):
            told = self._told(order.with_user(public).sudo())
            self.assertTrue(told)
            self.assertEqual(told, self._told(order))


@freeze_time("2026-11-22 12:00:00")
@tagged("post_install", "-at_install")
class TestOutlookInPortal(OutlookCommon, HttpCase):
    def test_page_of_the_quotation(self):
        order = self._order((self.seats, 10), (self.work, 1))
        page = self.url_open(order.get_portal_url()).text
        text = " ".join(page.replace("\xa0", " ").split())
        self.assertIn("What is billed (untaxed)", text)
        self.assertIn(FIRST + "$45.00", text)
        self.assertIn("Then $150.00 per month", text)
        self.assertIn("Next invoice on 12/01/2026: $150.00", text)

    def test_page_of_the_confirmed_order(self):
        _contract, order = self._confirm((self.seats, 10))
        with freeze_time("2027-05-05 12:00:00"):
            page = self.url_open(order.get_portal_url()).text
        self.assertIn(FIRST + "$45.00", " ".join(page.replace("\xa0", " ").split()))


@freeze_time("2026-11-22 12:00:00")
@tagged("post_install", "-at_install")
class TestOutlookOfOrder(OutlookCommon):
    def test_salesman_without_rights_on_contracts_sees_it(self):
        salesman = new_test_user(
            self.env,
            login="seller",
            groups="sales_team.group_sale_salesman",
            company_id=self.env.company.id,
        )
        contract, _order = self._confirm((self.seats, 10))
        order = self._amendment(contract, (self.seats, 2), user_id=salesman.id)
        self.assertIn(
            "$36.00", self._told(order.with_user(salesman))[0][1][-1] + "$36.00"
        )
        self.assertTrue(order.with_user(salesman).msp_outlook_html)

    def test_confirmed_order_keeps_what_was_agreed(self):
        contract, order = self._confirm((self.seats, 10))
        agreed = [FIRST + "$45.00", "Then $150.00 per month"]
        self.assertEqual(self._sentences(order)[:2], agreed)
        self._run(date(2026, 12, 31), contracts=contract)
        self._set(contract.position_ids, date(2027, 1, 1), price=20)
        with freeze_time("2027-02-01 12:00:00"):
            order.invalidate_recordset()
            self.assertEqual(self._sentences(order)[:2], agreed)
            self.assertNotIn("if ordered today", order.msp_outlook_html)

    def test_cancelled_order_keeps_it_until_it_is_a_quotation_again(self):
        _contract, order = self._confirm((self.seats, 10))
        order.action_cancel()
        self.assertEqual(self._sentences(order)[0], FIRST + "$45.00")
        order.action_draft()
        order.order_line.product_uom_qty = 20
        self.assertEqual(self._sentences(order)[0], FIRST + "$90.00")

    def test_usage_is_named_without_an_amount(self):
        scheme = self._scheme("amounts")
        order = self._order(
            (self.seats, 10), (self.backup, 1, {"msp_pricing_id": scheme.id})
        )
        sentences = self._sentences(order)
        self.assertEqual(sentences[0], FIRST + "$45.00")
        self.assertEqual(sentences[-1], "In addition, as it is used: Backup")


@freeze_time("2026-11-22 12:00:00")
@tagged("post_install", "-at_install")
class TestOutlookOfAmendment(OutlookCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract, cls.first = cls._confirm(
            (cls.seats, 10), msp_date_start=date(2026, 1, 1)
        )
        cls.name = cls.contract.name

    def test_more_seats_in_a_billed_month(self):
        self._run(date(2026, 11, 1), contracts=self.contract)
        order = self._amendment(self.contract, (self.seats, 2))
        # 30.00 x 9 / 30
        self.assertEqual(
            self._told(order),
            [
                (
                    f"Contract {self.name} · Monthly, in advance",
                    [
                        "Until 11/30/2026: $9.00 more, once",
                        "From 12/01/2026: $180.00 per month instead of $150.00",
                        "Next invoice on 12/01/2026: $180.00",
                    ],
                )
            ],
        )
        order.action_confirm()
        run = self._run(date(2026, 11, 22), "differential", self.contract)
        self.assertEqual(run.move_ids.amount_untaxed, 9.0)

    def test_fewer_seats_are_credited(self):
        self._run(date(2026, 11, 1), contracts=self.contract)
        order = self._amendment(self.contract, (self.seats, -4))
        self.assertEqual(
            self._sentences(order),
            [
                "Until 11/30/2026: $18.00 less, credited where it is billed already",
                "From 12/01/2026: $90.00 per month instead of $150.00",
                "Next invoice on 12/01/2026: $90.00",
            ],
        )

    def test_from_next_month_on(self):
        self._run(date(2026, 11, 1), contracts=self.contract)
        order = self._amendment(
            self.contract, (self.seats, 2), msp_date_start=date(2026, 12, 1)
        )
        self.assertEqual(
            self._sentences(order),
            [
                "From 12/01/2026: $180.00 per month instead of $150.00",
                "Next invoice on 12/01/2026: $180.00",
            ],
        )

    def test_agreed_amendment_is_kept(self):
        self._run(date(2026, 11, 1), contracts=self.contract)
        order = self._amendment(self.contract, (self.seats, 2))
        said = self._told(order)
        order.action_confirm()
        self._run(date(2026, 12, 31), contracts=self.contract)
        self.assertEqual(self._told(order), said)
