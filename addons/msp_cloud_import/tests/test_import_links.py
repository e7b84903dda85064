from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import SQL

from .common import ImportCommon, row, seats


@freeze_time("2026-05-04 08:00:00")
@tagged("post_install", "-at_install")
class TestImportLinks(ImportCommon):
    """Links that the database does not check lead to what stays, or go along."""

    def setUp(self):
        super().setUp()
        self.contract = self._contract(self.customer, [(self.premium, 10, 20.0)])
        self.import_ = self._prepared(seats(12))
        self.change = self.import_.change_ids
        self.row = self.import_.provider_charge_ids

    def _count(self, table, column, value):
        self.env.flush_all()
        query = SQL(
            "SELECT count(*) FROM %s WHERE %s = %s",
            SQL.identifier(table),
            SQL.identifier(column),
            value,
        )
        return self.env.execute_query(query)[0][0]

    def test_what_rows_refer_to_is_not_deleted(self):
        row = self.row
        for kept in (row.customer_mapping_id, row.product_mapping_id, row.provider_id):
            with self.subTest(kept._name), self.assertRaises(UserError):
                kept.unlink()
            self.assertTrue(kept.exists())

    def test_nothing_is_left_of_a_deleted_import(self):
        changes = "msp_import_change", "import_id", self.import_.id
        links = "msp_import_change_row_rel", "change_id", self.change.id
        self.assertEqual((self._count(*changes), self._count(*links)), (1, 1))
        self.import_.sudo().unlink()
        self.assertEqual((self._count(*changes), self._count(*links)), (0, 0))

    def test_prepared_again_leaves_no_links_of_what_was_proposed_before(self):
        self.import_.action_prepare()
        self.assertFalse(self.change.exists())
        links = "msp_import_change_row_rel", "row_id", self.row.id
        self.assertEqual(self._count(*links), 1)

    def test_contract_of_a_proposal_stays(self):
        draft = self.contract.copy()
        self.assertFalse(draft.version_ids)
        self.change._system_write({"contract_id": draft.id})
        with self.assertRaisesRegex(UserError, self.import_.name):
            draft.unlink()
        self.change._system_write({"contract_id": self.contract.id})
        draft.unlink()
        self.assertFalse(draft.exists())

    def test_contract_leaves_rows_of_which_nothing_is_proposed_any_more(self):
        self.assertEqual(self.row.contract_id, self.contract)
        self.assertEqual(self.row.position_id, self.contract.position_ids)
        self.import_.customer_mapping_ids.partner_id = self._partner("Nobody")
        self.assertFalse(self.import_.change_ids)
        self.assertFalse(self.row.contract_id)
        self.assertFalse(self.row.position_id)

    def test_position_that_was_never_live_leaves_rows_and_proposals(self):
        position = self.env["msp.contract.position"].create(
            {"contract_id": self.contract.id, "product_id": self.premium.id}
        )
        self.change._system_write({"position_id": position.id})
        self.row._system_write({"position_id": position.id})
        position.unlink()
        self.assertFalse(position.exists())
        self.assertFalse(self.change.position_id)
        self.assertFalse(self.row.position_id)
        self.assertEqual(self.change.contract_id, self.contract)

    def test_customer_and_product_without_rows_leave_what_was_proposed(self):
        former = self._partner("Former")
        single = self._product("Single", 1.0)
        of_template = self._product("Of a template", 1.0)
        change = self.change
        change._system_write({"provider_charge_ids": [Command.clear()]})
        for name, record, deleted in (
            ("partner_id", former, former),
            ("product_id", single, single),
            ("product_id", of_template, of_template.product_tmpl_id),
        ):
            with self.subTest(deleted._name):
                change._system_write({name: record.id})
                deleted.unlink()
                self.assertFalse(record.exists())
                self.assertFalse(change[name])
        self.assertEqual(change.contract_id, self.contract)


@freeze_time("2026-05-04 08:00:00")
@tagged("post_install", "-at_install")
class TestImportKnownLinks(ImportCommon):
    """What is assigned already is known of rows once they are read."""

    def setUp(self):
        super().setUp()
        self._contract(self.customer, [(self.premium, 10, 20.0)])
        self.first = self._prepared(seats(12))
        self.april = seats(
            12, ChargeStartDate=date(2026, 4, 5), ChargeEndDate=date(2026, 5, 4)
        )

    def test_rows_are_read_with_customer_and_product(self):
        credit = row(ChargeType="customerCredit", SubscriptionId="", Quantity="1")
        second = self._read(self.april, credit, name="b.csv")
        seat, other = second.provider_charge_ids.sorted("row")
        self.assertEqual(second.state, "read")
        self.assertEqual(seat.partner_id, self.customer)
        self.assertEqual(seat.product_id, self.premium)
        self.assertEqual(seat.customer_mapping_id, self.first.customer_mapping_ids)
        self.assertEqual(seat.product_mapping_id, self.first.product_mapping_ids)
        self.assertEqual(seat.state, "waiting")
        # A credit is for a customer, but for no seats of an article.
        self.assertEqual(other.partner_id, self.customer)
        self.assertFalse(other.product_mapping_id)
        self.assertFalse(other.product_id)

        second.action_assign()
        self.assertEqual(second.state, "mapped")
        self.assertEqual(second.customer_mapping_ids, self.first.customer_mapping_ids)
        self.assertEqual(second.product_mapping_ids, self.first.product_mapping_ids)

    def test_what_is_new_stays_open(self):
        new = {"CustomerId": "22222222-0000-4000-8000-000000000002", "SkuId": "0099"}
        second = self._read({**self.april, **new}, name="b.csv")
        charge = second.provider_charge_ids
        self.assertFalse(charge.partner_id | charge.customer_mapping_id.partner_id)
        self.assertFalse(charge.product_id)
        second.action_assign()
        self.assertEqual(charge.state, "unmapped_customer")

    def test_assigned_anew_meanwhile(self):
        second = self._read(self.april, name="b.csv")
        other = self._partner("Other")
        self.first.customer_mapping_ids.partner_id = other
        second.action_assign()
        self.assertEqual(second.provider_charge_ids.partner_id, other)

    def test_other_companies_have_assignments_of_their_own(self):
        company = self.env["res.company"].create(
            {"name": "Sister", "currency_id": self.eur.id}
        )
        clerk = new_test_user(
            self.env,
            login="sister_clerk",
            groups="base.group_user,msp_contract_billing.group_billing_clerk",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.env = self.env(
            context={**self.env.context, "allowed_company_ids": company.ids}
        )
        second = self._read(self.april, name="b.csv", user=clerk)
        self.assertEqual(second.company_id, company)
        self.assertFalse(second.provider_charge_ids.partner_id)
