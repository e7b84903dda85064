from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import ImportCommon, seats


@tagged("post_install", "-at_install")
class TestImportAccept(ImportCommon):
    """One customer is found by its domain (94 points and more), one by its name."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(cls.customer, [(cls.premium, 10, 20.0)])
        cls.named = cls._partner("Nordwind Logistik GmbH")
        cls.accountant = cls._user("accountant", "group_accountant")

    def _assigned(self):
        import_ = self._read(
            seats(12),
            seats(
                4,
                CustomerId="c7",
                CustomerName="Nordwind Logistik",
                CustomerDomainName="",
                SubscriptionId="s7",
            ),
        )
        import_.action_assign()
        return import_.with_user(self.clerk)

    def _customers(self, import_):
        return {
            mapping.external_name: mapping.partner_id
            for mapping in import_.customer_mapping_ids
        }

    def test_only_what_reaches_the_limit_is_accepted_together(self):
        import_ = self._assigned()
        self.assertEqual(import_.accept_limit, 90)
        self.assertEqual(
            (
                import_.suggested_customer_count,
                import_.suggested_product_count,
                import_.amount_suggested,
            ),
            (1, 1, 120.0),
        )
        self.assertEqual(
            (
                import_.amount_assigned,
                import_.amount_unmapped,
                import_.assigned_percent,
            ),
            (0.0, 160.0, 0),
        )
        import_.action_accept_suggestions()
        self.assertEqual(
            self._customers(import_),
            {
                "Muster Bau GmbH": self.customer,
                "Nordwind Logistik": self.env["res.partner"],
            },
        )
        self.assertEqual(
            (
                import_.amount_assigned,
                import_.amount_unmapped,
                import_.assigned_percent,
            ),
            (120.0, 40.0, 75),
        )

    def test_lower_limit_shows_what_it_would_assign(self):
        import_ = self._assigned()
        with Form(import_) as form:
            form.accept_limit = 80
            self.assertEqual(form.suggested_customer_count, 2)
            self.assertEqual(form.amount_suggested, 160.0)
        import_.action_accept_suggestions()
        self.assertEqual(self._customers(import_)["Nordwind Logistik"], self.named)
        self.assertEqual(import_.assigned_percent, 100)
        with self.assertRaises(ValidationError):
            import_.accept_limit = 0

    def test_one_by_one_needs_no_limit(self):
        import_ = self._assigned()
        low = import_.customer_mapping_ids.filtered(lambda one: one.external_id == "c7")
        self.assertEqual(low.suggestion_score, 86)
        low.action_accept()
        self.assertEqual(low.partner_id, self.named)

    def test_acceptance_is_named_and_taken_back(self):
        import_ = self._assigned()
        import_.accept_limit = 80
        import_.action_accept_suggestions()
        self.assertEqual(
            import_.last_acceptance.partition(" (import_clerk")[0],
            "Muster Bau GmbH, Nordwind Logistik, "
            "Contoso Business Premium (1 year, billed monthly)",
        )
        action = import_.action_undo_acceptance()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        dialog.with_user(self.clerk).action_undo()
        self.assertFalse(import_.product_mapping_ids.product_id)
        self.assertFalse(import_.customer_mapping_ids.partner_id)
        self.assertEqual(
            set(import_.provider_charge_ids.mapped("state")), {"unmapped_customer"}
        )
        self.assertEqual(import_.amount_unmapped, 160.0)
        import_.invalidate_recordset()
        self.assertFalse(import_.last_acceptance_id)
        with self.assertRaises(UserError):
            import_.action_undo_acceptance()
        with self.assertRaises(UserError):
            dialog.with_user(self.clerk).action_undo()

    def test_what_was_assigned_by_hand_before_comes_back(self):
        import_ = self._assigned()
        mapping = import_.customer_mapping_ids.filtered(
            lambda one: one.external_id == "c7"
        )
        other = self._partner("Other")
        mapping.partner_id = self.named
        mapping.write({"partner_id": other.id})
        mapping.action_undo_last()
        last = self.env["msp.mapping.acceptance"].search([], limit=1)
        self.assertEqual(last.line_ids.partner_before_id, self.named)
        last.with_user(self.clerk).action_undo()
        self.assertEqual(mapping.partner_id, self.named)

    def test_what_somebody_has_assigned_anew_stays(self):
        import_ = self._assigned()
        import_.accept_limit = 80
        import_.action_accept_suggestions()
        acceptance = self.env["msp.mapping.acceptance"].search(
            [("line_ids.customer_mapping_id", "!=", False)]
        )
        mapping = import_.customer_mapping_ids.filtered(
            lambda one: one.external_id == "c7"
        )
        other = self._partner("Other")
        mapping.partner_id = other
        acceptance.with_user(self.clerk).action_undo()
        self.assertEqual(mapping.partner_id, other)
        self.assertFalse((import_.customer_mapping_ids - mapping).partner_id)

    def test_after_applying_nothing_is_taken_back(self):
        import_ = self._assigned()
        import_.action_accept_suggestions()
        import_.action_prepare()
        import_.action_apply()
        self.assertEqual(import_.version_count, 1)
        with self.assertRaisesRegex(UserError, "was applied with .* Withdraw import"):
            import_.last_acceptance_id.action_undo()
        self.assertTrue(import_.product_mapping_ids.product_id)
        import_._withdraw("wrong customer")
        import_.last_acceptance_id.action_undo()
        self.assertFalse(import_.product_mapping_ids.product_id)

    def test_many_are_assigned_in_one_go(self):
        import_ = self._assigned()
        import_.customer_mapping_ids.write({"partner_id": self.named.id})
        self.assertEqual(len(self.env["msp.mapping.acceptance"].search([])), 1)
        self.assertEqual(import_.provider_charge_ids.partner_id, self.named)

    def test_edit_on_the_form_of_the_import_is_taken_back_there(self):
        import_ = self._assigned()
        mapping = import_.customer_mapping_ids[0]
        import_.write(
            {
                "customer_mapping_ids": [
                    Command.update(mapping.id, {"partner_id": self.named.id})
                ]
            }
        )
        self.assertIn(mapping.display_name, import_.last_acceptance)

    def test_many_are_ignored_with_one_reason_by_an_accountant(self):
        import_ = self._assigned()
        wizard = self.env["msp.import.ignore"].with_user(self.accountant)
        action = import_.customer_mapping_ids.with_user(self.accountant).action_ignore()
        wizard.with_context(**action["context"]).create(
            {"reason": "own tenants"}
        ).action_ignore()
        self.assertEqual(
            set(import_.customer_mapping_ids.mapped("ignore_reason")), {"own tenants"}
        )
        self.assertEqual(import_.amount_ignored, 160.0)
        with self.assertRaises(AccessError):
            import_.customer_mapping_ids.action_stop_ignoring()
        import_.customer_mapping_ids.with_user(self.accountant).action_stop_ignoring()
        import_.invalidate_recordset()
        self.assertEqual(import_.amount_ignored, 0.0)

    def test_clerk_ignores_nothing_in_bulk(self):
        import_ = self._assigned()
        with self.assertRaises(AccessError):
            self.env["msp.import.ignore"].with_user(self.clerk).create(
                {
                    "reason": "x",
                    "customer_mapping_ids": [
                        Command.set(import_.customer_mapping_ids.ids)
                    ],
                }
            )
        with self.assertRaises(AccessError):
            import_.customer_mapping_ids.write(
                {"is_ignored": True, "ignore_reason": "x"}
            )

    def test_nobody_enters_or_changes_what_was_accepted(self):
        import_ = self._assigned()
        import_.action_accept_suggestions()
        acceptance = import_.last_acceptance_id
        manager = self._user("manager", "group_account_manager")
        with self.assertRaises(AccessError):
            acceptance.with_user(manager).action_undo()
        for user in (self.clerk, self.env.ref("base.user_root")):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                acceptance.with_user(user).write({"is_undone": True})
            with self.subTest(user=user.login), self.assertRaises(UserError):
                acceptance.with_user(user).line_ids.unlink()

    def test_other_company_sees_no_acceptance(self):
        import_ = self._assigned()
        import_.action_accept_suggestions()
        other = self.env["res.company"].create({"name": "Other"})
        user = self._user("elsewhere", "group_billing_clerk")
        user.sudo().write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        found = self.env["msp.mapping.acceptance"].with_user(user)
        found = found.with_context(allowed_company_ids=other.ids)
        self.assertFalse(found.search([]))
        self.assertFalse(found.line_ids.search([]))

    def test_merging_customers_keeps_what_was_accepted(self):
        import_ = self._assigned()
        import_.accept_limit = 80
        import_.action_accept_suggestions()
        lines = self.env["msp.mapping.acceptance.line"].search(
            [("partner_id", "=", self.named.id)]
        )
        self.assertEqual(len(lines), 1)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.customer | self.named).ids, self.customer
        )
        self.env.invalidate_all()
        self.assertEqual(lines.exists().partner_id, self.customer)

    def test_aliases_of_a_customer_stand_on_its_form(self):
        import_ = self._assigned()
        import_.customer_mapping_ids.partner_id = self.customer
        contact = self.env["res.partner"].create(
            {"name": "Eva", "parent_id": self.customer.id}
        )
        self.assertEqual((self.customer | contact).mapped("msp_mapping_count"), [2, 2])
        self.assertEqual(self.named.msp_mapping_count, 0)
        action = contact.action_view_msp_mappings()
        self.assertEqual(
            self.env["msp.customer.mapping"].search(action["domain"]),
            import_.customer_mapping_ids,
        )

    def test_pitfall_093_money_of_new_customers_is_on_top_and_stops_no_other(self):
        import_ = self._assigned()
        import_.action_accept_suggestions()
        self.assertEqual(
            (import_.amount_unmapped, import_.assigned_percent), (40.0, 75)
        )
        import_.action_prepare()
        import_.action_apply()
        self.assertEqual(
            self._content(self.contract.position_ids)[-1], (date(2026, 3, 5), 12.0)
        )
