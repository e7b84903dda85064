from lxml import html

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged

from .common import ContractCommon, day
from .trace_common import TraceMixin

REPORT = "msp_contract_billing.report_msp_trace"


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestTraceViews(TraceMixin, ContractCommon, HttpCase):
    """What is shown of a trace, printed of it, and to whom."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(
            day(1), [(cls.seats, 10, 12.50), (cls.backup, 1, 30.00)]
        )
        cls.invoice = cls._run(day(1), contracts=cls.contract).move_ids
        cls.clerk = cls._role_user("clerk", "group_billing_clerk")
        cls.manager = cls._role_user("manager", "group_account_manager")
        cls.plain = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.customer.id,
                "invoice_line_ids": [Command.create({"name": "x", "price_unit": 1})],
            }
        )

    def _open(self, records, user=None):
        """Return the rows of an opened trace, with the context of its list."""
        action = records.with_user(user or self.clerk).action_msp_trace()
        rows = self.env[action["res_model"]].with_user(user or self.clerk)
        return rows.with_context(**action["context"]).search(action["domain"])

    def _print(self, moves):
        """Return the printed text of each document, words apart by one blank."""
        report = self.env["ir.actions.report"].with_user(self.clerk)
        content = report._render_qweb_html(REPORT, moves.ids)[0]
        (page,) = html.fromstring(content).xpath("//div[@class='page']")
        texts = [part.text_content() for part in page.xpath("./div")]
        # Odoo keeps a minus and its number on one line by a character of no width.
        return [" ".join(text.replace("\ufeff", "").split()) for text in texts]

    # The list

    def test_rows_are_indented_and_lead_on(self):
        rows = self._open(self.invoice)
        self.assertEqual(rows.mapped("level")[:3], [0, 1, 2])
        self.assertEqual(rows[1].outline, "\N{EM SPACE}Invoice line")
        action = rows[2].action_open()
        self.assertEqual(
            (action["res_model"], action["res_id"]),
            ("msp.charge", rows[2].res_id),
        )
        self.assertEqual(rows[1].action_open()["res_id"], self.invoice.id)

    def test_every_record_has_a_trace(self):
        for records in (
            self.invoice,
            self.invoice.invoice_line_ids[0],
            self.contract.charge_ids,
            self.contract.version_ids,
        ):
            self.assertTrue(self._open(records))

    def test_printing_from_the_list_takes_the_documents_of_the_chain(self):
        rows = self._open(self.contract.version_ids)
        self.assertEqual(rows.browse().action_print()["data"], None)
        trace = rows.trace_id
        self.assertEqual(trace.move_ids, self.invoice)
        later = self._set(self.contract.position_ids[0], day(5), quantity=1)
        with self.assertRaisesRegex(UserError, "stands on an invoice"):
            self._open(later).browse().action_print()

    # Rights

    def test_hidden_documents_have_a_name_and_nothing_else(self):
        # A salesperson sees own invoices only.
        self.invoice.invoice_user_id = self.clerk
        charge = self.contract.charge_ids[0]
        self.assertFalse(self.invoice.with_user(self.manager).has_access("read"))
        node = self._find(charge, "Stands on", self.manager)
        self.assertEqual(node.title, self.invoice.name)
        self.assertEqual(node.details, ["You may not see it."])
        self.assertFalse(node.record)
        self.assertFalse(node.children)
        self.assertIsNone(node.amount)
        rows = self._open(charge, self.manager)
        hidden = rows.filtered(lambda row: row.label == "Stands on")
        self.assertFalse(hidden.action_open())
        with self.assertRaises(UserError):
            rows.browse().action_print()

    def test_without_rights_on_contracts_the_chain_ends_at_the_invoice(self):
        accountant = self._accountant()
        labels = {label for _, label, _ in self._outline(self.invoice, accountant)}
        self.assertIn("Booked as", labels)
        self.assertNotIn("Rests on", labels)
        for node in self._all(self.invoice, "Charge", accountant):
            self.assertEqual(node.title, f"Contract {self.contract.name}")
            self.assertIsNone(node.amount)
        with self.assertRaises(AccessError):
            self.invoice.with_user(accountant).action_msp_trace()

    def _accountant(self):
        user = self._role_user("only.accounting")
        user.group_ids += self.env.ref("account.group_account_user")
        return user

    def test_nobody_traces_what_he_may_not_read(self):
        outsider = self._role_user("outsider")
        for records in (self.invoice, self.contract.charge_ids):
            with self.assertRaises(AccessError):
                records.with_user(outsider).action_msp_trace()
            with self.assertRaises(AccessError):
                self.env["msp.trace"].with_user(outsider)._open(
                    records.with_user(outsider)
                )

    def test_traces_of_others_stay_theirs(self):
        rows = self._open(self.invoice)
        others = rows.with_user(self.manager)
        self.assertFalse(others.search([("id", "in", rows.ids)]))
        with self.assertRaises(AccessError):
            others.read(["title"])
        with self.assertRaises(AccessError):
            others.trace_id.action_print()

    # The print

    def test_printed_trace_adds_up(self):
        (text,) = self._print(self.invoice)
        for expected in (
            f"Customer Invoice {self.invoice.name}",
            self.invoice.company_id.name,
            "Customer: Muster Bau GmbH",
            "10 Units × $12.50, 31 of 31 days = $125.00",
            f"Contracts: {self.contract.name}",
            "Charges $ 155.00",
            "Lines that carry charges $ 155.00",
            "Deviation of lines from charges $ 0.00",
            "Document, total $ 178.25",
            "Sum $ 178.25 $ 178.25",
        ):
            self.assertIn(expected, text)
        # Both lines rest on the same version, which is explained once.
        self.assertEqual(text.count("Version " + self.contract.name), 1)

    def test_printed_trace_shows_deviation_and_lines_of_others(self):
        self.invoice.button_draft()
        self.invoice.invoice_line_ids[0].price_unit = 12.00
        self.invoice.invoice_line_ids = [
            Command.create({"name": "By hand", "price_unit": 7.0, "tax_ids": False})
        ]
        (text,) = self._print(self.invoice)
        self.assertIn("Charges $ 155.00", text)
        self.assertIn("Lines that carry charges $ 150.00", text)
        self.assertIn("Deviation of lines from charges $ -5.00", text)
        self.assertIn("Lines without charges $ 7.00", text)
        self.assertIn("Document, net $ 157.00", text)

    def test_several_documents_are_printed_apart(self):
        second = self._run(day(2), contracts=self.contract).move_ids
        texts = self._print(self.invoice | second)
        self.assertEqual(len(texts), 2)
        self.assertIn(self.invoice.name, texts[0])
        self.assertNotIn(second.name, texts[0])
        self.assertIn(second.name, texts[1])

    def test_print_is_offered_for_documents_of_contracts_only(self):
        report = self.env.ref("msp_contract_billing.action_report_msp_trace")
        for move, expected in ((self.invoice, [report.id]), (self.plain, [])):
            valid = report.get_valid_action_reports("account.move", move.ids)
            self.assertEqual(valid, expected)

    def test_print_needs_the_right_to_see_the_document(self):
        self.invoice.invoice_user_id = self.clerk
        report = self.env["ir.actions.report"].with_user(self.manager)
        with self.assertRaises(AccessError):
            report._render_qweb_html(REPORT, self.invoice.ids)

    def test_pdf_of_several_documents(self):
        second = self._run(day(2), contracts=self.contract).move_ids
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        with self.allow_pdf_render():
            content, kind = report._render_qweb_pdf(REPORT, (self.invoice | second).ids)
        self.assertEqual(kind, "pdf")
        self.assertTrue(content.startswith(b"%PDF"))

    def test_tour_from_an_invoice_line_to_its_cause(self):
        self.start_tour(
            f"/odoo/m-account.move/{self.invoice.id}", "msp_trace", login="accountman"
        )
