from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import ReconciliationCommon


class WaysCommon(ReconciliationCommon):
    def _differ(self, quantity=8, supplied=10, months=(1,)):
        """A contract with `quantity`, files with `supplied`, which are not applied."""
        self.contract = self._seats_contract(quantity)
        self._run(date(2026, 4, 1), contracts=self.contract)
        for month in months:
            import_ = self._import(
                self._row(supplied, month=month), name=f"{month}.csv", apply=False
            )
            import_.differing_change_ids.action_exclude()
            import_.action_apply()
        return [self._compare(month=month) for month in months]

    def _tolerate(self, amount, **values):
        return self.env["msp.finding.tolerance"].create(
            {"company_id": self.company.id, "amount": amount, **values}
        )


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestTolerance(WaysCommon):
    def test_pitfall_099_small_differences_are_counted_not_shown(self):
        self._tolerate(40.0)
        (one,) = self._differ()
        self.assertEqual(one.finding_ids.state, "small")
        self.assertEqual((one.open_count, one.small_count), (0, 1))
        self.assertEqual((one.leakage_total, one.small_total), (0.0, 40.0))

    def test_more_than_the_tolerance_is_open(self):
        tolerance = self._tolerate(39.99)
        (one,) = self._differ()
        self.assertEqual(one.finding_ids.state, "open")
        tolerance.amount = 40.0
        one.action_compare()
        self.assertEqual(one.finding_ids.state, "small")
        self._set(self.contract.position_ids, date(2026, 1, 1), quantity=7)
        one.action_compare()
        self.assertEqual(
            {f.cause: f.state for f in one.finding_ids},
            {"seats_missing": "open", "to_correct": "small"},
        )

    def test_the_most_specific_tolerance_holds(self):
        other = self.env["msp.provider"].create({"name": "Other", "code": "other"})
        self._tolerate(100.0)
        self._tolerate(1.0, provider_id=self.provider.id)
        self._tolerate(200.0, cause="seats_missing", provider_id=other.id)
        self._tolerate(50.0, cause="seats_missing")
        load = self.env["msp.finding.tolerance"]._load
        mine, theirs = load(self.company, self.provider), load(self.company, other)
        self.assertEqual((mine("seats_missing"), mine("rounding")), (1.0, 1.0))
        self.assertEqual((theirs("seats_missing"), theirs("rounding")), (200.0, 100.0))
        self.assertEqual(load(self._second_company(), other)("rounding"), 0.0)

    def test_only_accountants_say_what_is_small(self):
        with self.assertRaises(AccessError):
            self.env["msp.finding.tolerance"].with_user(self.clerk).create(
                {"amount": 5.0}
            )
        with self.assertRaises(ValidationError):
            self._tolerate(-1.0)

    def test_what_is_small_and_gone_is_settled(self):
        self._tolerate(40.0)
        (one,) = self._differ()
        self._set(self.contract.position_ids, date(2026, 1, 1), quantity=10)
        self._run(date(2026, 4, 1), "differential", self.contract)
        one.action_compare()
        self.assertEqual(one.finding_ids.state, "gone")


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestHistory(WaysCommon):
    def test_one_difference_through_months_is_one_history(self):
        january, february, march = self._differ(months=(1, 2, 3))
        latest = march.finding_ids
        self.assertRecordValues(
            latest,
            [
                {
                    "is_latest": True,
                    "month_count": 3,
                    "amount_since": 120.0,
                    "date_since": date(2026, 1, 1),
                    "age": 99,
                }
            ],
        )
        self.assertEqual(
            latest.history_ids,
            january.finding_ids | february.finding_ids | march.finding_ids,
        )
        self.assertFalse((january | february).finding_ids.filtered("is_latest"))
        self.assertEqual(february.finding_ids.month_count, 2)

    def test_deciding_on_the_latest_decides_on_all(self):
        january, february, march = self._differ(months=(1, 2, 3))
        january.sample_ids._system_unlink()
        january.with_user(self.accountant)._sign("as it is")
        march.finding_ids.with_user(self.clerk)._close("resolved", "Two are free")
        self.assertEqual(march.finding_ids.state, "resolved")
        self.assertEqual(february.finding_ids.state, "resolved")
        # signed off, so it stays
        self.assertEqual(january.finding_ids.state, "open")

    def test_what_was_settled_counts_no_more(self):
        january, february = self._differ(months=(1, 2))
        self._set(
            self.contract.position_ids,
            date(2026, 2, 1),
            quantity=10,
        )
        self._run(date(2026, 4, 1), "differential", self.contract)
        february.action_compare()
        self.assertEqual(february.finding_ids.state, "gone")
        self.assertTrue(january.finding_ids.is_latest)


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestWays(WaysCommon):
    def _amend(self, action, user):
        return Form(
            self.env["msp.contract.amend"]
            .with_user(user)
            .with_context(**action["context"])
        )

    def test_changing_the_contract_takes_over_the_quantity(self):
        (one,) = self._differ()
        finding = one.finding_ids.with_user(self.manager)
        self.assertTrue(finding.can_change)
        form = self._amend(finding.action_amend(), self.manager)
        with form.line_ids.edit(0) as line:
            self.assertEqual(line.quantity, 10)
        form.save().action_apply()
        self.assertEqual(finding.version_ids.date_start, date(2026, 1, 1))
        self.assertEqual(finding.resolution, "contract")
        self.assertEqual(finding.state, "open")
        one.action_compare()
        self.assertEqual(self._found(one), {"to_correct": 40.0})
        action = (
            one.finding_ids.with_user(self.clerk).filtered("can_bill").action_bill()
        )
        self.assertEqual(action["context"]["default_kind"], "differential")
        run = self._run(date(2026, 4, 1), "differential", self.contract)
        # two seats for four months
        self.assertEqual(run.amount_billed, 160.0)
        one.action_compare()
        self.assertFalse(self._found(one))

    def test_a_quantity_that_was_entered_stays(self):
        (one,) = self._differ()
        form = self._amend(one.finding_ids.action_amend(), self.manager)
        with form.line_ids.edit(0) as line:
            line.quantity = 9
        form.date_start = date(2026, 1, 15)
        with form.line_ids.edit(0) as line:
            self.assertEqual(line.quantity, 9)

    def test_pitfall_103_ghost_seats_are_credited_with_their_age(self):
        (one,) = self._differ(quantity=13, supplied=10)
        finding = one.finding_ids.with_user(self.manager)
        self.assertTrue(finding.can_credit and not finding.can_change)
        action = finding.action_credit()
        self.assertIn("99 days", action["context"]["default_reason"])
        form = self._amend(action, self.manager)
        form.save().action_apply()
        self.assertEqual(finding.resolution, "credit")
        run = self._run(date(2026, 4, 1), "differential", self.contract)
        # three seats at 20.00 for four months
        self.assertEqual(run.amount_billed, -240.0)

    def test_what_ended_at_the_provider_is_ended(self):
        self.contract = self._seats_contract()
        self._run(date(2026, 1, 1), contracts=self.contract)
        self._import(self._row(10))
        self._import(
            self._row(1, month=2, SubscriptionId="another"), name="2.csv", apply=False
        )
        one = self._compare(month=2)
        finding = one.finding_ids.filtered(lambda f: f.cause == "ended_at_provider")
        form = self._amend(finding.action_credit(), self.manager)
        with form.line_ids.edit(0) as line:
            self.assertTrue(line.is_ended)

    def test_ignored_until_a_day(self):
        (one,) = self._differ()
        finding = one.finding_ids
        wizard = self.env["msp.finding.close"].with_user(self.accountant)
        values = {
            "finding_ids": [Command.set(finding.ids)],
            "state": "ignored",
            "reason": "Trial until May",
        }
        with self.assertRaises(ValidationError):
            wizard.create({**values, "until": date(2026, 4, 10)})
        wizard.create({**values, "until": date(2026, 5, 1)}).action_close()
        finding._reopen_due()
        self.assertEqual(finding.state, "ignored")
        with freeze_time("2026-05-01"):
            finding._reopen_due()
        self.assertRecordValues(
            finding, [{"state": "open", "came_back": True, "ignored_until": False}]
        )

    def test_asking_the_vendor_with_the_rows(self):
        (one,) = self._differ()
        finding = one.finding_ids.with_user(self.clerk)
        finding.charge_ids._system_write({"sub_account_name": "=1+1"})
        action = finding.action_ask_vendor()
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.clerk)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(composer.partner_ids, self.vendor)
        (attachment,) = composer.attachment_ids
        text = attachment.raw.decode("utf-8-sig")
        self.assertIn("'=1+1", text)
        self.assertIn("150.0", text)
        composer.action_send_mail()
        message = one.message_ids[0]
        self.assertIn(finding.explanation, message.body.unescape())
        self.assertEqual(message.attachment_ids.name, "contoso-2026-01.csv")
        self.assertRecordValues(finding, [{"resolution": "vendor", "state": "open"}])

    def test_no_vendor_is_said(self):
        (one,) = self._differ()
        self.provider.partner_id = False
        with self.assertRaisesRegex(UserError, "no vendor to write to"):
            one.finding_ids.action_ask_vendor()

    def test_nothing_is_done_in_a_signed_month(self):
        (one,) = self._differ()
        one.with_user(self.accountant)._sign("as it is")
        with self.assertRaisesRegex(UserError, "was signed off"):
            one.finding_ids.action_bill()


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestOwners(WaysCommon):
    def test_each_owner_has_one_activity(self):
        self.customer.user_id = self.manager
        (one,) = self._differ()
        owner = one.finding_ids.user_id
        self.assertTrue(owner)
        activity = one.activity_ids
        self.assertEqual(activity.user_id, owner)
        self.assertIn("1 findings", activity.summary)
        self.assertIn("40.00", activity.summary)
        one.action_compare()
        self.assertEqual(one.activity_ids, activity)
        one.finding_ids.with_user(self.clerk)._close("resolved", "done")
        self.assertFalse(one.activity_ids)

    def test_the_provider_has_an_owner(self):
        self.provider.user_id = self.clerk
        self._import(self._row(10, CustomerId="nobody"))
        one = self._compare()
        self.assertEqual(one.finding_ids.user_id, self.clerk)
