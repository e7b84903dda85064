from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import ImportCommon
from .test_import_prepare_flags import MAIL, codes, month

SECOND = {"SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000002"}
PRAXIS = {
    "CustomerId": "22222222-0000-4000-8000-000000000002",
    "CustomerName": "Praxis Beispiel",
    "CustomerDomainName": "praxis.example",
    "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000003",
}
KANZLEI = {
    "CustomerId": "33333333-0000-4000-8000-000000000003",
    "CustomerName": "Kanzlei Nord",
    "CustomerDomainName": "kanzlei.example",
    "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000004",
}


class DecideCommon(ImportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider.missing_rule = "ignore"
        cls.mail = cls._product("Contoso Mail", 5.0, msp_price_interval="1")
        cls.contract = cls._contract(cls.customer, [(cls.premium, 10, 20.0)])
        cls.position = cls.contract.position_ids

    def _choose(self, changes, **vals):
        action = changes.with_user(self.clerk).action_choose()
        wizard = self.env["msp.import.choose"].with_user(self.clerk)
        wizard.with_context(**action["context"]).create(vals).action_choose()

    def _edit(self, change, **vals):
        wizard = self.env["msp.import.edit"].with_user(self.clerk)
        wizard = wizard.create({"change_id": change.id, "reason": "own use"})
        wizard.write(vals)
        wizard.action_edit()

    def _enter(self, quantity, day):
        return self._version(
            self.contract,
            day,
            {
                "action": "set",
                "position_id": self.position.id,
                "quantity_mode": "set",
                "quantity": quantity,
            },
        )


@freeze_time("2026-05-04 08:00:00")
@tagged("post_install", "-at_install")
class TestImportConflict(DecideCommon):
    """What people have recorded for days for which the file speaks."""

    def test_both_sides_wait_for_a_decision(self):
        version = self._enter(15, date(2026, 3, 20))
        import_ = self._prepared(month(3, 12))
        first, second = import_.change_ids.sorted("date_start")
        self.assertEqual((first.state, first.quantity), ("proposed", 12.0))
        self.assertRecordValues(
            second,
            [
                {
                    "state": "waiting",
                    "date_start": date(2026, 3, 20),
                    "old_quantity": 15.0,
                    "quantity": 12.0,
                    "conflict_version_ids": version.ids,
                }
            ],
        )
        self.assertEqual(codes(second), {"conflict"})
        for part in ("12", "15", self.env.user.name, "version 2"):
            self.assertIn(part, second.error)
        self.assertEqual(import_.amount_waiting, 120.0)
        self.assertEqual(import_.amount_lost, 0.0)

    def test_file_is_right(self):
        self._enter(15, date(2026, 3, 20))
        import_ = self._prepared(month(3, 12))
        conflict = import_.change_ids.filtered("has_conflict")
        action = (
            conflict.with_user(self.clerk)
            .with_context(msp_from_change=True)
            .action_file_is_right()
        )
        # The form of the change has nothing to show any more.
        self.assertFalse(conflict.exists())
        self.assertEqual(
            (action["res_model"], action["res_id"], action["target"]),
            ("msp.import", import_.id, "main"),
        )
        # Prepared again, the decision holds.
        import_.action_prepare()
        import_.action_apply()
        # What is equal is one line of the contract, made by two versions.
        self.assertEqual(
            self._content(self.position),
            [(date(2026, 1, 1), 10.0), (date(2026, 3, 1), 12.0)],
        )
        self.assertEqual(len(import_.version_ids), 2)
        self.assertEqual(import_.provider_charge_ids.state, "applied")

    def test_contract_is_right(self):
        self._enter(15, date(2026, 3, 20))
        import_ = self._prepared(month(3, 12))
        conflict = import_.change_ids.filtered("has_conflict")
        conflict.with_user(self.clerk).action_contract_is_right()
        conflict = import_.change_ids.filtered("has_conflict")
        self.assertEqual(conflict.state, "no_change")
        self.assertIn(self.clerk.name, conflict.error)
        import_.action_apply()
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 20), 15.0))
        self.assertEqual(self._content(self.position)[-2], (date(2026, 3, 1), 12.0))
        self.assertEqual(import_.amount_lost, 0.0)

    def test_decision_is_taken_back(self):
        self._enter(15, date(2026, 3, 20))
        import_ = self._prepared(month(3, 12))
        import_.change_ids.filtered("has_conflict").action_file_is_right()
        import_.change_ids.filtered("has_conflict").action_undecide()
        self.assertEqual(import_.change_ids.filtered("has_conflict").state, "waiting")

    def test_what_is_recorded_after_a_decision_is_asked_anew(self):
        self._enter(15, date(2026, 3, 20))
        import_ = self._prepared(month(3, 12))
        import_.change_ids.filtered("has_conflict").action_file_is_right()
        self._enter(16, date(2026, 3, 20))
        import_.action_prepare()
        conflict = import_.change_ids.filtered("has_conflict")
        self.assertEqual((conflict.state, conflict.old_quantity), ("waiting", 16.0))

    def test_rules_of_the_provider(self):
        self._enter(15, date(2026, 3, 20))
        self.provider.conflict_rule = "contract"
        import_ = self._prepared(month(3, 12))
        conflict = import_.change_ids.filtered("has_conflict")
        self.assertEqual(conflict.state, "no_change")
        self.provider.conflict_rule = "file"
        import_.action_prepare()
        conflict = import_.change_ids.filtered("has_conflict")
        self.assertEqual(conflict.state, "proposed")

    def test_file_speaks_only_for_its_days(self):
        self._enter(15, date(2026, 4, 1))
        import_ = self._applied(month(3, 12))
        self.assertEqual(import_.change_ids.mapped("state"), ["applied"])
        self.assertEqual(self._content(self.position)[-1], (date(2026, 4, 1), 15.0))

    def test_beginning_of_a_contract_follows_the_file(self):
        contract = self._contract(
            self.customer, [(self.mail, 4, 5.0)], date(2026, 3, 1)
        )
        import_ = self._prepared(month(3, 6, **MAIL))
        change = import_.change_ids
        # As with a contract that has begun the day before, both sides are seen.
        self.assertRecordValues(
            change, [{"state": "proposed", "old_quantity": 4.0, "quantity": 6.0}]
        )
        self.assertFalse(change.conflict_version_ids)
        # What somebody has recorded for that day since is a contradiction.
        version = self._version(
            contract,
            date(2026, 3, 1),
            {
                "action": "set",
                "position_id": contract.position_ids.id,
                "quantity_mode": "set",
                "quantity": 5,
            },
        )
        import_.action_prepare()
        change = import_.change_ids
        self.assertEqual(change.state, "waiting")
        self.assertEqual(change.conflict_version_ids, version)

    def test_beginning_of_a_contract_stays_where_contracts_are_right(self):
        self._contract(self.customer, [(self.mail, 4, 5.0)], date(2026, 3, 1))
        self.provider.conflict_rule = "contract"
        change = self._prepared(month(3, 6, **MAIL)).change_ids
        self.assertEqual((change.state, change.old_quantity), ("no_change", 4.0))

    def test_position_that_begins_later_is_a_conflict(self):
        contract = self._contract(self.customer, [(self.premium, 1, 20.0)])
        position = self.env["msp.contract.position"].create(
            {"contract_id": contract.id, "product_id": self.mail.id}
        )
        self._version(
            contract, date(2026, 3, 1), position._prepare_begin_vals(4.0, 5.0, "1")
        )
        change = self._prepared(month(3, 6, **MAIL)).change_ids
        self.assertEqual(change.state, "waiting")
        self.assertTrue(change.has_conflict)

    def test_what_is_set_of_a_bundle_is_set_of_its_components(self):
        workplace = self._product(
            "Workplace",
            50.0,
            msp_bundle_line_ids=[
                Command.create({"product_id": self.mail.id, "quantity": 2})
            ],
        )
        contract = self._contract(self.customer, [(workplace, 10, 50.0)])
        mails = contract.position_ids.filtered("bundle_id")
        bundle = contract.position_ids - mails
        version = self._version(
            contract,
            date(2026, 3, 20),
            {
                "action": "set",
                "position_id": bundle.id,
                "quantity_mode": "set",
                "quantity": 15,
            },
        )
        import_ = self._prepared(month(3, 22, **MAIL))
        first, conflict = import_.change_ids.sorted("date_start")
        self.assertEqual((first.state, first.quantity), ("proposed", 22.0))
        self.assertRecordValues(
            conflict,
            [
                {
                    "state": "waiting",
                    "position_id": mails.id,
                    "date_start": date(2026, 3, 20),
                    "old_quantity": 30.0,
                    "quantity": 22.0,
                    "conflict_version_ids": version.ids,
                }
            ],
        )
        conflict.with_user(self.clerk).action_file_is_right()
        import_.action_apply()
        days = [date(2026, 3, 10), date(2026, 3, 25)]
        self.assertEqual([mails._line_on(day).quantity for day in days], [22.0, 22.0])
        self.assertEqual([bundle._line_on(day).quantity for day in days], [10.0, 15.0])

    def test_same_quantity_is_no_conflict(self):
        self._enter(12, date(2026, 3, 20))
        import_ = self._prepared(month(3, 12))
        self.assertFalse(import_.change_ids.filtered("has_conflict"))

    def test_what_files_have_said_is_no_conflict(self):
        self._applied(month(3, 12), name="march.csv")
        corrected = self._applied(month(3, 13), name="corrected.csv")
        self.assertEqual(corrected.change_ids.state, "applied")

    def test_file_that_ends_what_somebody_has_set_is_a_conflict(self):
        self._applied(month(3, 10), name="march.csv")
        self._enter(11, date(2026, 4, 10))
        cancel = month(4, 10, price="-9.00", ChargeStartDate=date(2026, 4, 5))
        cancel.update(ChargeType="cancelImmediate", OrderDate="04/05/2026")
        import_ = self._prepared(cancel, name="april.csv")
        change = import_.change_ids
        self.assertEqual((change.kind, change.state), ("end", "waiting"))
        self.assertLessEqual({"ended", "conflict", "credit"}, codes(change))
        change.with_user(self.clerk).action_contract_is_right()
        import_.action_apply()
        self.assertFalse(self.position.date_end)

    def test_many_conflicts_are_decided_at_once(self):
        other = self._contract(self.customer, [(self.mail, 4, 5.0)])
        self._enter(15, date(2026, 3, 20))
        self._version(
            other,
            date(2026, 3, 21),
            {
                "action": "set",
                "position_id": other.position_ids.id,
                "quantity_mode": "set",
                "quantity": 9,
            },
        )
        import_ = self._prepared(month(3, 12), month(3, 5, **MAIL))
        conflicts = import_.change_ids.filtered("has_conflict")
        self.assertEqual(conflicts.mapped("state"), ["waiting"] * 2)
        conflicts.with_user(self.clerk).action_file_is_right()
        self.assertEqual(
            set(import_.change_ids.mapped("state")), {"proposed"}, "all can be applied"
        )

    def test_only_conflicts_are_decided(self):
        change = self._prepared(month(3, 12)).change_ids
        with self.assertRaisesRegex(UserError, "contradicts nothing"):
            change.with_user(self.clerk).action_file_is_right()


