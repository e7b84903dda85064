from datetime import datetime, timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.msp_import_owner import ACTIVITY
from .common import ImportCommon, seats


@tagged("post_install", "-at_install")
class TestImportOwner(ImportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._user("manager", "group_account_manager")
        cls.keeper = cls._user("keeper", "group_billing_clerk")
        cls.provider.user_id = cls.keeper
        cls.contract = cls._contract(cls.customer, [(cls.premium, 10, 20.0)])
        cls.contract.user_id = cls.manager
        cls.stranger = seats(
            4,
            CustomerId="c7",
            CustomerName="Fremd",
            CustomerDomainName="",
            SubscriptionId="s7",
        )

    def _open(self, import_):
        self.env.flush_all()
        return self.env["msp.import.open.row"].search([("import_id", "=", import_.id)])

    def _told(self, import_):
        """Return {user: (summary, is open)} of the activities, done ones too."""
        activities = self.env["mail.activity"].with_context(active_test=False)
        return {
            activity.user_id: (activity.summary, activity.active)
            for activity in activities.search(
                [
                    ("res_model", "=", "msp.import"),
                    ("res_id", "=", import_.id),
                    ("activity_type_id", "=", self.env.ref(ACTIVITY).id),
                ]
            )
        }

    def _ambiguous(self):
        """Return an import whose only row fits two positions of the customer."""
        self._contract(self.customer, [(self.premium, 3, 20.0)]).user_id = self.manager
        return self._prepared(seats(12))

    def test_unknown_customer_belongs_to_the_providers_owner(self):
        import_ = self._prepared(seats(12), self.stranger)
        row = self._open(import_)
        self.assertRecordValues(
            row,
            [
                {
                    "kind": "customer",
                    "user_id": self.keeper.id,
                    "customer_name": "Fremd",
                    "amount": 40.0,
                    "row": 3,
                }
            ],
        )
        self.assertEqual(import_.open_row_count, 1)
        self.assertEqual(row.action_mend()["res_model"], "msp.customer.mapping")

    def test_without_owner_it_is_whoever_imported(self):
        self.provider.user_id = False
        import_ = self._prepared(self.stranger)
        self.assertEqual(self._open(import_).user_id, self.clerk)

    def test_who_cannot_read_imports_owns_nothing(self):
        self.provider.user_id = self.env["res.users"].create(
            {"name": "Sales", "login": "import_sales"}
        )
        import_ = self._prepared(self.stranger)
        self.assertEqual(self._open(import_).user_id, self.clerk)

    def test_ambiguous_row_belongs_to_the_account_manager(self):
        import_ = self._ambiguous()
        row = self._open(import_)
        self.assertEqual((row.kind, row.user_id), ("ambiguous", self.manager))
        self.assertIn("Several positions fit", row.reason)
        self.assertEqual(
            row.with_user(self.clerk).action_mend()["res_model"], "msp.import.choose"
        )

    def test_salesperson_of_the_customer_comes_first(self):
        seller = self._user("seller", "group_account_manager")
        self.customer.user_id = seller
        self.assertEqual(self._open(self._ambiguous()).user_id, seller)

    def test_product_without_customer_manager_has_its_own_owner(self):
        responsible = self._user("responsible", "group_account_manager")
        self.contract.user_id = False
        self.premium.msp_owner_id = responsible
        self._contract(self.customer, [(self.premium, 3, 20.0)]).user_id = False
        import_ = self._prepared(seats(12))
        self.assertEqual(self._open(import_).user_id, responsible)

    def test_article_of_many_customers_has_one_owner(self):
        import_ = self._read(seats(12, SkuId="0009", SkuName="Neu", ProductName="Neu"))
        self._assign(import_)
        row = self._open(import_)
        self.assertEqual((row.kind, row.user_id), ("article", self.keeper))
        self.assertEqual(row.action_mend()["res_model"], "msp.product.mapping")

    def test_row_that_was_not_read_is_open_until_it_is_ignored(self):
        broken = seats(1, SubscriptionId="s2")
        broken["ChargeStartDate"] = "soon"
        import_ = self._prepared(seats(12), broken)
        row = self._open(import_)
        self.assertEqual((row.kind, row.user_id), ("problem", self.keeper))
        self.assertEqual(row.action_mend()["res_model"], "msp.import.problem")
        accountant = self._user("accountant", "group_accountant")
        action = row.with_user(accountant).action_ignore()
        self.env["msp.import.ignore"].with_user(accountant).with_context(
            **action["context"]
        ).create({"reason": "test row"}).action_ignore()
        self.assertFalse(self._open(import_))
        self.assertFalse(self._told(import_)[self.keeper][1])

    def test_rows_that_only_wait_for_their_step_are_not_open(self):
        import_ = self._read(seats(12))
        self._assign(import_)
        self.assertEqual(import_.provider_charge_ids.state, "waiting")
        self.assertFalse(self._open(import_))
        import_.action_prepare()
        self.assertFalse(self._open(import_))

    def test_one_activity_per_owner_that_closes_itself(self):
        second = {**self.stranger, "CustomerId": "c8", "SubscriptionId": "s8"}
        import_ = self._read(seats(12), self.stranger, second)
        import_.action_assign()
        self.assertFalse(self._told(import_))
        import_.action_accept_suggestions()
        import_.action_prepare()
        summary = "2 open rows of Microsoft CSP: 80.00\xa0€"
        told = self._told(import_)
        self.assertEqual(list(told), [self.keeper])
        self.assertTrue(told[self.keeper][1])
        self.assertTrue(told[self.keeper][0].startswith("2 open rows of Microsoft CSP"))
        self.assertIn("80.00", told[self.keeper][0], summary)
        for mapping in import_.customer_mapping_ids.filtered(
            lambda one: one.state == "open"
        ):
            mapping.partner_id = self.customer
        self.assertFalse(self._told(import_)[self.keeper][1])

    def test_withdrawn_import_asks_nobody(self):
        import_ = self._prepared(self.stranger)
        self.assertTrue(self._told(import_)[self.keeper][1])
        import_._withdraw("test")
        self.assertFalse(self._told(import_)[self.keeper][1])
        self.assertFalse(self._open(import_))

    def test_owner_follows_the_customers_new_account_manager(self):
        import_ = self._ambiguous()
        heir = self._user("heir", "group_account_manager")
        self.customer.user_id = heir
        self.env["msp.import"]._update_all_owner_activities()
        told = self._told(import_)
        self.assertEqual(
            {user: is_open for user, (_words, is_open) in told.items()},
            {self.manager: False, heir: True},
        )

    def test_age_counts_from_the_first_reading(self):
        import_ = self._prepared(self.stranger)
        row = self._open(import_)
        today = fields.Date.context_today(row)
        read = datetime.combine(today - timedelta(days=9), datetime.min.time())
        row.provider_charge_id._system_write({"create_date": read})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE msp_provider_charge SET create_date = %s WHERE id = %s",
            (read, row.provider_charge_id.id),
        )
        self.env.invalidate_all()
        self.assertEqual(row.age, 9)
        older = self.env["msp.import.open.row"].search(
            [("import_id", "=", import_.id), ("first_read", "<", "today -7d")]
        )
        self.assertEqual(older, row)
        self.assertFalse(older.search([("first_read", "<", "today -1m")]) & row)

    def test_account_manager_sees_his_own_and_ignores_nothing(self):
        import_ = self._ambiguous()
        mine = self.env["msp.import.open.row"].with_user(self.manager)
        row = mine.search([("user_id", "=", self.manager.id)])
        self.assertEqual(row.import_id, import_)
        self.assertEqual(row.action_mend()["res_model"], "msp.contract")
        with self.assertRaises(AccessError):
            self.env["msp.import.ignore"].with_user(self.manager).create(
                {
                    "reason": "x",
                    "provider_charge_ids": [Command.set(row.provider_charge_id.ids)],
                }
            )
        plain = self.env["res.users"].create({"name": "P", "login": "import_plain"})
        with self.assertRaises(AccessError):
            self.env["msp.import.open.row"].with_user(plain).search([])

    def test_other_company_sees_no_open_rows(self):
        self._ambiguous()
        other = self.env["res.company"].create({"name": "Other"})
        user = self._user("elsewhere", "group_billing_clerk")
        user.sudo().write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        rows = self.env["msp.import.open.row"].with_user(user)
        self.assertFalse(rows.with_context(allowed_company_ids=other.ids).search([]))

    def test_change_that_waits_for_approval_is_asked_elsewhere(self):
        self.company.msp_limit_amount = 10
        import_ = self._applied(seats(12))
        self.assertEqual(import_.approval_count, 1)
        self.assertEqual(import_.provider_charge_ids.state, "waiting")
        self.assertFalse(self._open(import_))
