import psycopg2

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import day
from .ledger_common import LedgerCommon
from .sale_common import SaleContractCommon


@tagged("post_install", "-at_install")
class TestOwnRows(LedgerCommon):
    """Nothing carries billed state that was not billed; deleting takes own rows."""

    def test_pitfall_002_what_is_due_needs_no_stored_date(self):
        contract = self._contract(day(1), [(self.seats, 1, 10)])
        # Nothing says when the next invoice comes, and nothing is moved on.
        names = [name for name in contract._fields if "next" in name]
        self.assertEqual([name for name in names if contract._fields[name].store], [])
        due = contract._compute_due(day(3), "regular")[contract.id]
        self.assertEqual([c.start for c in due.charges], [day(1), day(2), day(3)])
        self._run(day(2), contracts=contract)
        due = contract._compute_due(day(3), "regular")[contract.id]
        self.assertEqual([c.start for c in due.charges], [day(3)])

    def test_pitfall_006_copy_of_a_contract_carries_no_billed_state(self):
        self._bill(day(2))
        copy = self.contract.copy()
        self.assertFalse(copy.charge_ids or copy.date_start or copy.settled_until)
        self.assertTrue(copy.to_settle)
        self.assertEqual(copy.ledger_revision, 0)
        self.assertNotEqual(copy.name, self.contract.name)
        position = self.position.copy({"contract_id": copy.id})
        self.assertFalse(position.charge_ids or position.line_ids)
        self._version(
            copy,
            day(1),
            [
                {"action": "terms", "anchor_date": day(1)},
                {
                    "action": "begin",
                    "position_id": position.id,
                    "quantity_mode": "set",
                    "quantity": 10,
                    "sets_price": True,
                    "price_unit": 12.50,
                },
            ],
        )
        run = self._run(day(2), contracts=copy)
        self.assertEqual(run.move_ids.amount_untaxed, 250.00)

    def test_pitfall_019_position_that_ended_is_no_longer_billed(self):
        other = self._contract(
            day(1), [(self.seats, 10, 12.50), (self.backup, 1, 30.00)]
        )
        seats, backup = other.position_ids
        self._run(day(1), contracts=other)
        self._end(backup, day(2))
        run = self._run(day(3), contracts=other)
        self.assertEqual(run.move_ids.amount_untaxed, 250.00)
        self.assertEqual(run.move_ids.invoice_line_ids.product_id, self.seats)
        # It stays in sight, with its last day, and goes only with what refers to it.
        self.assertEqual(backup.date_end, day(1, 31))
        with self.assertRaisesRegex(UserError, "End it by a new version"):
            backup.unlink()
        self.assertTrue(seats.line_ids)

    def test_pitfall_129_what_was_billed_keeps_its_source(self):
        invoice = self._bill(post=False)
        charge = self.contract.charge_ids
        for record, error in (
            (self.contract, UserError),
            (self.position, UserError),
            (self.seats, psycopg2.IntegrityError),
        ):
            with (
                self.subTest(record._name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(error),
                self.env.cr.savepoint(),
            ):
                record.unlink()
        self.seats.active = False
        self.customer.active = False
        # An archived source keeps nobody from cleaning up.
        invoice.unlink()
        self.assertFalse(charge.counts)
        self.assertFalse(charge.move_line_id)
        self.contract.version_ids._withdraw("entered twice")
        self.assertSettled(self.contract, day(1))

    def test_pitfall_130_deleting_an_invoice_touches_own_rows_only(self):
        run = self._run(day(1), contracts=self.contract, post=False)
        invoice = run.move_ids
        models = [
            "product.product",
            "product.template",
            "msp.contract",
            "msp.contract.version",
            "msp.contract.change",
            "msp.contract.position",
            "msp.contract.line",
            "msp.contract.terms",
            "msp.charge",
            "msp.billing.run",
            "res.partner",
            "account.tax",
        ]

        def count():
            return {name: self.env[name].search_count([]) for name in models}

        before = count()
        lines = self.env["account.move.line"].search_count([])
        own = len(invoice.line_ids)
        invoice.unlink()
        self.assertEqual(count(), before)
        self.assertEqual(self.env["account.move.line"].search_count([]), lines - own)
        self.assertTrue(run.exists())

    def test_pitfall_069_each_company_bills_with_its_own(self):
        other = self.setup_other_company(name="Second company")
        company = other["company"]
        euro = self.setup_other_currency("EUR")
        company.currency_id = euro
        env = self.env(context={"allowed_company_ids": company.ids})
        product = self._product(
            "Seats elsewhere",
            10,
            company_id=company.id,
            taxes_id=[Command.set(other["default_tax_sale"].ids)],
        )
        contract = (
            self.env["msp.contract"]
            .with_company(company)
            .create(
                {
                    "partner_id": self.customer.id,
                    "company_id": company.id,
                    "currency_id": euro.id,
                }
            )
        )
        position = self.env["msp.contract.position"].create(
            {"contract_id": contract.id, "product_id": product.id}
        )
        self._version(
            contract,
            day(1),
            [
                {"action": "terms", "anchor_date": day(1)},
                {
                    "action": "begin",
                    "position_id": position.id,
                    "quantity_mode": "set",
                    "quantity": 3,
                    "sets_price": True,
                    "price_unit": 10,
                },
            ],
        )
        moves = []
        for of_company in (self.company_data["company"], company):
            run = self.env["msp.billing.run"].create(
                {
                    "date_until": day(1),
                    "invoice_date": day(1),
                    "company_id": of_company.id,
                }
            )
            run.action_preview()
            run.action_create_invoices()
            self.assertEqual(run.line_ids.contract_id.company_id, of_company)
            moves.append(run.move_ids)
        first, second = moves
        self.assertEqual(first.company_id, self.company_data["company"])
        self.assertEqual(second.company_id, company)
        self.assertEqual(second.journal_id.company_id, company)
        self.assertEqual(second.currency_id, euro)
        self.assertEqual(second.amount_untaxed, 30.00)
        self.assertEqual(
            second.invoice_line_ids.tax_ids, other["default_tax_sale"].with_env(env)
        )
        self.assertEqual(
            first.invoice_line_ids.tax_ids, self.company_data["default_tax_sale"]
        )

    def test_company_of_a_document_with_charges_is_fixed(self):
        invoice = self._bill(post=False)
        other = self.setup_other_company(name="Second company")["company"]
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            invoice.company_id = other


@tagged("post_install", "-at_install")
class TestOneOwnerOfPeriods(SaleContractCommon):
    """Orders do not bill what their contract bills."""

    def test_pitfall_014_orders_and_runs_do_not_share_a_counter(self):
        contract, order = self._confirm((self.seats, 10), (self.work, 1))
        contract_start = contract.date_start
        self._run(contract_start, contracts=contract)
        # The order's own invoicing, as its wizard and the payment page call it.
        order._create_invoices()
        self.assertEqual(order.invoice_ids.invoice_line_ids.product_id, self.work)
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertFalse(order.invoice_ids.invoice_line_ids.msp_charge_ids)
        self.assertEqual(len(contract.charge_ids), 1)
        self.assertSettled(contract, contract_start)
        order.invoice_ids.unlink()
        self.assertSettled(contract, contract_start)