@freeze_time("2026-05-04 08:00:00")
@tagged("post_install", "-at_install")
class TestImportEdit(DecideCommon):
    """Editing, leaving out, splitting, adding up, new contracts and prices."""

    def test_edit_is_kept_and_the_file_stays_visible(self):
        import_ = self._prepared(month(3, 12))
        self._edit(import_.change_ids, quantity=11.0, date_start=date(2026, 3, 10))
        import_.action_prepare()
        change = import_.change_ids
        self.assertRecordValues(
            change,
            [
                {
                    "quantity": 11.0,
                    "date_start": date(2026, 3, 10),
                    "file_quantity": 12.0,
                    "file_date": date(2026, 3, 1),
                    "edited_by_id": self.clerk.id,
                    "edit_reason": "own use",
                    "state": "proposed",
                }
            ],
        )
        self.assertEqual(codes(change), {"edited"})
        self.assertIn("The file says 12", change.note)
        import_.action_apply()
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 10), 11.0))

    def test_edit_without_a_day_is_refused_with_a_sentence(self):
        import_ = self._prepared(month(3, 12))
        with self.assertRaisesRegex(UserError, "first day"):
            self._edit(import_.change_ids, quantity=11.0, date_start=False)

    def test_edited_price_of_what_runs(self):
        import_ = self._prepared(month(3, 10))
        self._edit(import_.change_ids, changes_price=True, price_unit=21.0)
        self.assertEqual(import_.change_ids.amount_after, 210.0)
        import_.action_apply()
        line = self.position._line_on(date(2026, 3, 1))
        self.assertEqual((line.quantity, line.price_unit), (10.0, 21.0))

    def test_edit_is_taken_back(self):
        import_ = self._prepared(month(3, 12))
        self._edit(import_.change_ids, quantity=11.0)
        import_.change_ids.with_user(self.clerk).action_undecide()
        self.assertEqual(import_.change_ids.quantity, 12.0)
        self.assertFalse(codes(import_.change_ids))

    def test_decisions_survive_another_assignment(self):
        import_ = self._prepared(month(3, 12), month(3, 4, **MAIL))
        changes = import_.change_ids.sorted("product_id")
        self._edit(changes[0], quantity=11.0)
        changes = import_.change_ids.sorted("product_id")
        changes[1].with_user(self.clerk).action_exclude()
        # Neither customer nor products are other ones.
        import_.customer_mapping_ids.partner_id = self.customer
        import_.product_mapping_ids.quantity_column = "purchased"
        self.assertEqual(import_.state, "mapped")
        self.assertEqual(import_.amount_waiting, 160.0)
        self.assertEqual(import_.amount_lost, 0.0)
        edited = import_.change_ids.filtered("edits")
        self.assertIn("Prepare the import again", edited.error)
        import_.action_prepare()
        changes = import_.change_ids.sorted("product_id")
        self.assertEqual(
            [(one.state, one.quantity) for one in changes],
            [("proposed", 11.0), ("excluded", 4.0)],
        )
        self.assertEqual(codes(changes[0]), {"edited"})
        self.assertEqual(changes[0].edited_by_id, self.clerk)
        self.assertEqual(import_.amount_ignored, 40.0)

    def test_decisions_about_another_customer_are_dropped(self):
        import_ = self._prepared(month(3, 12))
        self._edit(import_.change_ids, quantity=11.0)
        other = self._partner("Muster Holding")
        self._contract(other, [(self.premium, 10, 20.0)])
        import_.customer_mapping_ids.partner_id = other
        import_.action_prepare()
        self.assertEqual(import_.change_ids.partner_id, other)
        self.assertEqual(import_.change_ids.quantity, 12.0)
        self.assertFalse(import_.change_ids.edits)

    def test_account_managers_do_not_edit(self):
        import_ = self._prepared(month(3, 12))
        anna = self._user("anna", "group_account_manager")
        for method in ("action_undecide", "action_exclude", "action_file_is_right"):
            with self.assertRaises(AccessError), self.cr.savepoint():
                getattr(import_.change_ids.with_user(anna), method)()

    def test_many_are_left_out_with_a_reason_and_taken_back(self):
        import_ = self._prepared(month(3, 12), month(3, 4, **MAIL))
        action = import_.change_ids.with_user(self.clerk).action_ask_exclude()
        wizard = self.env["msp.import.exclude"].with_user(self.clerk)
        wizard.with_context(**action["context"]).create(
            {"reason": "test tenant"}
        ).action_exclude()
        import_.action_prepare()
        self.assertEqual(set(import_.change_ids.mapped("state")), {"excluded"})
        self.assertIn("test tenant", import_.change_ids[0].error)
        self.assertEqual(import_.amount_ignored, 160.0)
        import_.change_ids.with_user(self.clerk).action_undecide()
        self.assertEqual(set(import_.change_ids.mapped("state")), {"proposed"})

    # Split

    def _split(self, import_):
        self._choose(
            import_.change_ids,
            what="split",
            share_ids=[
                Command.create(
                    {
                        "position_id": self.position.id,
                        "quantity": 6,
                        "takes_rest": True,
                    }
                ),
                Command.create({"contract_id": self.other.id, "quantity": 4}),
            ],
        )

    def test_split_by_numbers_is_remembered(self):
        self.other = self._contract(self.customer, [(self.mail, 1, 5.0)])
        import_ = self._prepared(month(3, 10))
        self._split(import_)
        parts = import_.change_ids.sorted("quantity", reverse=True)
        self.assertEqual(
            [(one.kind, one.quantity, one.cost) for one in parts],
            [("set", 6.0, 60.0), ("begin", 4.0, 40.0)],
        )
        self.assertEqual(codes(parts[0]), {"split"})
        import_.action_apply()
        new = self.other.position_ids.filtered(
            lambda one: one.product_id == self.premium
        )
        self.assertEqual(self._content(new), [(date(2026, 3, 1), 4.0)])
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 1), 6.0))
        april = self._applied(month(4, 11), name="april.csv")
        self.assertEqual(self._content(self.position)[-1], (date(2026, 4, 1), 7.0))
        self.assertEqual(self._content(new), [(date(2026, 3, 1), 4.0)])
        self.assertEqual(april.amount_done, 110.0)
        self.assertEqual(april.amount_lost, 0.0)

    def test_split_says_what_happens_next_month(self):
        import_ = self._prepared(month(3, 10))
        wizard = self.env["msp.import.choose"].create(
            {
                "change_id": import_.change_ids.id,
                "what": "split",
                "share_ids": [
                    Command.create({"quantity": 6, "takes_rest": True}),
                    Command.create({"quantity": 4}),
                ],
            }
        )
        self.assertEqual(wizard.share_note, "Of 10: 6 + 4; Of 11: 7 + 4")

    def test_split_needs_one_that_takes_the_rest(self):
        import_ = self._prepared(month(3, 10))
        with self.assertRaisesRegex(UserError, "exactly one share"):
            self._choose(
                import_.change_ids,
                what="split",
                share_ids=[
                    Command.create({"position_id": self.position.id, "quantity": 6}),
                    Command.create({"contract_id": self.contract.id, "quantity": 4}),
                ],
            )

    # Added up

    def test_subscriptions_are_added_up_in_one_position(self):
        import_ = self._prepared(month(3, 8), month(3, 3, **SECOND))
        self.assertEqual(import_.change_ids.mapped("state"), ["waiting"] * 2)
        self._choose(import_.change_ids, what="sum", position_id=self.position.id)
        change = import_.change_ids
        self.assertEqual((change.quantity, change.cost), (11.0, 110.0))
        self.assertEqual(codes(change), {"sum"})
        import_.action_apply()
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 1), 11.0))
        self.assertEqual(set(import_.provider_charge_ids.mapped("state")), {"applied"})
        # A missing row ends nothing, in a sum neither, but is not kept quiet.
        april = self._applied(month(4, 9), name="april.csv")
        self.assertEqual(self._content(self.position)[-1], (date(2026, 4, 1), 12.0))
        change = april.change_ids
        self.assertEqual(codes(change), {"sum", "missing"})
        self.assertIn(f"counted as before: {SECOND['SubscriptionId']} (3)", change.note)
        # Who knows that it has ended takes it off the list.
        self.env["msp.position.mapping"].search(
            [("subscription_id", "=", SECOND["SubscriptionId"])]
        ).unlink()
        may = self._applied(month(5, 9), name="may.csv")
        self.assertEqual(self._content(self.position)[-1], (date(2026, 5, 1), 9.0))
        self.assertEqual(codes(may.change_ids), {"sum"})

    def test_sum_counts_from_the_day_on_which_all_are_known(self):
        later = {
            "ChargeStartDate": date(2026, 3, 20),
            "ChargeEndDate": date(2026, 4, 19),
        }
        import_ = self._prepared(month(3, 8), month(3, 3, **SECOND, **later))
        self._choose(import_.change_ids, what="sum", position_id=self.position.id)
        change = import_.change_ids
        self.assertEqual(
            (change.state, change.date_start, change.quantity, change.cost),
            ("proposed", date(2026, 3, 20), 11.0, 110.0),
        )
        import_.action_apply()
        self.assertEqual(
            self._content(self.position),
            [(date(2026, 1, 1), 10.0), (date(2026, 3, 20), 11.0)],
        )
        self.assertEqual(import_.amount_done, 110.0)
        later = {
            "ChargeStartDate": date(2026, 4, 20),
            "ChargeEndDate": date(2026, 5, 19),
        }
        self._applied(month(4, 9), month(4, 4, **SECOND, **later), name="april.csv")
        self.assertEqual(
            self._content(self.position)[-2:],
            [(date(2026, 4, 1), 12.0), (date(2026, 4, 20), 13.0)],
        )

    # A row without a contract

    def _template(self, **vals):
        return self.env["msp.contract.template"].create(
            {
                "name": "Cloud monthly",
                "company_id": self.company.id,
                "billing_every": 1,
                "billing_unit": "month",
                "billing_timing": "advance",
                **vals,
            }
        )

    def test_new_contracts_of_many_customers(self):
        praxis = self._partner("Praxis Beispiel", website="praxis.example")
        kanzlei = self._partner("Kanzlei Nord", website="kanzlei.example")
        import_ = self._prepared(
            month(3, 5, **PRAXIS),
            month(3, 2, **KANZLEI),
            month(3, 1, **{**KANZLEI, **MAIL}),
        )
        self.assertEqual(import_.change_ids.mapped("state"), ["waiting"] * 3)
        self.assertEqual(codes(import_.change_ids), {"no_contract"})
        self._choose(
            import_.change_ids, what="template", template_id=self._template().id
        )
        changes = import_.change_ids
        self.assertEqual(changes.mapped("state"), ["proposed"] * 3)
        self.assertEqual(len(changes.contract_id), 2)
        self.assertEqual(set(changes.contract_id.mapped("state")), {"draft"})
        self.assertEqual(sum(changes.mapped("amount_after")), 145.0)
        import_.with_user(self.clerk).action_apply()
        self.assertEqual(import_.failed_count, 0)
        contracts = self.env["msp.contract"].search(
            [("partner_id", "in", (praxis | kanzlei).ids)]
        )
        self.assertEqual(contracts.mapped("state"), ["active"] * 2)
        self.assertEqual(contracts.mapped("date_start"), [date(2026, 3, 1)] * 2)
        by_partner = {one.partner_id: one for one in contracts}
        self.assertEqual(
            by_partner[kanzlei].position_ids.product_id, self.premium | self.mail
        )
        self.assertEqual(import_.amount_lost, 0.0)
        # The next month finds them by itself.
        april = self._prepared(
            month(4, 5, **PRAXIS), month(4, 3, **KANZLEI), name="april.csv"
        )
        self.assertEqual(
            sorted(april.change_ids.mapped("state")), ["no_change", "proposed"]
        )

    def test_contract_that_is_not_wanted_any_more_goes(self):
        self._partner("Praxis Beispiel", website="praxis.example")
        import_ = self._prepared(month(3, 5, **PRAXIS))
        self._choose(
            import_.change_ids, what="template", template_id=self._template().id
        )
        planned = import_.change_ids.contract_id
        other = self._contract(import_.change_ids.partner_id, [(self.mail, 1, 5.0)])
        self._choose_again(import_.change_ids, other)
        self.assertFalse(planned.exists())
        self.assertEqual(import_.change_ids.contract_id, other)

    def _choose_again(self, changes, contract):
        self._choose(changes, what="contract", contract_id=contract.id)

    def test_template_brings_what_the_file_does_not(self):
        self._partner("Praxis Beispiel", website="praxis.example")
        care = self._product("Care", 30.0, msp_price_interval="1")
        template = self._template(
            line_ids=[
                Command.create({"product_id": care.id, "quantity": 1}),
                Command.create({"product_id": self.premium.id, "quantity": 1}),
            ]
        )
        import_ = self._prepared(month(3, 5, **PRAXIS))
        self._choose(import_.change_ids, what="template", template_id=template.id)
        import_.action_apply()
        lines = import_.change_ids.contract_id.line_ids
        self.assertEqual(
            {(line.product_id, line.quantity) for line in lines},
            {(care, 1.0), (self.premium, 5.0)},
        )

    def test_row_waits_on_purpose(self):
        self._partner("Praxis Beispiel", website="praxis.example")
        import_ = self._prepared(month(3, 5, **PRAXIS))
        self._choose(import_.change_ids, what="wait", wait_reason="asked Ms Meier")
        import_.action_prepare()
        self.assertEqual(import_.change_ids.state, "waiting")
        self.assertIn("asked Ms Meier", import_.change_ids.error)
        self.assertIn(self.clerk.name, import_.change_ids.error)

    # Prices

    def _price(self, **vals):
        """Return price and source of a new position, then leave nothing behind."""
        import_ = self._prepared(month(3, 4, **MAIL), name=f"{vals}.csv")
        change = import_.change_ids
        found = (change.price_unit, change.price_source, change.state)
        import_._withdraw("next")
        return found

    def test_price_of_agreement_list_and_cost_in_this_order(self):
        rule = self.env["msp.price.rule"].create(
            {"name": "Plus half", "basis": "markup", "percent": 50.0}
        )
        self.assertEqual(self._price(), (5.0, "sales", "proposed"))
        mail = self.mail.with_company(self.company)
        mail.write({"standard_price": 3.0, "msp_price_rule_id": rule.id})
        self.assertEqual(self._price(a=1), (4.5, "cost", "proposed"))
        self.customer.property_product_pricelist = self.env["product.pricelist"].create(
            {
                "name": "Muster Bau",
                "currency_id": self.eur.id,
                "company_id": self.company.id,
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "0_product_variant",
                            "product_id": self.mail.id,
                            "compute_price": "fixed",
                            "fixed_price": 4.25,
                        }
                    )
                ],
            }
        )
        self.assertEqual(self._price(b=1), (4.25, "pricelist", "proposed"))
        position = self.env["msp.contract.position"].create(
            {"contract_id": self.contract.id, "product_id": self.mail.id}
        )
        begin = position._prepare_begin_vals(2, 3.9, "1")
        self._version(self.contract, date(2026, 1, 1), begin)
        self.env["msp.position.mapping"].create(
            {
                "provider_id": self.provider.id,
                "company_id": self.company.id,
                "subscription_id": MAIL["SubscriptionId"],
                "sku_id": "CFQ7TTC0LH18:0002",
                "contract_id": self.contract.id,
            }
        )
        self.assertEqual(self._price(c=1), (3.9, "agreement", "proposed"))

    def test_pitfall_083_nothing_begins_without_a_price(self):
        self.mail.list_price = 0.0
        import_ = self._prepared(month(3, 4, **MAIL))
        change = import_.change_ids
        self.assertEqual(
            (change.state, codes(change)), ("waiting", {"new", "no_price"})
        )
        with self.assertRaisesRegex(UserError, "price of 0"):
            self._edit(change, quantity=3.0, price_unit=0.0)
        self._edit(change, price_unit=4.0)
        change = import_.change_ids
        self.assertEqual((change.state, change.price_source), ("proposed", "edited"))
        import_.action_apply()
        self.assertEqual(import_.change_ids.position_id.line_ids.price_unit, 4.0)


