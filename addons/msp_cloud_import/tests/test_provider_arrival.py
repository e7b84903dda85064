import json
import time
from datetime import date

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import ImportCommon, microsoft_csv, seats

LATE = "msp_cloud_import.mail_activity_type_late"


@tagged("post_install", "-at_install")
class TestProviderArrival(ImportCommon):
    """The board: what is complete, expected, late, and to do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._user("accountant", "group_accountant")
        cls.manager = cls._user("manager", "group_account_manager")
        cls.provider.write({"expected_day": 8, "user_id": cls.clerk.id})
        cls._contract(cls.customer, [(cls.premium, 10, 20.0)], date(2025, 1, 1))

    def _month(self, month, quantity=12, **cells):
        start = date(2026, month, 5)
        end = date(2026, month + 1, 4)
        return seats(
            quantity,
            OrderDate=start,
            ChargeStartDate=start,
            ChargeEndDate=end,
            **cells,
        )

    def _late(self):
        return self.provider.activity_search([LATE])

    # Complete

    def test_month_is_complete_when_all_its_files_are_applied(self):
        self._applied(self._month(2))
        march = self._read(self._month(3), name="march.csv")
        self.assertEqual(self.provider.last_complete_month, date(2026, 2, 1))
        self.assertEqual(self.provider.last_complete_label, "February 2026")
        self.assertEqual(self.provider.last_month_label, "March 2026")
        self._assign(march)
        march.action_prepare()
        march.action_apply()
        self.provider.invalidate_recordset()
        self.assertEqual(self.provider.last_complete_month, date(2026, 3, 1))

    def test_month_with_an_unread_row_or_a_failed_change_is_not_complete(self):
        broken = self._month(3, SubscriptionId="s2")
        broken["ChargeStartDate"] = "soon"
        import_ = self._applied(self._month(3), broken)
        self.assertEqual(import_.state, "applied")
        self.assertFalse(self.provider.last_complete_month)
        import_.problem_ids._system_write({"is_ignored": True})
        self.provider.invalidate_recordset()
        self.assertEqual(self.provider.last_complete_month, date(2026, 3, 1))
        import_.change_ids._system_write({"state": "failed"})
        self.provider.invalidate_recordset()
        self.assertFalse(self.provider.last_complete_month)

    def test_month_of_which_something_waits_is_not_complete(self):
        import_ = self._read(self._month(3))
        import_.action_assign()
        import_.action_prepare()
        import_.action_apply()
        self.assertEqual(import_.state, "applied")
        self.assertEqual(import_.next_step, "assign")
        self.assertFalse(self.provider.last_complete_month)

    # Expected and late; pitfall 80: expected dates per provider

    def test_pitfall_080_file_is_late_after_the_expected_day(self):
        with freeze_time("2026-04-02"):
            self._read(self._month(3))
        for today, is_late in (("2026-05-08", False), ("2026-05-09", True)):
            with self.subTest(today=today), freeze_time(today):
                self.provider.invalidate_recordset()
                self.assertEqual(self.provider.expected_on, date(2026, 5, 8))
                self.assertEqual(self.provider.expected_month_label, "April 2026")
                self.assertEqual(self.provider.is_late, is_late)
                found = self.env["msp.provider"].search([("is_late", "=", True)])
                self.assertEqual(self.provider in found, is_late)
                found = self.env["msp.provider"].search([("is_late", "=", False)])
                self.assertEqual(self.provider in found, not is_late)

    def test_nothing_is_expected_without_a_day_or_a_first_file(self):
        self.assertFalse(self.provider.expected_on)
        self._read(self._month(3))
        self.provider.expected_day = 0
        with freeze_time("2027-01-01"):
            self.assertFalse(self.provider.expected_on)
            self.assertFalse(self.provider.is_late)

    def test_expected_day_counts_beyond_the_month(self):
        self._read(self._month(1))
        self.provider.expected_day = 45
        # 45 days after 28 February
        self.assertEqual(self.provider.expected_on, date(2026, 4, 14))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.provider.expected_day = 93
            self.env.flush_all()

    def test_withdrawn_file_is_expected_again(self):
        self._read(self._month(3), name="m.csv")
        self._read(self._month(4), name="a.csv")._withdraw("wrong file")
        self.assertEqual(self.provider.expected_on, date(2026, 5, 8))

    @freeze_time("2026-05-09 06:00:00")
    def test_owner_is_told_once_and_relieved_when_the_file_comes(self):
        self._read(self._month(3))
        cron = self.env.ref("msp_cloud_import.ir_cron_watch_arrival")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            cron.method_direct_trigger()
        activity = self._late()
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.clerk)
        self.assertEqual(
            activity.summary,
            "File of April 2026 is late: expected until 05/08/2026",
        )
        self._read(self._month(4), name="april.csv")
        self.assertFalse(self._late())

    @freeze_time("2026-05-09 06:00:00")
    def test_activity_follows_owner_month_and_setting(self):
        self._read(self._month(3))
        self.provider._cron_watch_arrival()
        self.provider.user_id = self.accountant
        self.provider._cron_watch_arrival()
        self.assertEqual(self._late().user_id, self.accountant)
        self._read(self._month(2), name="feb.csv")
        self.assertIn("April 2026", self._late().summary)
        with freeze_time("2026-07-01"):
            self._read(self._month(4), name="april.csv")
            self.assertIn("May 2026", self._late().summary)
        self.provider.expected_day = 0
        self.provider._cron_watch_arrival()
        self.assertFalse(self._late())
        self.provider.write({"expected_day": 8, "user_id": False})
        with freeze_time("2026-07-01"):
            self.provider._cron_watch_arrival()
            self.assertTrue(self.provider.is_late)
        self.assertFalse(self._late())

    @freeze_time("2026-05-09 06:00:00")
    def test_each_company_waits_for_its_own_file(self):
        other = self.env["res.company"].create({"name": "Other Systemhaus"})
        self.env.user.company_ids = [Command.link(other.id)]
        self._read(self._month(4))
        self.clerk.company_ids = [Command.link(other.id)]
        imports = (
            self.env["msp.import"]
            .with_user(self.clerk)
            .with_context(allowed_company_ids=other.ids)
        )
        imports.import_file(self.provider.id, "m.csv", microsoft_csv(self._month(3)))
        seen = self.provider.with_user(self.clerk)
        for companies, is_late in (
            (self.company, False),
            (other, True),
            (self.company + other, True),
        ):
            with self.subTest(companies=companies.mapped("name")):
                mine = seen.with_context(allowed_company_ids=companies.ids)
                self.assertEqual(mine.is_late, is_late)
        self.provider._cron_watch_arrival()
        # A file of one company takes nothing back that the other one waits for.
        self._read(self._month(5), name="may.csv")
        self.assertIn("April 2026", self._late().summary)

    # To do, money, graph

    @freeze_time("2026-03-20")
    def test_to_do_and_mine(self):
        providers = self.env["msp.provider"].with_user(self.clerk)
        to_do = [("is_to_do", "=", True), ("id", "=", self.provider.id)]
        self.assertFalse(providers.search(to_do))
        import_ = self._read(self._month(3))
        self.assertTrue(providers.search(to_do).is_to_do)
        self._assign(import_)
        import_.action_prepare()
        import_.action_apply()
        self.assertFalse(providers.search(to_do))
        self.assertTrue(
            providers.search([("is_to_do", "=", False), ("id", "=", self.provider.id)])
        )
        mine = providers.search([("user_id", "=", self.clerk.id)])
        self.assertEqual(mine, self.provider.with_user(self.clerk))

    def test_money_waits_unassigned_and_in_problems(self):
        broken = self._month(3, 5, SubscriptionId="s2")
        broken["ChargeStartDate"] = "soon"
        import_ = self._read(self._month(3), broken)
        import_.action_assign()
        self.assertEqual(self.provider.amount_unmapped, 120.0)
        self.assertEqual(self.provider.amount_waiting, 170.0)
        self.assertFalse(self.provider.other_waiting)
        action = self.provider.action_view_waiting()
        rows = self.env["msp.provider.charge"].search(action["domain"])
        self.assertEqual(rows, import_.provider_charge_ids)
        import_._withdraw("again")
        self.provider.invalidate_recordset()
        self.assertEqual(self.provider.amount_waiting, 0.0)

    def test_graph_shows_six_months_and_counts_repeated_rows_once(self):
        self.assertFalse(self.provider.has_cost)
        self.assertEqual(json.loads(self.provider.cost_graph)[0]["values"], [])
        march = self._month(3)
        self._read(march, name="first.csv")
        self._read(march, self._month(3, 3, SubscriptionId="s2"), name="corrected.csv")
        self._read(self._month(5, 20), name="may.csv")
        self.assertTrue(self.provider.has_cost)
        bars = json.loads(self.provider.cost_graph)[0]["values"]
        self.assertEqual(
            [(bar["label"], bar["value"]) for bar in bars],
            [
                ("Dec", 0.0),
                ("Jan", 0.0),
                ("Feb", 0.0),
                ("Mar", 150.0),
                ("Apr", 0.0),
                ("May", 200.0),
            ],
        )

    def test_board_takes_a_constant_number_of_queries(self):
        self._read(self._month(3))
        names = [
            "last_complete_label",
            "expected_on",
            "is_late",
            "amount_waiting",
            "amount_unmapped",
            "cost_graph",
            "mail_count",
        ]

        def count(providers):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            providers.read(names)
            return self.env.cr.sql_log_count - start

        count(self.provider)
        one = count(self.provider)
        more = self.env["msp.provider"].create(
            [{"name": f"P{i}", "code": f"p{i}", "expected_day": 5} for i in range(5)]
        )
        for number, provider in enumerate(more, start=1):
            self.env["msp.import"].import_file(
                provider.id, f"{number}.csv", microsoft_csv(self._month(3, number))
            )
        self.assertLessEqual(count(self.provider + more), one + 3)

    # Rights

    def test_account_manager_sees_the_board_and_sets_nothing(self):
        self._read(self._month(3))
        provider = self.provider.with_user(self.manager)
        self.assertEqual(provider.last_month_label, "March 2026")
        for vals in ({"expected_day": 1}, {"user_id": self.manager.id}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                provider.write(vals)
        with self.assertRaises(AccessError):
            self.env["msp.import.upload"].with_user(self.manager).import_attachments(
                [], provider.id
            )

    def test_nobody_reads_files_that_others_uploaded(self):
        attachment = (
            self.env["ir.attachment"]
            .with_user(self.accountant)
            .create(
                {
                    "name": "g.csv",
                    "raw": microsoft_csv(self._month(3)),
                    "res_model": "msp.import.upload",
                    "res_id": 0,
                }
            )
        )
        upload = self.env["msp.import.upload"]
        with self.assertRaises(AccessError):
            upload.with_user(self.clerk).import_attachments(
                attachment.ids, self.provider.id
            )
        action = upload.with_user(self.accountant).import_attachments(
            attachment.ids, self.provider.id
        )
        self.assertEqual(action["res_model"], "msp.import")
        self.assertFalse(attachment.exists())

    # Several files

    def test_dropped_file_with_unknown_columns_opens_them(self):
        upload = self.env["msp.import.upload"].with_user(self.clerk)
        file = (
            self.env["ir.attachment"]
            .with_user(self.clerk)
            .create(
                {
                    "name": "other.csv",
                    "raw": b"Kunde;Menge\nMuster Bau GmbH;3\n",
                    "res_model": "msp.import.upload",
                    "res_id": 0,
                }
            )
        )
        provider = self.env["msp.provider"].create({"name": "Other", "code": "other"})
        action = upload.import_attachments(file.ids, provider.id)
        self.assertEqual(action["res_model"], "msp.import.profile")
        # The board's script opens it as it is.
        self.assertEqual(action["views"], [(False, "form")])

    def test_files_known_before_are_said_so_and_stop_no_other(self):
        march = microsoft_csv(self._month(3))
        first = self._read(self._month(3))
        results = (
            self.env["msp.import"]
            .with_user(self.clerk)
            ._take_files(
                self.provider,
                [
                    ("again.csv", march),
                    ("cut.csv.gz", b"\x1f\x8b\x08cut"),
                    ("april.csv", microsoft_csv(self._month(4))),
                    ("april-2.csv", microsoft_csv(self._month(4))),
                ],
                time.monotonic() + 60,
            )
        )
        self.assertEqual(
            [one["state"] for one in results],
            ["known", "refused", "imported", "known"],
        )
        self.assertEqual(results[0]["import_id"], first.id)
        self.assertIn(first.name, results[0]["sentence"])
        self.assertEqual(results[2]["import_id"], results[3]["import_id"])

    def test_file_is_not_begun_after_the_deadline(self):
        results = self.env["msp.import"]._take_files(self.provider, [("a", b"x")], 0)
        self.assertEqual([one["state"] for one in results], ["late"])
