"""One month through all addons: quote, contract, file, invoice, bill, finding, mending."""

import csv
import io
from datetime import date
from decimal import Decimal

from odoo import Command
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

# A German export of a distributor, with names no profile knows letter by letter.
COLUMNS = (
    "Rechnungsnummer",
    "Kundennummer",
    "Endkunde",
    "Abonnementnummer",
    "Artikelnummer",
    "Produkt",
    "Vorgang",
    "Von",
    "Bis",
    "Menge",
    "Einzelpreis",
    "Nettobetrag",
    "Steuer",
    "Währung",
)


def german_file(*rows):
    """Return rows of (subscription, event, first, last, quantity, net) as CSV."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";")
    writer.writerow(COLUMNS)
    for subscription, event, first, last, quantity, net in rows:
        tax = (Decimal(net) * Decimal("0.15")).quantize(Decimal("0.01"))
        cells = ["4711", "1004567", "Muster Bau GmbH", subscription, "ACRO-1"]
        cells += ["Acrobat", event, f"{first:%d.%m.%Y}", f"{last:%d.%m.%Y}", quantity]
        numbers = [
            f"{number:.2f}".replace(".", ",") for number in (10, Decimal(net), tax)
        ]
        writer.writerow([*cells, *numbers, "USD"])
    return stream.getvalue().encode("utf-8-sig")


@freeze_time("2026-02-10 09:00:00")
@tagged("post_install", "-at_install")
class TestWholeMonth(AccountTestInvoicingCommon):
    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "msp_contract_billing.group_administrator"
        )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.people = {
            role: new_test_user(
                cls.env,
                login=f"month_{role}",
                groups=f"base.group_user,msp_contract_billing.group_{role}",
                company_id=cls.company.id,
            )
            for role in ("account_manager", "billing_clerk", "accountant")
        }
        cls.customer = cls.env["res.partner"].create(
            {"name": "Muster Bau GmbH", "is_company": True}
        )
        cls.product = cls.env["product.product"].create(
            {
                "name": "Acrobat",
                "default_code": "ACRO-1",
                "type": "service",
                "list_price": 15.00,
                "invoice_policy": "order",
                "msp_recurring": True,
                "supplier_taxes_id": [
                    Command.set(cls.company_data["default_tax_purchase"].ids)
                ],
            }
        )
        cls.provider = cls.env.ref("msp_cloud_import.provider_ingram")
        cls.provider.partner_id = cls.env["res.partner"].create({"name": "Ingram"})

    def _as(self, role, model):
        return self.env[model].with_user(self.people[role])

    def _contract(self):
        """Return the contract of a quote over ten seats from 1 January."""
        order = self._as("account_manager", "sale.order").create(
            {
                "partner_id": self.customer.id,
                "msp_date_start": date(2026, 1, 1),
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "product_uom_qty": 10}
                    )
                ],
            }
        )
        order.action_confirm()
        return order.msp_version_id.contract_id

    def _bill(self, kind):
        """Return what a run bills, posted."""
        run = self._as("billing_clerk", "msp.billing.run").create(
            {"kind": kind, "date_until": "2026-01-31", "invoice_date": "2026-02-10"}
        )
        run.action_preview()
        run.action_create_invoices()
        run.action_post()
        return run.amount_billed

    def _import(self):
        """Return the import of a file whose columns are confirmed on the way.

        Three seats more from 20 January, which the clerk leaves out by mistake.
        """
        whole = (date(2026, 1, 1), date(2026, 1, 31))
        content = german_file(
            ("2001", "Wiederkehrend", *whole, 10, "100.00"),
            ("2001", "Änderung", date(2026, 1, 20), whole[1], 3, "11.61"),
        )
        import_ = self._as("billing_clerk", "msp.import").import_file(
            self.provider.id, "januar.csv", content
        )
        self.assertEqual(import_.state, "columns")
        profile = import_.profile_id
        meanings = {column.name: column.target for column in profile.column_ids}
        self.assertEqual(meanings["Nettobetrag"], "billed_cost")
        self.assertEqual(meanings["Von"], "charge_period_start")
        events = {"Wiederkehrend": "recurring", "Änderung": "increase"}
        for word in profile.word_ids.filtered(lambda word: word.name in events):
            word.event = events[word.name]
        profile.action_confirm()
        self.assertEqual((import_.state, import_.amount_read), ("mapped", 111.61))
        import_.action_accept_suggestions()
        import_.customer_mapping_ids.partner_id = self.customer
        import_.action_prepare()
        import_.differing_change_ids.action_exclude()
        import_.action_apply()
        return import_

    def _compare(self):
        one = self._as("accountant", "msp.reconciliation")._open(
            self.provider.with_user(self.people["accountant"]), date(2026, 1, 1)
        )
        one.action_compare()
        return one

    def test_a_month_from_quote_to_proof(self):
        contract = self._contract()
        self.assertEqual(self._bill("regular"), 150.00)
        import_ = self._import()

        # The vendor bill says what the file says, tax included.
        import_.with_user(self.people["accountant"]).action_create_bill()
        bill = import_.with_user(self.people["accountant"]).bill_ids
        self.assertRecordValues(
            bill,
            [{"ref": "4711", "amount_untaxed": 111.61, "amount_total": 128.35}],
        )
        bill.invoice_date = date(2026, 2, 10)
        bill.action_post()

        # What was left out is found: three seats x 15.00 x 12/31.
        one = self._compare()
        self.assertRecordValues(
            one.finding_ids,
            [{"cause": "seats_missing", "amount": 17.42, "state": "open"}],
        )
        self.assertEqual((one.vendor_total, one.bill_difference), (111.61, 0.0))

        # The clerk takes it back, applies the rest and bills the difference.
        import_.change_ids.filtered(
            lambda change: change.state == "excluded"
        ).action_include()
        import_.action_apply()
        self.assertEqual(
            contract.line_ids.sorted("date_start").mapped("quantity"), [10.0, 13.0]
        )
        one.action_compare()
        self.assertEqual(one.timing_total, 17.42)
        self.assertEqual(self._bill("differential"), 17.42)
        one.action_compare()
        self.assertEqual(set(one.finding_ids.mapped("state")), {"gone"})
        self.assertEqual((one.line_ids.result, one.billed_value), ("agrees", 167.42))

        # The next file with these columns, in whatever order, asks nothing.
        february = german_file(
            ("2001", "Wiederkehrend", date(2026, 2, 1), date(2026, 2, 28), 13, "130.00")
        )
        again = self._as("billing_clerk", "msp.import").import_file(
            False, "februar.csv", february
        )
        self.assertEqual((again.provider_id, again.state), (self.provider, "read"))
        again.action_assign()
        again.action_prepare()
        self.assertEqual(again.change_ids.mapped("state"), ["no_change"])
