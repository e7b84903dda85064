from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import ImportCommon, seats

LATER = {
    "InvoiceNumber": "G012345999",
    "ChargeStartDate": date(2026, 4, 5),
    "ChargeEndDate": date(2026, 5, 4),
}


@freeze_time("2026-04-10 08:00:00")
@tagged("post_install", "-at_install")
class TestImportApproval(ImportCommon):
    """What a file proposes obeys the limits; owners get one digest per import."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.msp_limit_percent = 50
        cls.anna = cls._user("anna", "group_account_manager")
        cls.contract = cls._contract(cls.customer, [(cls.premium, 10, 20.0)])
        cls.contract.user_id = cls.anna
        cls.position = cls.contract.position_ids

    def _conserved(self, import_):
        self.assertEqual(import_.amount_lost, 0.0)
        return (
            import_.amount_done,
            import_.amount_waiting,
            import_.amount_ignored,
        )

    def test_within_the_limits_nothing_waits(self):
        import_ = self._applied(seats(15))
        self.assertEqual(import_.change_ids.state, "applied")
        self.assertEqual(import_.version_ids.state, "active")
        self.assertEqual(self._conserved(import_), (150.0, 0.0, 0.0))

    def test_beyond_waits_and_counts_once_approved(self):
        import_ = self._applied(seats(16))
        change, version = import_.change_ids, import_.version_ids
        self.assertEqual((change.state, version.state), ("waiting", "draft"))
        self.assertEqual(version.approval_state, "waiting")
        self.assertIn("import_anna", change.error)
        self.assertIn("rises by 60 %", change.error)
        self.assertEqual(import_.state, "applied")
        self.assertRecordValues(
            import_,
            [
                {
                    "version_count": 0,
                    "approval_count": 1,
                    "waiting_count": 1,
                    "proposed_count": 0,
                }
            ],
        )
        self.assertEqual(self._conserved(import_), (0.0, 160.0, 0.0))
        self.assertEqual(self._content(self.position), [(date(2026, 1, 1), 10.0)])
        version.with_user(self.anna).action_approve()
        self.assertEqual((change.state, version.state), ("applied", "active"))
        self.assertFalse(change.error)
        self.assertEqual(import_.provider_charge_ids.state, "applied")
        self.assertEqual(import_.provider_charge_ids.version_id, version)
        self.assertEqual(self._conserved(import_), (160.0, 0.0, 0.0))
        self.assertEqual(
            (import_.version_count, import_.approval_count, import_.waiting_count),
            (1, 0, 0),
        )
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 5), 16.0))

    def test_refused_is_left_out_and_can_be_taken_back(self):
        import_ = self._applied(seats(16))
        change, version = import_.change_ids, import_.version_ids
        version.with_user(self.anna)._refuse_approval("we returned six")
        self.assertEqual(change.state, "excluded")
        self.assertIn("we returned six", change.error)
        self.assertEqual(self._conserved(import_), (0.0, 0.0, 160.0))
        import_.action_prepare()
        self.assertEqual(import_.change_ids.state, "excluded")
        import_.change_ids.with_user(self.clerk).action_include()
        self.assertEqual(import_.change_ids.state, "proposed")
        import_.action_apply()
        self.assertEqual(import_.change_ids.state, "waiting")
        self.assertEqual(import_.approval_count, 1)

    def test_prepared_and_applied_again_nothing_is_asked_twice(self):
        import_ = self._applied(seats(16))
        for _time in range(2):
            import_.action_prepare()
            import_.action_apply()
        self.assertEqual(len(import_.version_ids), 1)
        self.assertEqual(import_.change_ids.mapped("state"), ["waiting"])
        self.assertEqual(self._conserved(import_), (0.0, 160.0, 0.0))

    def test_what_waits_for_approval_survives_another_assignment(self):
        import_ = self._applied(seats(16))
        change, version = import_.change_ids, import_.version_ids
        import_.product_mapping_ids.quantity_column = "purchased"
        import_.action_prepare()
        import_.action_apply()
        self.assertEqual(import_.change_ids, change)
        self.assertEqual(import_.version_ids, version)
        version.with_user(self.anna).action_approve()
        self.assertEqual(change.state, "applied")
        self.assertEqual(self._conserved(import_), (160.0, 0.0, 0.0))

    def test_new_position_that_waits_is_begun_once(self):
        mail = self._product("Contoso Mail", 400.0)
        mapping = {
            "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000009",
            "ProductId": "CFQ7TTC0LH18",
            "SkuName": "Contoso Mail",
            "ProductName": "Contoso Mail",
        }
        march = self._applied(seats(2, **mapping), name="march.csv")
        self.assertEqual(march.change_ids.state, "waiting")
        april = self._applied(seats(3, **mapping, **LATER), name="april.csv")
        self.assertEqual(april.change_ids.state, "waiting")
        positions = self.contract.position_ids.filtered(
            lambda position: position.product_id == mail
        )
        self.assertEqual(len(positions), 1)
        drafts = (march | april).version_ids.with_user(self.anna)
        drafts[-1:].action_approve()
        rest = drafts.filtered(lambda one: one.state == "draft")
        rest.action_take_as_base()
        rest.action_approve()
        self.assertEqual(
            self._content(positions), [(date(2026, 3, 5), 2.0), (date(2026, 4, 5), 3.0)]
        )

    def test_what_waits_is_decided_at_the_version(self):
        import_ = self._applied(seats(16))
        change = import_.change_ids.with_user(self.clerk)
        with self.assertRaisesRegex(UserError, "waits for approval in version"):
            change.action_exclude()
        wizard = self.env["msp.import.choose"].with_user(self.clerk)
        wizard = wizard.create(
            {"change_id": change.id, "position_id": self.position.id}
        )
        with self.assertRaisesRegex(UserError, "waits for approval in version"):
            wizard.action_choose()

    def test_deleted_draft_is_a_failure_that_can_be_prepared_again(self):
        import_ = self._applied(seats(16))
        import_.version_ids.with_user(self.anna).unlink()
        self.assertEqual(import_.change_ids.state, "failed")
        self.assertEqual(self._conserved(import_), (0.0, 160.0, 0.0))
        import_.action_prepare()
        self.assertEqual(import_.change_ids.state, "proposed")

    def test_edited_draft_waits_on_and_counts_once_active(self):
        import_ = self._applied(seats(16))
        version = import_.version_ids.with_user(self.anna)
        version.change_ids.quantity = 14
        self.assertEqual(import_.change_ids.state, "waiting")
        version.action_activate()
        self.assertEqual(import_.change_ids.state, "applied")
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 5), 14.0))

    def test_approving_what_has_no_effect_any_more_is_refused(self):
        import_ = self._applied(seats(16))
        self.company.msp_limit_percent = 0
        self._version(
            self.contract,
            date(2026, 2, 1),
            {"action": "end", "position_id": self.position.id},
        )
        with self.assertRaisesRegex(UserError, "would have no effect"):
            import_.version_ids.with_user(self.anna).action_approve()

    def test_withdrawn_import_leaves_nothing_to_approve(self):
        import_ = self._applied(seats(16))
        import_._withdraw("wrong file")
        self.assertFalse(import_.version_ids)
        self.assertFalse(self.contract.approval_count)
        self.assertEqual(self._conserved(import_), (0.0, 0.0, 160.0))

    def test_clerk_who_imports_approves_nothing(self):
        import_ = self._applied(seats(16))
        with self.assertRaises(UserError):
            import_.version_ids.with_user(self.clerk).action_approve()

    def test_where_the_version_comes_from(self):
        import_ = self._applied(seats(15))
        self.assertIn(
            f'href="/odoo/msp.import/{import_.id}"', import_.version_ids.origin_html
        )
        with self.assertRaises(UserError):
            import_.version_ids.sudo().write({"import_id": False})

    # The digest

    def _digests(self, import_, user=None):
        return (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", "msp.import"),
                    ("res_id", "=", import_.id),
                    ("message_type", "=", "user_notification"),
                    ("partner_ids", "in", (user or self.anna).partner_id.ids),
                ],
                order="id",
            )
        )

    def _other_contract(self, manager):
        """Return a contract of another customer whom the file knows."""
        customer = self._partner("Zimmerei Beispiel", website="https://zb.example")
        contract = self._contract(customer, [(self.premium, 4, 20.0)])
        contract.user_id = manager
        cells = {
            "CustomerId": "11111111-0000-4000-8000-000000000002",
            "CustomerName": "Zimmerei Beispiel",
            "CustomerDomainName": "zb.example",
            "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000002",
        }
        return contract, cells

    def test_one_digest_with_what_waits_first(self):
        other, cells = self._other_contract(self.anna)
        import_ = self._applied(seats(16), seats(5, **cells))
        digest = self._digests(import_)
        self.assertEqual(len(digest), 1)
        self.assertIn(import_.name, digest.subject)
        body = digest.body
        self.assertLess(body.index("Waiting for approval"), body.index("Changed"))
        self.assertLess(body.index(self.contract.name), body.index(other.name))
        for part in (
            "+6 (10 → 16)",
            "rises by 60 %",
            "+1 (4 → 5)",
            "Per month: 80.00&nbsp;€ → 100.00&nbsp;€ (+20.00&nbsp;€)",
        ):
            self.assertIn(part, body)

    def test_each_account_manager_gets_his_contracts_only(self):
        ben = self._user("ben", "group_account_manager")
        other, cells = self._other_contract(ben)
        import_ = self._applied(seats(11), seats(5, **cells))
        self.assertNotIn(other.name, self._digests(import_).body)
        self.assertNotIn(self.contract.name, self._digests(import_, ben).body)

    def test_nothing_changed_nothing_told(self):
        import_ = self._applied(seats(10))
        self.assertFalse(self._digests(import_))

    def test_applied_again_tells_only_what_is_new(self):
        other, cells = self._other_contract(self.anna)
        import_ = self._prepared(seats(11), seats(5, **cells))
        late = import_.change_ids.filtered(lambda one: one.contract_id == other)
        late.with_user(self.clerk).action_exclude()
        import_.action_apply()
        self.assertNotIn(other.name, self._digests(import_).body)
        import_.change_ids.filtered(lambda one: one.contract_id == other).with_user(
            self.clerk
        ).action_include()
        import_.action_apply()
        first, second = self._digests(import_)
        self.assertIn(self.contract.name, first.body)
        self.assertIn(other.name, second.body)
        self.assertNotIn(self.contract.name, second.body)
        import_.action_apply()
        self.assertEqual(len(self._digests(import_)), 2)

    def test_in_the_background_too_and_in_the_managers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.anna.lang = "de_DE"
        import_ = self._prepared(seats(11))
        import_._start(False)
        self.assertTrue(import_.is_running)
        with self.enter_registry_test_mode():
            self.env.ref(
                "msp_cloud_import.ir_cron_continue_imports"
            ).method_direct_trigger()
        self.assertFalse(import_.is_running)
        # 11 x 20.00
        self.assertIn("220,00", self._digests(import_).body)

    def test_account_manager_who_imports_is_told_as_well(self):
        self.anna.write(
            {
                "group_ids": [
                    Command.link(
                        self.env.ref("msp_contract_billing.group_billing_clerk").id
                    )
                ]
            }
        )
        import_ = self._applied(seats(16), user=self.anna)
        self.assertEqual(import_.version_ids.state, "active", "his own contract")
        self.assertEqual(len(self._digests(import_)), 1)
