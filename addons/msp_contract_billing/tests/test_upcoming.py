from datetime import date

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import day
from .terminate_common import TerminateCommon


@freeze_time("2026-05-14 12:00:00")
@tagged("post_install", "-at_install")
class TestUpcoming(TerminateCommon):
    """What is coming up, with the money, and who is told."""

    def _rows(self, contracts=None):
        contracts = contracts or self.contract
        rows = self.env["msp.upcoming"].search(
            [("contract_id", "in", contracts.ids), ("date", ">=", day(5, 14))]
        )
        return [
            (row.kind, row.date, row.position_id, row.amount_month, row.amount_stake)
            for row in rows
        ]

    def _remind(self):
        with self.enter_registry_test_mode():
            self.env.ref("msp_contract_billing.ir_cron_remind").method_direct_trigger()
        self.env.invalidate_all()

    def _activities(self, active=True):
        found = (
            self.env["mail.activity"]
            .with_context(active_test=active)
            .search(
                [
                    ("res_model", "=", "msp.contract"),
                    ("res_id", "=", self.contract.id),
                    (
                        "activity_type_id",
                        "=",
                        self.env.ref(
                            "msp_contract_billing.mail_activity_type_upcoming"
                        ).id,
                    ),
                ]
            )
        )
        return found.sorted("date_deadline")

    def test_pitfall_114_renewals_and_notice_stand_in_one_calendar(self):
        none = self.env["msp.contract.position"]
        self._agree(self.contract)
        other = self._contract(day(3, 15), [(self.seats, 2, 10.0)])
        self._agree(other, notice_count=1)
        self.assertEqual(
            self._rows(self.contract + other),
            [
                ("notice", day(9, 30), none, 0, 155.0),
                ("renewal", day(1, year=2027), none, 0, 155.0),
                ("notice", date(2027, 2, 14), none, 0, 20.0),
                ("renewal", date(2027, 3, 15), none, 0, 20.0),
            ],
        )

    def test_ends_prices_and_suspensions_with_the_money(self):
        none = self.env["msp.contract.position"]
        seats, backup = self.contract.position_ids
        self._set(seats, day(7), price=13.0)
        self._set(seats, day(7, 15), quantity=12)
        self._version(
            self.contract,
            day(6),
            [{"action": "suspend", "position_id": backup.id, "billed_share": 0}],
            date_end=day(6, 30),
        )
        self._version(
            self.contract, day(8), [{"action": "end", "position_id": backup.id}]
        )
        self._end(date_last=day(10, 31))
        self.assertEqual(
            self._rows(),
            [
                ("pause", day(6), backup, -30.0, 0),
                ("price", day(7), seats, 5.0, 0),
                ("suspension", day(7), backup, 30.0, 0),
                ("position", day(7, 31), backup, -30.0, 0),
                ("end", day(10, 31), none, -156.0, 0),
            ],
        )

    def test_names_and_ids_are_of_one_row(self):
        self._agree(self.contract)
        rows = self.env["msp.upcoming"].search([("contract_id", "=", self.contract.id)])
        self.assertEqual(len(set(rows.ids)), 2)
        self.assertEqual(
            rows[0].display_name,
            f"Last day for notice: {self.contract.name} (Muster Bau GmbH)",
        )
        again = self.env["msp.upcoming"].browse(rows.ids)
        self.assertEqual(again.mapped("kind"), ["notice", "renewal"])
        self.assertEqual(rows[0].action_open()["res_id"], self.contract.id)

    def test_other_companies_and_roles_see_nothing(self):
        self._agree(self.contract)
        manager = self._role_user("up.manager", "group_account_manager")
        rows = self.env["msp.upcoming"].with_user(manager)
        domain = [("contract_id", "=", self.contract.id)]
        self.assertEqual(len(rows.search(domain)), 2)
        other = self.setup_other_company()["company"]
        manager.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.assertFalse(rows.search(domain))
        nobody = self._role_user("up.nobody")
        with self.assertRaises(AccessError):
            self.env["msp.upcoming"].with_user(nobody).search(domain)

    def test_account_manager_is_told_once(self):
        self._agree(self.contract)
        self._remind()
        self.assertFalse(self._activities(), "not within 30 days")
        with freeze_time("2026-08-31 12:00:00"):
            self._remind()
            self._remind()
            activity = self._activities()
            self.assertRecordValues(
                activity,
                [
                    {
                        "summary": "Last day for notice",
                        "date_deadline": day(9, 30),
                        "user_id": self.contract.user_id.id,
                    }
                ],
            )
            self.assertIn("$155.00 per month at stake", activity.note)
            activity.action_feedback(feedback="Called")
            self._remind()
            self.assertFalse(self._activities(), "a done one is not made again")
            self.assertEqual(len(self._activities(active=False)), 1)

    def test_what_is_gone_is_taken_back(self):
        self._agree(self.contract)
        with freeze_time("2026-09-15 12:00:00"):
            self._remind()
            self.assertEqual(len(self._activities()), 1)
            version = self._end_now()
            self._remind()
            self.assertEqual(self._activities().mapped("summary"), [])
            version._withdraw("They stay")
            self._remind()
            self.assertEqual(
                self._activities().mapped("summary"), ["Last day for notice"]
            )

    def _end_now(self):
        form = self._form(date_last=day(12, 31))
        form.save().action_apply()
        return self.contract.version_ids.sorted("number")[-1]

    def test_several_positions_of_a_day_are_one_activity(self):
        for position in self.contract.position_ids:
            self._set(position, day(5, 20), price=position.price_unit + 1)
        self._remind()
        activity = self._activities()
        self.assertEqual(activity.mapped("summary"), ["Price changes"])
        self.assertIn("Business Premium: $10.00 more per month", activity.note)
        self.assertIn("Backup: $1.00 more per month", activity.note)

    def test_company_says_how_long_before(self):
        company = self.company_data["company"]
        self._agree(self.contract)
        company.msp_remind_notice = 0
        company.msp_remind_renewal = 300
        self._remind()
        self.assertEqual(self._activities().mapped("summary"), ["Contract renews"])
        with self.assertRaisesRegex(ValidationError, "not -1 days"):
            company.msp_remind_end = -1
