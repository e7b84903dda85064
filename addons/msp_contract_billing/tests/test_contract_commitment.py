from datetime import date

import psycopg2

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import day
from .terminate_common import TerminateCommon

DAYS = ("term_date_start", "term_date_end", "notice_date", "renewal_date")


@freeze_time("2026-05-14 12:00:00")
@tagged("post_install", "-at_install")
class TestCommitment(TerminateCommon):
    """Term, extension, notice: stored for lists, rolling on by themselves."""

    def _days(self, contract=None):
        contract = contract or self.contract
        return [contract[name] for name in DAYS]

    def _roll(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "msp_contract_billing.ir_cron_store_terms"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def test_nothing_agreed(self):
        self.assertEqual(self._days(), [False] * 4)
        self.assertFalse(self.contract.commitment_label)

    def test_term_counts_from_the_first_day(self):
        self._agree(self.contract)
        self.assertEqual(
            self._days(), [day(1), day(12, 31), day(9, 30), day(1, year=2027)]
        )
        self.assertEqual(
            self.contract.commitment_label,
            "term of 12 months; extended by 12 months; notice 3 months to the end of a "
            "term",
        )

    def test_terms_roll_on_without_a_version(self):
        self._agree(self.contract)
        versions = self.contract.version_ids
        with freeze_time("2026-10-01 12:00:00"):
            self._roll()
            self.assertEqual(
                self._days(),
                [day(1), day(12, 31), date(2027, 9, 30), day(1, year=2027)],
                "too late for this term",
            )
        with freeze_time("2027-01-01 12:00:00"):
            self._roll()
            self.assertEqual(
                self._days(),
                [
                    date(2027, 1, 1),
                    date(2027, 12, 31),
                    date(2027, 9, 30),
                    date(2028, 1, 1),
                ],
            )
            with self.assertQueryCount(20):
                self.env["msp.contract"]._terms_passed_domain()
                self.assertFalse(
                    self.env["msp.contract"].search(
                        self.env["msp.contract"]._terms_passed_domain()
                    )
                )
        self.assertEqual(self.contract.version_ids, versions)
        self.assertFalse(self.contract.date_end)

    def test_unpaid_renewal_ends_nothing(self):
        self._agree(self.contract)
        self._run(day(12), contracts=self.contract)
        with freeze_time("2027-02-01 12:00:00"):
            self._roll()
            self.assertEqual(self.contract.amount_overdue, self.contract.amount_open)
            self.assertGreater(self.contract.amount_overdue, 0)
            self.assertFalse(self.contract.date_end)
            self.assertEqual(self.contract.renewal_date, date(2028, 1, 1))
            run = self._run(date(2027, 2, 1), contracts=self.contract)
            # January and February of 155.00 each.
            self.assertEqual(sum(run.move_ids.mapped("amount_untaxed")), 310.0)

    def test_term_of_another_length_begins_with_its_version(self):
        self._agree(self.contract)
        self._agree(self.contract, day(7), term_months=36)
        self.assertEqual(self.contract.term_date_end, day(12, 31))
        with freeze_time("2026-07-01 12:00:00"):
            self._roll()
            self.assertEqual(
                self._days(),
                [day(7), date(2029, 6, 30), date(2029, 3, 31), date(2029, 7, 1)],
            )

    def test_temporary_and_withdrawn_ones_end(self):
        self._agree(self.contract)
        version = self._version(
            self.contract,
            day(5),
            [{"action": "commitment", "term_months": 0, "notice_to": "any"}],
            date_end=day(5, 31),
        )
        self.assertEqual(self._days(), [False] * 4)
        with freeze_time("2026-06-01 12:00:00"):
            self._roll()
            self.assertEqual(self.contract.term_date_end, day(12, 31))
        version._withdraw("")
        self.assertEqual(self.contract.term_date_end, day(12, 31))

    def test_end_leaves_nothing_to_renew(self):
        self._agree(self.contract)
        self._end(date_last=day(12, 31))
        self.assertEqual(self._days(), [day(1), day(12, 31), False, False])
        self.contract.version_ids.sorted("number")[-1]._withdraw("")
        self._end(date_last=date(2027, 12, 31))
        self.assertEqual(self.contract.renewal_date, day(1, year=2027), "it is reached")
        with freeze_time("2028-01-01 12:00:00"):
            self._roll()
            self.assertEqual(self._days(), [False] * 4)

    def test_open_contract_has_no_last_day_for_notice_after_its_term(self):
        self._agree(self.contract, renewal="open", notice_to="month")
        self.assertEqual(self._days(), [day(1), day(12, 31), day(9, 30), False])
        with freeze_time("2026-10-01 12:00:00"):
            self._roll()
            self.assertEqual(self._days(), [day(1), day(12, 31), False, False])

    def test_derived_days_cannot_be_entered(self):
        for name in DAYS:
            with self.assertRaisesRegex(UserError, "follows from its versions"):
                self.contract.write({name: day(7)})
            with self.assertRaisesRegex(UserError, "follows from its versions"):
                self.env["msp.contract"].create(
                    {"partner_id": self.customer.id, name: day(7)}
                )

    def test_wizard_changes_term_and_notice(self):
        form = self._dialog(self.contract.action_amend())
        self.assertFalse(form.old_commitment)
        form.changes_commitment = True
        form.term_months = 24
        form.renewal = "extend"
        form.extension_months = 12
        form.notice_count = 6
        form.notice_unit = "week"
        form.date_start = day(1)
        self.assertEqual(form.term_months, 24, "entered")
        form.save().action_apply()
        self.assertEqual(
            self._days(),
            [
                day(1),
                date(2027, 12, 31),
                # 42 days before 31 December 2027
                date(2027, 11, 19),
                date(2028, 1, 1),
            ],
        )
        form = self._dialog(self.contract.action_amend())
        self.assertIn("term of 24 months", form.old_commitment)
        form.changes_commitment = True
        self.assertEqual((form.term_months, form.notice_count), (24, 6))
        with self.assertRaisesRegex(UserError, "Nothing is different"):
            form.save().action_apply()
        form.notice_count = 3
        form.save().action_apply()
        change = self.contract.version_ids.sorted("number")[-1].change_ids
        self.assertRecordValues(
            change, [{"action": "commitment", "term_months": 24, "notice_count": 3}]
        )

    def test_bad_input_is_a_sentence(self):
        def amend(**values):
            wizard = self.env["msp.contract.amend"].create(
                {
                    "contract_id": self.contract.id,
                    "changes_commitment": True,
                    "date_start": day(5),
                    **values,
                }
            )
            wizard.action_apply()

        number = self.contract.name
        with self.assertRaisesRegex(UserError, f"{number}: .* extended needs a term"):
            amend(term_months=12, renewal="extend")
        with self.assertRaisesRegex(UserError, "ends with its term needs a term"):
            amend(renewal="end")
        with self.assertRaisesRegex(
            UserError, "notice 14 months, which is longer than the term of 12 months"
        ):
            amend(term_months=12, notice_count=14)
        with self.assertRaises(ValidationError):
            self._agree(self.contract, notice_count=14)

    def test_bad_input_is_refused_by_the_database(self):
        version = self.env["msp.contract.version"].create(
            {"contract_id": self.contract.id, "date_start": day(5)}
        )
        change = self.env["msp.contract.change"].create(
            {"version_id": version.id, "action": "commitment", "term_months": 12}
        )
        for assignment in (
            "minimum_months = -1",
            "term_months = -12",
            "notice_count = -1",
            "renewal = 'extend', extension_months = 0",
            "renewal = 'end', term_months = 0",
            "notice_unit = NULL",
        ):
            with (
                self.subTest(assignment),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(
                    f"UPDATE msp_contract_change SET {assignment} WHERE id = %s",
                    [change.id],
                )
