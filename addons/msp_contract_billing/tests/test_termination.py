import psycopg2

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import day
from .terminate_common import TerminateCommon


@freeze_time("2026-05-14 12:00:00")
@tagged("post_install", "-at_install")
class TestTermination(TerminateCommon):
    """Churn: what ended when, why, and what is lost per month."""

    def test_churn_is_reported_by_month_reason_and_owner(self):
        other = self._contract(day(1), [(self.seats, 4, 10.0)])
        self._end(date_last=day(6, 30))
        form = self._form(other, scope="part", date_last=day(7, 31))
        with form.line_ids.edit(0) as line:
            line.quantity = 3
        form.save().action_apply()
        # A price that changes before the last day is lost at what it is then.
        self._set(self.contract.position_ids[1], day(6), price=40.0)
        rows = self.env["msp.termination"].search(
            [("contract_id", "in", (self.contract + other).ids)], order="date"
        )
        self.assertRecordValues(
            rows,
            [
                {
                    "contract_id": self.contract.id,
                    "kind": "whole",
                    "date": day(6, 30),
                    "amount_month": 165.0,
                    "churn_reason_id": self.reason.id,
                    "user_id": self.contract.user_id.id,
                    "partner_id": self.customer.id,
                },
                {
                    "contract_id": other.id,
                    "kind": "part",
                    "date": day(7, 31),
                    "amount_month": 10.0,
                    "churn_reason_id": self.reason.id,
                    "user_id": other.user_id.id,
                    "partner_id": self.customer.id,
                },
            ],
        )
        groups = self.env["msp.termination"]._read_group(
            [("id", "in", rows.ids)],
            ["churn_reason_id", "date:month"],
            ["amount_month:sum_currency"],
            order="date:month",
        )
        self.assertEqual(
            groups, [(self.reason, day(6), 165.0), (self.reason, day(7), 10.0)]
        )

    def test_other_companies_and_roles_see_no_terminations(self):
        self._end(date_last=day(6, 30))
        manager = self._role_user("churn.manager", "group_account_manager")
        rows = self.env["msp.termination"].with_user(manager)
        domain = [("contract_id", "=", self.contract.id)]
        self.assertEqual(rows.search(domain).amount_month, 155.0)
        other = self.setup_other_company()["company"]
        manager.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.assertFalse(rows.search(domain))
        self.reason.with_user(manager).name = "Cheaper elsewhere"
        nobody = self._role_user("churn.nobody")
        with self.assertRaises(AccessError):
            self.env["msp.termination"].with_user(nobody).search(domain)
        with self.assertRaises(AccessError):
            self.reason.with_user(nobody).name = "Other"

    def test_reason_in_use_stays(self):
        self._end(date_last=day(6, 30))
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.reason.unlink()
