import csv
import io

from odoo.tests import Form, freeze_time, tagged

from .bill_common import BillCommon

EVIL = '=HYPERLINK("http://evil.example";"x")'
HTML = '<img src="http://evil.example/x.png"/><script>alert(1)</script>'


@freeze_time("2026-04-10 08:00:00")
@tagged("post_install", "-at_install")
class TestHostileContent(BillCommon):
    """What a provider's file says stays text, in spreadsheets, mails and on screens."""

    def _unknown(self, *names, **cells):
        """Import rows of customers nobody knows; return the month."""
        self._seats_contract(10)
        strange = [
            self._row(
                3,
                CustomerId=f"99999999-0000-4000-8000-00000000000{number}",
                CustomerName=name,
                SubscriptionId=f"99999999-0000-4000-8000-00000000001{number}",
                **cells,
            )
            for number, name in enumerate(names)
        ]
        self._import(self._row(10), *strange, apply=False)
        return self._compare()

    def test_no_cell_for_the_vendor_is_a_formula(self):
        names = (
            EVIL,
            " =1+1",
            "@SUM(A1)",
            "-2+3",
            "+1",
            "Contoso;=1+1",
            "Contoso\t=1+1",
            'a","=1+1',
            'a";=1+1;"',
            "Contoso; @SUM(A1)",
        )
        one = self._unknown(*names)
        findings = one.finding_ids.with_user(self.clerk)
        text = findings._rows_as_csv().decode("utf-8-sig")
        # A spreadsheet takes the separator of its country, whatever ours is.
        for separator in ",;\t":
            cells = [
                cell
                for row in csv.reader(io.StringIO(text), delimiter=separator)
                for cell in row
            ]
            live = [cell for cell in cells if cell.lstrip()[:1] in set("=+-@")]
            with self.subTest(separator=separator):
                self.assertGreater(len(cells), len(names))
                self.assertFalse(live)

    def test_file_says_no_html_on_any_screen(self):
        one = self._unknown(HTML, ProductName=HTML)
        one.with_user(self.accountant)._draw_sample()
        one.finding_ids.with_user(self.accountant)._close("resolved", HTML)
        shown = [
            *one.sample_ids.with_user(self.clerk).mapped("evidence"),
            *one.finding_ids.message_ids.mapped("body"),
            *one.message_ids.mapped("body"),
            *self.env["msp.proof.month"].search([]).mapped("ages_html"),
            self.env["ir.actions.report"]
            .with_user(self.accountant)
            ._render_qweb_html(
                "msp_reconciliation.action_report_reconciliation", one.ids
            )[0]
            .decode(),
        ]
        self.assertTrue(any("evil.example" in str(text) for text in shown))
        for text in shown:
            self.assertNotIn('<img src="http://evil', str(text))
            self.assertNotIn("<script>alert", str(text))

    def test_file_says_no_html_in_the_mail_to_the_vendor(self):
        self.vendor.email = "billing@contoso.example"
        one = self._unknown(HTML)
        action = one.finding_ids.with_user(self.clerk).action_ask_vendor()
        composer = Form(
            self.env["mail.compose.message"]
            .with_user(self.clerk)
            .with_context(**action["context"])
        ).save()
        self.assertIn("evil.example", composer.body)
        self.assertNotIn("<img", composer.body)
        self.assertNotIn("<script", composer.body)

    def test_note_of_a_bill_that_waits_is_text(self):
        self.provider.user_id = self.accountant
        import_ = self._import(self._row(10, InvoiceNumber=HTML)).sudo()
        import_._tell_bill_waits(f"Invoice {HTML} waits")
        note = self.provider.activity_ids.note
        self.assertIn("evil.example", note)
        self.assertNotIn("<img", note)
        self.assertNotIn("<img", import_.message_ids[0].body)
