import random
from datetime import date, timedelta

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import day
from .terminate_common import TerminateCommon


@freeze_time("2026-05-14 12:00:00")
@tagged("post_install", "-at_install")
class TestTerminate(TerminateCommon):
    """End a contract or a part of it; the reports that follow."""

    def test_whole_contract_ends_on_its_last_day(self):
        version = self._end(date_last=day(6, 30), note="Prices doubled")
        self.assertEqual(self.contract.date_end, day(6, 30))
        self.assertRecordValues(
            version,
            [
                {
                    "date_start": day(7),
                    "date_end": False,
                    "cause": "termination",
                    "reason": "Prices doubled",
                    "notice_date": day(5, 14),
                    "churn_reason_id": self.reason.id,
                }
            ],
        )
        self.assertEqual(version.change_ids.mapped("action"), ["terminate"])
        self._run(day(6), contracts=self.contract)
        self.assertSettled(self.contract, day(12))

    def test_without_anything_agreed_the_day_of_notice_is_the_last(self):
        form = self._form()
        self.assertEqual(form.date_last, day(5, 14))
        self.assertFalse(form.early_warning)
        form.date_last = day(4, 30)
        self.assertFalse(form.notice_date, "an end before notice is agreed by both")

    def test_reason_is_required(self):
        form = self._form()
        form.churn_reason_id = self.env["msp.churn.reason"]
        with self.assertRaisesRegex(AssertionError, "churn_reason_id"):
            form.save()

    def test_regular_end_is_proposed_an_earlier_one_told_in_money(self):
        self._agree(self.contract)
        form = self._form()
        self.assertEqual(form.date_last, day(12, 31))
        self.assertFalse(form.early_warning)
        form.notice_date = day(10, 1)
        self.assertEqual(form.date_last, date(2027, 12, 31), "a day too late")
        form.notice_date = day(9, 30)
        self.assertEqual(form.date_last, day(12, 31))
        # June to December: 7 x 155.00
        form.date_last = day(5, 31)
        form.notice_date = day(5, 14)
        form.date_last = day(5, 31)
        self.assertIn("can end on 12/31/2026 as agreed", form.early_warning)
        self.assertIn("7 months earlier; $1,085.00 less", form.early_warning)
        form.date_last = date(2027, 3, 31)
        self.assertIn("The first such day is 12/31/2026", form.early_warning)

    def test_part_of_it_ends_in_time_and_money(self):
        self._agree(self.contract)
        form = self._form(scope="part", date_last=day(11, 30))
        with form.line_ids.edit(0) as line:
            line.quantity = 6
        # December: 4 x 12.50
        self.assertIn("1 month earlier; $50.00 less", form.early_warning)

    def test_some_positions_end_and_units_are_taken_away(self):
        third = self._begin(self.contract, day(1), self.work, 5, 10.0)
        form = self._form(scope="part", date_last=day(6, 30))
        with form.line_ids.edit(0) as line:
            line.quantity = 7
        with form.line_ids.edit(1) as line:
            line.is_ended = True
        form.save().action_apply()
        self.assertEqual(
            self._content(self.contract),
            [
                ("Business Premium", day(1), day(6, 30), 10, 12.5),
                ("Business Premium", day(7), False, 7, 12.5),
                ("Backup", day(1), day(6, 30), 1, 30.0),
                (third.name, day(1), False, 5, 10.0),
            ],
        )
        version = self.contract.version_ids.sorted("number")[-1]
        self.assertEqual(version.change_ids[0].quantity_mode, "move")
        self.assertEqual(version.change_ids[0].quantity, -3)
        self.assertFalse(self.contract.date_end)
        # Five seats more from May on are five more afterwards, too.
        self._set(self.contract.position_ids[0], day(5), quantity=15)
        self.assertEqual(self.contract.line_ids._on(day(7))[0].quantity, 12)

    def test_bad_parts_are_a_sentence(self):
        with self.assertRaisesRegex(UserError, "Say what of contract .* 06/30/2026"):
            self._form(scope="part", date_last=day(6, 30)).save().action_apply()
        for left in (-1, 0, 11):
            form = self._form(scope="part", date_last=day(6, 30))
            with form.line_ids.edit(0) as line:
                line.quantity = left
            with self.assertRaisesRegex(
                UserError, f"{left} units cannot be left of 10"
            ):
                form.save().action_apply()
        form = self._form(scope="part", date_last=day(6, 30))
        for number in (0, 1):
            with form.line_ids.edit(number) as line:
                line.is_ended = True
        with self.assertRaisesRegex(UserError, "End the whole contract instead"):
            form.save().action_apply()

    def test_position_that_begins_again_is_not_ended(self):
        seats = self.contract.position_ids[0]
        self._version(
            self.contract, day(9), [{"action": "end", "position_id": seats.id}]
        )
        begin = seats._prepare_begin_vals(3, 12.5, "0")
        self._version(self.contract, day(10), [begin])
        form = self._form(scope="part", date_last=day(6, 30))
        with form.line_ids.edit(0) as line:
            line.is_ended = True
        with self.assertRaisesRegex(UserError, "Business Premium would not end"):
            form.save().action_apply()

    def test_end_that_is_none_is_refused(self):
        self._begin(self.contract, day(8), self.work, 1, 30.0)
        with self.assertRaisesRegex(UserError, "begins after it: C.* v2"):
            self._end(date_last=day(6, 30))
        self.contract.version_ids.filtered(lambda one: one.number == 2)._withdraw("")
        self._end(date_last=day(6, 30))
        self.assertEqual(self.contract.date_end, day(6, 30))
        with self.assertRaisesRegex(UserError, "already ends on 06/30/2026"):
            self._end(date_last=day(8, 31))
        self._end(date_last=day(5, 31))
        self.assertEqual(self.contract.date_end, day(5, 31), "an earlier end is one")
        for last in (date(2025, 12, 31), date(2025, 6, 30)):
            with self.assertRaisesRegex(UserError, "begins on 01/01/2026"):
                self._end(date_last=last)

    def test_notice_after_the_last_day_is_refused(self):
        form = self._form(date_last=day(3, 31))
        form.notice_date = day(4, 2)
        form.date_last = day(3, 31)
        wizard = form.save()
        wizard.notice_date = day(4, 2)
        wizard.date_last = day(3, 31)
        with self.assertRaisesRegex(
            UserError, "Notice of 04/02/2026 came after the last day of contract C.*"
        ):
            wizard.action_apply()
        version = self.env["msp.contract.version"].create(
            {"contract_id": self.contract.id, "date_start": day(4)}
        )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.env.cr.savepoint(),
        ):
            version.notice_date = day(4, 1)
            version.flush_recordset()

    def test_end_before_the_first_day_is_refused_below_the_wizard(self):
        with self.assertRaisesRegex(UserError, "begins on 01/01/2026"):
            self._version(self.contract, day(1), [{"action": "terminate"}])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.contract._system_write({"date_end": date(2025, 12, 31)})
            self.contract.flush_recordset()

    def test_far_days_are_a_sentence(self):
        for last in (date.max, date.min):
            form = self._form(date_last=last)
            with self.assertRaisesRegex(UserError, "Check the year"):
                form.save().action_apply()

    def test_termination_backdated_is_credited(self):
        self._run(day(5), contracts=self.contract)
        form = self._form(date_last=day(3, 31))
        wizard = form.save()
        wizard.action_preview()
        # April and May, of 155.00 each.
        self.assertIn("Until 05/31/2026: $310.00 less.", wizard.preview)
        self.assertIn(
            "The differential run credits $310.00 of what is billed.", wizard.preview
        )
        self.assertFalse(self.contract.date_end, "it was a look only")
        wizard.action_apply()
        self.assertEqual(self.contract.date_end, day(3, 31))
        run = self._run(day(5), "differential", self.contract)
        self.assertRecordValues(
            run.move_ids, [{"move_type": "out_refund", "amount_untaxed": 310.0}]
        )
        self.assertSettled(self.contract, day(12))

    def test_cost_of_an_end_is_what_the_runs_bill(self):
        draw = random.Random(17)
        for number in range(12):
            rules = {
                "billing_unit": draw.choice(("month", "quarter")),
                "billing_day_count": draw.choice(("actual", "30/360", "none")),
                "billing_decrease": draw.choice(("at_once", "next_period", "never")),
            }
            contract = self._contract(day(1), [(self.seats, 10, 12.5)], terms=rules)
            last = day(4) + timedelta(days=draw.randint(0, 90))
            wizard = self._form(contract, date_last=last).save()
            with self.subTest(number=number, last=last, rules=rules):
                self._assert_cost_is_billed(wizard)

    def test_revoking_leaves_the_contract_as_it_was(self):
        content = self._content(self.contract)
        self._end(date_last=day(6, 30))
        self.assertTrue(self.contract.is_terminated)
        action = self.contract.action_revoke_termination()
        wizard = (
            self.env[action["res_model"]]
            .with_context(**action["context"])
            .create({"reason": "They stay"})
        )
        wizard.action_withdraw()
        self.assertFalse(self.contract.is_terminated)
        self.assertFalse(self.contract.date_end)
        self.assertEqual(self._content(self.contract), content)
        self.assertFalse(
            self.env["msp.termination"].search([("contract_id", "=", self.contract.id)])
        )

    def test_termination_is_withdrawn_by_who_may_write_versions(self):
        self._end(date_last=day(6, 30))
        clerk = self._role_user("end.clerk", "group_billing_clerk")
        wizards = self.env["msp.contract.terminate"].with_user(clerk)
        with self.assertRaises(AccessError):
            wizards.create(
                {
                    "contract_id": self.contract.id,
                    "churn_reason_id": self.reason.id,
                }
            )
        manager = self._role_user("end.manager", "group_account_manager")
        self._form(date_last=day(5, 31)).save().with_user(manager)
        wizard = (
            self.env["msp.contract.terminate"]
            .with_user(manager)
            .create(
                {
                    "contract_id": self.contract.id,
                    "churn_reason_id": self.reason.id,
                    "date_last": day(5, 31),
                }
            )
        )
        wizard.action_preview()
        wizard.action_apply()
        self.assertEqual(self.contract.date_end, day(5, 31))
