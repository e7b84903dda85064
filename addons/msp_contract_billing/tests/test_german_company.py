from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import ContractCommon, day


@tagged("post_install_l10n", "post_install", "-at_install")
class TestGermanCompany(ContractCommon):
    """The same on the German chart: 19 %, delivery date, documents that stay."""

    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("de_skr03")
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write(
            {"country_id": cls.env.ref("base.de").id, "vat": "DE136695976"}
        )
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.position = cls.contract.position_ids

    def test_invoice_has_german_tax_and_the_last_service_day_as_delivery(self):
        invoice = self._run(day(1), contracts=self.contract).move_ids
        self.assertRecordValues(
            invoice,
            [
                {
                    "amount_untaxed": 125.00,
                    "amount_tax": 23.75,
                    "amount_total": 148.75,
                    "delivery_date": day(1, 31),
                    "state": "posted",
                }
            ],
        )
        self.assertEqual(
            self.contract.charge_ids.tax_ids, invoice.invoice_line_ids.tax_ids
        )

    def test_backdated_decrease_is_a_credit_note_that_names_the_invoice(self):
        invoice = self._run(day(1), contracts=self.contract).move_ids
        self._set(self.position, day(1, 11), quantity=6, reason="Two have left")
        credit = self._run(day(2), "differential", self.contract).move_ids
        # 4 x 12.50 x 21/31 = 33.87
        self.assertRecordValues(
            credit,
            [
                {
                    "move_type": "out_refund",
                    "amount_untaxed": 33.87,
                    "reversed_entry_id": invoice.id,
                }
            ],
        )
        line = credit.invoice_line_ids
        self.assertIn("10 Units × 12.50\N{NO-BREAK SPACE}€ → 6 Units", line.name)
        self.assertIn(f"Corrects {invoice.name} of", line.name)
        self.assertIn("Reason: Two have left", line.name)
        self.assertGreaterEqual(line.price_unit, 0)
        self.assertEqual(credit.amount_residual, 0)

    def test_correction_keeps_the_taxes_of_what_it_corrects(self):
        self._run(day(1), contracts=self.contract)
        old_tax = self.seats.taxes_id
        self.seats.taxes_id = old_tax.copy({"amount": 16, "name": "16 %"})
        self._set(self.position, day(1), quantity=12)
        correction = self._run(day(2), "differential", self.contract).move_ids
        self.assertEqual(correction.invoice_line_ids.tax_ids, old_tax)
        regular = self._run(day(2), contracts=self.contract).move_ids
        self.assertEqual(regular.invoice_line_ids.tax_ids.amount, 16)

    def test_posted_invoice_is_not_deleted_and_the_run_says_so(self):
        run = self._run(day(1), contracts=self.contract)
        with self.assertRaisesRegex(UserError, "has no drafts"):
            run.action_delete_drafts()
        with self.assertRaises(UserError):
            run.move_ids.unlink()
        self.assertTrue(self.contract.charge_ids.counts)

    def test_credit_note_is_never_called_a_self_billing_document(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"].search(
            [("name", "in", ("account", "l10n_din5008", "msp_contract_billing"))]
        )._update_translations("de_DE")
        self.customer.lang = "de_DE"
        self._run(day(1), contracts=self.contract)
        self._set(self.position, day(1, 11), quantity=6, reason="Zwei sind weg")
        credit = self._run(day(2), "differential", self.contract).move_ids
        for layout in (
            "web.external_layout_standard",
            "l10n_din5008.external_layout_din5008",
        ):
            self.env.company.external_report_layout_id = self.env.ref(layout)
            html, _kind = self.env["ir.actions.report"]._render_qweb_html(
                "account.report_invoice", credit.ids
            )
            self.assertIn("Rechnungskorrektur", html.decode(), layout)
            self.assertNotIn("Gutschrift", html.decode(), layout)
        run = credit.msp_run_id
        self.customer.email = "rechnung@muster.example"
        run.action_render()
        run.action_send()
        mail = run.invoice_ids.message_id.sudo().mail_ids
        text = f"{mail.subject} {mail.body_html}"
        self.assertIn("Rechnungskorrektur", text)
        self.assertNotIn("Gutschrift", text)
        trace = self.env["msp.trace"]
        label = trace._move_label(credit.with_context(lang="de_DE"))
        self.assertEqual(label, "Rechnungskorrektur")