@freeze_time("2026-05-04 08:00:00")
@tagged("post_install", "-at_install")
class TestImportPrepareQueries(DecideCommon):
    """Preparing takes as many queries for many rows as for few."""

    def _file(self, count, first):
        rows = []
        for number in range(first, first + count):
            name = f"Kunde {number:03}"
            partner = self._partner(name, website=f"https://k{number}.example")
            contract = self._contract(partner, [(self.premium, 10, 20.0)])
            if number % 3 == 0:
                self._version(
                    contract,
                    date(2026, 3, 20),
                    {
                        "action": "set",
                        "position_id": contract.position_ids.id,
                        "quantity_mode": "set",
                        "quantity": 15,
                    },
                )
            cells = {
                "CustomerId": f"44444444-0000-4000-8000-{number:012}",
                "CustomerName": name,
                "CustomerDomainName": f"k{number}.example",
            }
            subscription = f"6b6b6b6b-0000-4000-8000-{number:012}"
            rows.append(month(3, 12, SubscriptionId=subscription, **cells))
            mail = {**MAIL, "SubscriptionId": f"7{subscription[1:]}"}
            rows.append(month(3, 4, **{**mail, **cells}))
        import_ = self._read(*rows, name=f"{first}.csv")
        self._assign(import_)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        import_._prepare()
        self.env.flush_all()
        self.assertEqual(len(import_.change_ids), 2 * count + count // 3)
        return self.env.cr.sql_log_count - before

    def test_queries_do_not_grow_with_rows(self):
        self._file(3, 900)
        few, many = self._file(6, 0), self._file(60, 100)
        self.assertLess(many, few + 10)
