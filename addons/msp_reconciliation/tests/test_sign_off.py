from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import TENANT, ReconciliationCommon


@freeze_time("2026-04-10 08:00:00")
@tagged("post_install", "-at_install")
class TestSignOff(ReconciliationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._seats_contract()

    def _prove(self, quantity=10):
        """Bill January, import its file, make its bill, compare."""
        self._run(date(2026, 1, 1), contracts=self.contract)
        import_ = self._import(self._row(quantity), apply=False)
        import_.differing_change_ids.action_exclude()
        import_.action_apply()
        import_.with_user(self.accountant).action_create_bill()
        return self._compare()

    def _look(self, one):
        one.with_user(self.clerk).action_check_sample()
        one.sample_ids.with_user(self.clerk).action_right()

    def _sign(self, one, reason=None, user=None):
        one = one.with_user(user or self.accountant)
        action = one.action_sign()
        wizard = (
            self.env[action["res_model"]]
            .with_user(one.env.user)
            .with_context(**action["context"])
            .create({"reason": reason})
        )
        wizard.action_sign()
        return wizard

    def test_signed_off_month_is_locked(self):
        one = self._prove()
        self._look(one)
        wizard = self._sign(one)
        self.assertFalse(wizard.obstacles)
        self.assertRecordValues(
            one,
            [
                {
                    "state": "signed",
                    "signed_by_id": self.accountant.id,
                    "sign_reason": False,
                    "changed_count": 0,
                }
            ],
        )
        with self.assertRaisesRegex(UserError, "was signed off by"):
            one.action_compare()
        with self.assertRaisesRegex(UserError, "was signed off by"):
            one.sample_ids.with_user(self.clerk).action_right()

    def test_decisions_of_a_signed_month_stay(self):
        one = self._prove(12)
        self._look(one)
        with self.assertRaisesRegex(UserError, "1 findings are open"):
            self._sign(one)
        self._sign(one, "The provider credits them in May")
        self.assertIn("1 findings are open.", one.sign_reason)
        self.assertIn("The provider credits them in May", one.sign_reason)
        finding = one.finding_ids.with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "was signed off by"):
            finding._close("ignored", "no")
        with self.assertRaisesRegex(UserError, "was signed off by"):
            finding.note = "later"

    def test_of_several_months_signed_ones_stand_aside(self):
        one = self._prove()
        self._look(one)
        self._sign(one)
        self._import(self._row(10, month=2), name="february.csv")
        february = self._compare(month=2)
        tell = (one | february).with_user(self.clerk).action_compare()
        self.assertIn("was signed off by", tell["params"]["message"])
        self.assertEqual(february.line_ids.supplied_quantity, 10)

    def test_what_changes_later_is_seen(self):
        one = self._prove()
        self._look(one)
        self._sign(one)
        with freeze_time("2026-04-11 08:00:00"):
            version = self._set(
                self.contract.position_ids, date(2026, 1, 20), quantity=11
            )
            # holds from a later month on
            self._set(self.contract.position_ids, date(2026, 3, 1), quantity=12)
        self.assertEqual(one.changed_version_ids, version)
        run = self._run(date(2026, 1, 31), "differential", self.contract)
        one.invalidate_recordset()
        self.assertEqual(one.changed_charge_ids.run_id, run)
        self.assertEqual(one.changed_count, 2)

    def test_a_cancelled_invoice_is_seen(self):
        one = self._prove()
        self._look(one)
        self._sign(one)
        charge = self.contract.charge_ids.filtered("counts")
        charge.move_id.button_draft()
        charge.move_id.button_cancel()
        self.env.flush_all()
        one.invalidate_recordset()
        self.assertEqual(one.changed_charge_ids, charge)

    def test_an_invoice_edited_by_hand_is_seen(self):
        one = self._prove()
        self._look(one)
        self._sign(one)
        charge = self.contract.charge_ids.filtered("counts")
        charge.move_id.button_draft()
        charge.move_id.action_post()
        self.env.flush_all()
        one.invalidate_recordset()
        self.assertFalse(one.changed_charge_ids, "it is the same again")
        charge.move_id.button_draft()
        charge.move_line_id.price_unit = 10.00
        self.env.flush_all()
        one.invalidate_recordset()
        self.assertEqual(one.changed_charge_ids, charge)

    def test_an_invoice_that_comes_back_is_seen(self):
        one = self._prove()
        self._look(one)
        charge = self.contract.charge_ids.filtered("counts")
        charge.move_id.button_draft()
        charge.move_id.button_cancel()
        self._sign(one, "The invoice is made anew")
        self.assertFalse(one.changed_charge_ids)
        charge.move_id.button_draft()
        self.env.flush_all()
        one.invalidate_recordset()
        self.assertEqual(one.changed_charge_ids, charge)

    def test_what_is_given_for_good_is_seen(self):
        one = self._prove()
        self._look(one)
        self._sign(one)
        invoice = self.contract.charge_ids.filtered("counts").move_id
        wizard = self.env["account.move.reversal"].create(
            {
                "move_ids": [Command.set(invoice.ids)],
                "journal_id": invoice.journal_id.id,
            }
        )
        wizard.refund_moves()
        credit = wizard.new_move_ids
        credit.msp_credit_mode = "final"
        credit.action_post()
        self.env.flush_all()
        one.invalidate_recordset()
        self.assertIn(credit.invoice_line_ids.msp_charge_ids, one.changed_charge_ids)

    def test_a_contract_for_what_had_none_is_seen(self):
        other = self.env["res.partner"].create({"name": "Zweitkunde AG"})
        tenant = TENANT.replace("1111-0000", "2222-0000")
        self.env["msp.customer.mapping"].create(
            {
                "provider_id": self.provider.id,
                "external_id": tenant,
                "external_name": other.name,
                "partner_id": other.id,
            }
        )
        cells = {"CustomerId": tenant, "SubscriptionId": "5b5b-other"}
        import_ = self._import(self._row(3, **cells), apply=False)
        import_.differing_change_ids.action_exclude()
        one = self._compare()
        self.assertIn("not_in_contract", one.finding_ids.mapped("cause"))
        self._look(one)
        self._sign(one, "The contract comes with the next month")
        with freeze_time("2026-04-11 08:00:00"):
            # Others of the customer are no change of the month.
            self._contract(date(2026, 1, 1), [(self.backup, 1, 9.0)], partner=other)
            contract = self._seats_contract(3, partner=other)
        self.assertEqual(one.changed_version_ids, contract.version_ids)

    def test_a_file_that_came_later_and_a_bill_are_seen(self):
        one = self._prove()
        self._look(one)
        self._sign(one)
        bill = one.import_ids.bill_ids
        bill.invoice_date = date(2026, 2, 3)
        self.assertFalse(one.changed_bill_ids)
        bill.action_post()
        one.invalidate_recordset()
        self.assertEqual(one.changed_bill_ids, bill)
        later = self._import(self._row(10, SubscriptionId="late"), name="late.csv")
        self.env.cr.execute(
            "UPDATE msp_import SET create_date = '2026-04-12' WHERE id = %s", [later.id]
        )
        self.env.invalidate_all()
        self.assertEqual(one.changed_import_ids, later)

    def test_reopened_with_a_reason(self):
        one = self._prove()
        self._look(one)
        self._sign(one)
        wizard = self.env["msp.reconciliation.reopen"].with_user(self.accountant)
        wizard.create(
            {"reconciliation_id": one.id, "reason": "A corrected file."}
        ).action_reopen()
        self.assertRecordValues(one, [{"state": "open", "signed_by_id": False}])
        self.assertIn("A corrected file.", one.message_ids[0].body)
        self.assertIn(self.accountant.name, one.message_ids[0].body)
        one.action_compare()

    def test_only_accountants_sign(self):
        one = self._prove()
        for user in (self.clerk, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                one.with_user(user).action_sign()
        with self.assertRaises(AccessError):
            one.with_user(self.clerk)._sign("because")
        with self.assertRaises(UserError):
            one.with_user(self.accountant).write({"state": "signed"})

    # The sample

    def test_the_sample_is_by_chance_and_the_same_for_everybody(self):
        rows = [self._row(1, SubscriptionId=f"subscription {n:03}") for n in range(40)]
        self._import(*rows)
        one = self._compare()
        one._draw_sample()
        first = one.sample_ids.charge_id
        self.assertEqual(len(first), 5)
        one.sample_ids._system_unlink()
        one._draw_sample()
        self.assertEqual(one.sample_ids.charge_id, first)
        self.company.write({"msp_sample_percent": 50.0, "msp_sample_max": 12})
        one.sample_ids[0]._judge("right", False)
        one._draw_sample()
        self.assertEqual(len(one.sample_ids), 12)
        self.assertLess(first, one.sample_ids.charge_id)
        self.assertEqual((one.sample_count, one.sample_todo), (12, 11))

    def test_size_of_the_sample(self):
        company = self.company
        self.assertEqual(company._get_sample_size(3), 3)
        self.assertEqual(company._get_sample_size(100), 5)
        self.assertEqual(company._get_sample_size(1001), 11)
        self.assertEqual(company._get_sample_size(100000), 25)
        with self.assertRaises(ValidationError):
            company.msp_sample_min = 30
        with self.assertRaises(ValidationError):
            company.msp_sample_percent = 101

    def test_a_wrong_row_says_what_is_wrong(self):
        one = self._prove()
        one.with_user(self.clerk).action_check_sample()
        sample = one.sample_ids.with_user(self.clerk)
        with self.assertRaises(UserError):
            sample._judge("wrong", " ")
        wizard = self.env["msp.reconciliation.sample.judge"].with_user(self.clerk)
        wizard.create(
            {"sample_ids": sample.ids, "remark": "Agreed are 19.00"}
        ).action_wrong()
        self.assertRecordValues(
            sample,
            [
                {
                    "verdict": "wrong",
                    "remark": "Agreed are 19.00",
                    "user_id": self.clerk.id,
                }
            ],
        )
        with self.assertRaisesRegex(UserError, "1 rows of the sample are wrong"):
            self._sign(one)
        with self.assertRaises(AccessError):
            sample.with_user(self.manager)._judge("right", False)
        with self.assertRaises(UserError):
            sample.write({"verdict": "right"})

    def test_the_next_row_takes_the_place_of_the_one_looked_at(self):
        self.company.msp_sample_min = 2
        second = {"SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000002"}
        self._import(self._row(10), self._row(1, **second))
        one = self._compare()
        action = one.with_user(self.clerk).action_check_sample()
        first = self.env[action["res_model"]].browse(action["res_id"])
        action = first.with_user(self.clerk).action_right()
        self.assertEqual(action["tag"], "msp_next_sample")
        following = action["params"]["action"]
        self.assertEqual(following["views"], [(False, "form")])
        self.assertNotEqual(following["res_id"], first.id)
        rest = one.sample_ids.with_user(self.clerk) - first.with_user(self.clerk)
        following = rest.action_right()["params"]["action"]
        self.assertEqual(following["views"], [(False, "list"), (False, "form")])

    def test_evidence_shows_all_four_sides(self):
        one = self._prove()
        one.with_user(self.clerk).action_check_sample()
        evidence = one.sample_ids.with_user(self.clerk).evidence
        for text in (
            one.sample_ids.row_label,
            self.contract.name,
            self.contract.charge_ids.move_id.name,
            "G01",
        ):
            self.assertIn(text, evidence)

    def test_printed_proof(self):
        one = self._prove(12)
        self._look(one)
        self._sign(one, "The provider credits them in May")
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "msp_reconciliation.report_reconciliation", one.ids
        )
        text = html.decode()
        for expected in (
            self.accountant.name,
            "The provider credits them in May",
            one.import_ids.sha256,
            "Fewer in the contract than supplied",
            "180.00",
        ):
            self.assertIn(expected, text)
