from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.msp_cloud_import.tests.common import microsoft_csv

from .common import ReconciliationCommon


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestFindings(ReconciliationCommon):
    """Decisions stay, and what comes back says so."""

    def setUp(self):
        super().setUp()
        self.contract = self._seats_contract(8)
        self._run(date(2026, 2, 1), contracts=self.contract)
        self.imports = [
            self._left_out(self._row(10, month=month), name=f"{month}.csv")
            for month in (1, 2)
        ]
        self.one = self._compare()
        self.finding = self.one.finding_ids

    def _left_out(self, *rows, name):
        import_ = self._import(*rows, name=name, apply=False)
        import_.differing_change_ids.action_exclude()
        import_.action_apply()
        return import_

    def _close(self, state, user=None):
        wizard = self.env["msp.finding.close"].with_user(user or self.accountant)
        action = getattr(
            self.finding.with_user(wizard.env.user),
            "action_resolve" if state == "resolved" else "action_ignore",
        )()
        form = Form(wizard.with_context(**action["context"]))
        form.reason = "Agreed with the customer"
        form.save().action_close()

    def test_the_example_is_two_seats_missing(self):
        self.assertEqual(self._found(self.one), {"seats_missing": 40.0})
        self.assertEqual(self.finding.user_id, self.contract.user_id)

    def test_each_sum_leads_to_its_findings(self):
        self.env.flush_all()
        month = self.env["msp.proof.month"].search(
            [("company_id", "=", self.company.id), ("month", "=", date(2026, 1, 1))]
        )
        for record in (self.one, month):
            for direction, expected in (
                ("leakage", self.finding),
                ("overbilled", self.finding.browse()),
            ):
                record = record.with_context(msp_direction=direction)
                action = record.action_view_findings()
                found = self.env["msp.finding"].search(action["domain"])
                self.assertEqual(found, expected, direction)

    def test_what_was_decided_stays_decided(self):
        self._close("resolved")
        self.one.action_compare()
        self.assertRecordValues(
            self.finding,
            [
                {
                    "state": "resolved",
                    "close_reason": "Agreed with the customer",
                    "closed_by_id": self.accountant.id,
                    "came_back": False,
                }
            ],
        )
        self.assertEqual(self.one.leakage_total, 0.0)

    def test_another_amount_opens_it_again(self):
        self._close("ignored")
        self._set(self.contract.position_ids, date(2026, 1, 1), quantity=7)
        self.one.action_compare()
        self.assertRecordValues(
            self.finding, [{"state": "open", "came_back": True, "amount": 60.0}]
        )

    def test_settled_by_itself_and_back_again(self):
        version = self._set(self.contract.position_ids, date(2026, 1, 1), quantity=10)
        self._run(date(2026, 3, 1), "differential", self.contract)
        self.one.action_compare()
        self.assertEqual(self.finding.state, "gone")
        version._withdraw("wrong")
        self.one.action_compare()
        self.assertRecordValues(self.finding, [{"state": "open", "came_back": True}])

    def test_what_was_resolved_and_differs_anew_is_open_again(self):
        self._close("resolved")
        version = self._set(self.contract.position_ids, date(2026, 1, 1), quantity=10)
        self.one.action_compare()
        self.assertEqual(self.finding.state, "gone")
        version._withdraw("wrong")
        self.one.action_compare()
        self.assertRecordValues(self.finding, [{"state": "open", "came_back": True}])

    def test_what_is_ignored_stays_ignored(self):
        self._close("ignored")
        version = self._set(self.contract.position_ids, date(2026, 1, 1), quantity=10)
        self.one.action_compare()
        version._withdraw("wrong")
        self.one.action_compare()
        self.assertEqual(self.finding.state, "ignored")

    def test_a_credit_in_part_is_billed_again_by_the_next_run(self):
        invoice = self.contract.charge_ids.move_id.sorted("invoice_date")[:1]
        wizard = self.env["account.move.reversal"].create(
            {
                "move_ids": [Command.set(invoice.ids)],
                "journal_id": invoice.journal_id.id,
            }
        )
        wizard.refund_moves()
        credit = wizard.new_move_ids
        credit.invoice_line_ids.quantity = 4
        credit.msp_credit_mode = "again"
        credit.action_post()
        one = self._compare()
        self.assertEqual(self._found(one), {"seats_missing": 40.0, "to_correct": 80.0})
        self.assertEqual((one.line_ids.value, one.line_ids.billed_value), (160.0, 80.0))
        run = self._run(date(2026, 4, 1), "differential", self.contract, post=False)
        # The invoice has January and February.
        self.assertEqual(run.amount_billed, 160.0)

    def test_pitfall_103_age_counts_from_the_first_month(self):
        february = self._compare(month=2)
        self.assertRecordValues(
            february.finding_ids,
            [{"date_start": date(2026, 2, 1), "date_since": date(2026, 1, 1)}],
        )

    def test_a_decision_can_be_taken_back(self):
        self._close("resolved")
        self.finding.with_user(self.clerk).action_reopen()
        self.assertEqual(self.finding.state, "open")

    def test_ignoring_is_the_accountants(self):
        for user in (self.clerk, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._close("ignored", user)
        self._close("ignored")

    def test_everybody_may_own_and_comment(self):
        self.finding.with_user(self.manager).write(
            {"user_id": self.manager.id, "note": "Asked the customer"}
        )
        self.one.action_compare()
        self.assertEqual(self.finding.user_id, self.manager)
        self.assertEqual(self.finding.note, "Asked the customer")

    def test_everything_else_is_nobodys(self):
        with self.assertRaises(UserError):
            self.finding.amount = 0
        with self.assertRaises(UserError):
            self.finding.unlink()
        with self.assertRaises(UserError):
            self.one.month = date(2026, 3, 1)
        with self.assertRaises(UserError):
            self.env["msp.finding"].create({"cause": "seats_missing"})

    def test_ways_down_to_row_version_charge_and_invoice_line(self):
        def found(action):
            return self.env[action["res_model"]].search(action["domain"])

        finding = self.finding.with_user(self.accountant)
        self.assertEqual(found(finding.action_view_rows()).import_id, self.imports[0])
        self.assertEqual(
            found(finding.action_view_versions()), self.contract.version_ids
        )
        charges = found(finding.action_view_charges())
        self.assertEqual(charges.mapped("date_start"), [date(2026, 1, 1)])
        self.assertEqual(
            found(finding.action_view_invoice_lines()), charges.move_line_id
        )
        changes = found(finding.action_view_changes())
        self.assertEqual(changes.mapped("state"), ["excluded"])
        amend = finding.with_user(self.manager).action_amend()
        self.assertEqual(amend["context"]["default_date_start"], date(2026, 1, 1))

    def test_the_change_that_a_finding_asks_for_settles_it(self):
        """From the finding: change the contract, bill the difference, compare."""
        action = self.finding.with_user(self.manager).action_amend()
        form = Form(
            self.env["msp.contract.amend"]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        with form.line_ids.edit(0) as line:
            line.quantity = 10
        form.save().action_apply()
        run = self._run(date(2026, 4, 10), "differential", self.contract)
        # two seats x 20.00, January and February
        self.assertEqual(run.amount_billed, 80.0)
        self.one.action_compare()
        self.assertEqual(self.finding.state, "gone")

    def _amend(self, quantity):
        """Return the version that the manager makes of the finding."""
        action = self.finding.with_user(self.manager).action_amend()
        form = Form(
            self.env["msp.contract.amend"]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        with form.line_ids.edit(0) as line:
            line.quantity = quantity
        form.save().action_apply()
        return self.contract.version_ids.sorted("id")[-1]

    def test_the_version_names_the_finding(self):
        version = self._amend(10)
        self.assertEqual(version.finding_id, self.finding)
        self.assertIn(
            f'href="/odoo/msp.finding/{self.finding.id}"', version.origin_html
        )
        with self.assertRaises(UserError):
            version.sudo().write({"finding_id": False})

    def test_a_finding_goes_round_no_limit(self):
        self.contract.company_id.msp_limit_percent = 10
        self.contract.user_id = False
        version = self._amend(20)
        self.assertEqual(version.approval_state, "waiting")
        self.one.action_compare()
        self.assertEqual(self.finding.state, "open")

    def test_a_month_is_chosen_in_a_window(self):
        form = Form(self.env["msp.reconciliation.start"].with_user(self.accountant))
        self.assertEqual(form.month, date(2026, 2, 1))
        form.month = date(2026, 1, 17)
        action = form.save().action_compare()
        self.assertEqual(action["res_id"], self.one.id)

    def test_one_provider_that_cannot_be_compared_stops_no_other(self):
        other = self.env["msp.provider"].create(
            {"name": "Fabrikam", "code": "fabrikam", "format_id": "microsoft_nce"}
        )
        stranger = {"CustomerId": "99999999-0000-4000-8000-000000000001"}
        self.env["msp.import"].with_user(self.clerk).import_file(
            other.id, "f.csv", microsoft_csv(self._row(1, **stranger))
        ).action_assign()
        wizard = self.env["msp.reconciliation.start"].with_user(self.accountant)
        action = wizard.create({"month": date(2026, 1, 1)}).action_compare()
        self.assertIn("is not prepared", action["params"]["message"])
        self.assertIn("Fabrikam", action["params"]["message"])
        self.assertEqual(len(action["params"]["next"]["domain"][0][2]), 2)

    def test_the_board_says_what_is_open(self):
        provider = self.provider.with_user(self.accountant)
        self.assertTrue(provider.is_to_do)
        self.assertEqual(
            (
                provider.open_finding_count,
                provider.leakage_total,
                provider.missing_bill_count,
            ),
            (1, 40.0, 2),
        )
        self.imports[0].with_user(self.accountant).action_create_bill()
        provider.invalidate_recordset()
        self.assertEqual(provider.missing_bill_count, 1)
        self.imports[0].bill_ids.button_cancel()
        provider.invalidate_recordset()
        missing = provider.action_view_missing_bills()["domain"]
        self.assertEqual(provider.missing_bill_count, 2)
        self.assertEqual(self.env["msp.import"].search_count(missing), 2)
        action = provider.action_reconcile()
        self.assertEqual(
            self.env["msp.reconciliation"].browse(action["res_id"]).month,
            date(2026, 2, 1),
        )
