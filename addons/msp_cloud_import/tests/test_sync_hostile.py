import random
from datetime import date, datetime
from decimal import Decimal
from unittest.mock import patch

import psycopg2.errors

from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..connectors import ConnectorError
from .common import seats
from .connection_common import WORK
from .states_common import StatesCommon, StatesConnector
from .subscription_common import SUBSCRIPTION, state

SCRIPT = "<script>alert('a')</script><img src='https://evil.example/a.png'>"


@tagged("post_install", "-at_install")
class TestSyncHostile(StatesCommon):
    """A provider, or whoever speaks for it, says what no provider should."""

    def setUp(self):
        super().setUp()
        # A part that begins again and again is found out sooner.
        self.startPatcher(patch(f"{WORK}.SLICE_SECONDS", 5))
        self._applied(seats(12))
        # As good as before, beside whatever else is said.
        self.good = state(purchased=12, raw={"a": 1})

    def _stored(self, number):
        return self.env["msp.subscription"].search(
            [("subscription_id", "=", number), ("company_id", "=", self.company.id)]
        )

    def _synced(self, **values):
        """Sync an odd state beside a good one; return the odd one."""
        odd = state(**{"subscription_id": "odd", **values})
        sync = self._sync(odd, self.good)
        self.assertEqual(sync.state, "done", sync.message)
        self.assertEqual(self._stored(SUBSCRIPTION).purchased, 12.0)
        return self._stored(odd.subscription_id)

    def test_names_are_text(self):
        found = self._synced(
            sub_account_name=SCRIPT, service_name=SCRIPT, raw={SCRIPT: SCRIPT}
        )
        self.assertEqual(found.service_name, SCRIPT)
        found = self._synced(
            sub_account_name=SCRIPT, raw={"a": 1, f"{SCRIPT}2": 1, SCRIPT: 2}
        )
        layout = self.env["msp.layout"].search([("provider_id", "=", self.provider.id)])
        notes = [
            *layout.message_ids.mapped("body"),
            *layout.activity_ids.mapped("note"),
        ]
        self.assertTrue(notes)
        for note in notes:
            self.assertNotIn("<script", note)
            self.assertNotIn("<img", note)

    def test_subject_and_words_of_a_problem_are_text(self):
        StatesConnector.refused = [
            (SCRIPT, ConnectorError("no_permission", "states", what=SCRIPT))
        ]
        sync = self._sync(self.good)
        self.assertEqual(sync.problem_ids.label, SCRIPT)
        self.assertIn(SCRIPT, sync.problem_ids.message)

    def test_nul_bytes_and_lone_surrogates(self):
        odd = state(
            subscription_id="o\x00dd",
            sub_account_id="cu\x00st",
            sub_account_name="A\x00B\ud800C",
            service_name="\udfff",
            marker="m\x00",
            raw={"na\x00me": "va\x00lue\ud800", "list": ["\x00", {"\x00": "\udc00"}]},
        )
        sync = self._sync(odd, self.good)
        self.assertEqual((sync.state, sync.new_count), ("done", 2))
        self.assertEqual(self._stored("o\ufffddd").sub_account_name, "A\ufffdB\ufffdC")

    def test_nul_bytes_in_a_problem(self):
        StatesConnector.refused = [
            (
                "c\x00\ud800",
                ConnectorError("no_permission", "states", what="a\x00\ud800"),
            )
        ]
        sync = self._sync(self.good)
        self.assertEqual((sync.state, sync.problem_count), ("done", 1))

    def test_texts_of_a_megabyte(self):
        long = "Ab cd\u00e9 " * 170_000
        found = self._synced(
            sub_account_id=long,
            sub_account_name=long,
            service_name=long,
            sku_id=long,
            raw={"long": long},
        )
        self.assertEqual(len(found), 1)
        self.assertLess(len(found.service_name), 1000)

    def test_id_of_a_megabyte(self):
        letters = random.Random(7)
        long = "".join(letters.choice("abcdefghij0123456789") for _n in range(1 << 20))
        self._synced(subscription_id=long)

    def test_what_no_index_holds_ends_the_sync(self):
        """It would begin again, and again, until the night is over."""
        with (
            patch.object(
                self.registry["msp.subscription"],
                "_store_states",
                side_effect=psycopg2.errors.ProgramLimitExceeded("index row size"),
            ),
            mute_logger("odoo.addons.msp_cloud_import.models.msp_connection_test"),
        ):
            sync = self._sync(self.good)
        self.assertEqual((sync.state, sync.code), ("failed", "unexpected"))

    def test_counts_beyond_reason(self):
        for count in (
            Decimal("1e400"),
            Decimal("-1e400"),
            Decimal("NaN"),
            Decimal("Infinity"),
            Decimal(-5),
            Decimal("1e-400"),
        ):
            with self.subTest(count=count):
                found = self._synced(purchased=count, next_quantity=count)
                self.assertLess(abs(found.purchased), 1e12)
                self.assertEqual(found.purchased, found.purchased)
                status = self.env["msp.licence.status"].search(
                    [("subscription_id", "=", found.id)]
                )
                self.assertGreaterEqual(status.units, 0)

    def test_days_at_the_ends_of_the_calendar(self):
        for day in (date.min, date.max, date(9999, 1, 1)):
            with self.subTest(day=day):
                found = self._synced(
                    start=day, term_end=day, term="P3Y", billing_plan="annual"
                )
                self.assertEqual(len(found), 1)
        self._synced(cancellable_until=datetime.max)

    def test_terms_that_are_none(self):
        for term in ("P999999Y", "P-1M", "x" * 9999, "'; DROP TABLE msp_sync; --"):
            with self.subTest(term=term[:10]):
                self._synced(term=term)

    def test_ids_with_quotes_and_formulas(self):
        for number in ("a'b\"c", "%s %(x)s", "{}", "=cmd|'/c calc'!A0", "\\x00"):
            with self.subTest(number=number):
                found = self._synced(subscription_id=number, service_name=number)
                self.assertEqual(found.subscription_id, number)

    def test_one_subscription_twice_in_a_page(self):
        sync = self._sync(
            state(subscription_id="a", purchased=1),
            state(subscription_id="a", purchased=2),
            self.good,
            self.good,
        )
        self.assertEqual(sync.state, "done")
        self.assertEqual(self._stored("a").purchased, 2.0)

    def test_customer_in_two_companies(self):
        other = self.env["res.company"].create({"name": "Other GmbH"})
        clerk = self._user("other_clerk", "group_billing_clerk")
        clerk.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        theirs = (
            self.env["msp.connection"]
            .sudo()
            .create(
                {
                    "provider_id": self.provider.id,
                    "kind": "states",
                    "company_id": other.id,
                    "user_id": clerk.id,
                }
            )
        )
        theirs._system_write({"state": "connected"})
        self._sync(self.good)
        StatesConnector.listed = [state(purchased=99, raw={"a": 1})]
        theirs.with_user(clerk).with_context(
            allowed_company_ids=other.ids
        ).action_sync_now()
        self._run("ir_cron_sync")
        self.assertIn(theirs.last_sync_id.state, ("done", "waiting"))
        mine = self._stored(SUBSCRIPTION)
        found = (
            self.env["msp.subscription"]
            .sudo()
            .search(
                [("subscription_id", "=", SUBSCRIPTION), ("company_id", "=", other.id)]
            )
        )
        self.assertEqual((mine.purchased, found.purchased), (12.0, 99.0))
        self.assertEqual(mine.company_id, self.company)
        for model in ("msp.licence.status", "msp.subscription", "msp.layout"):
            rows = self.env[model].with_user(clerk)
            rows = rows.with_context(allowed_company_ids=other.ids).search([])
            self.assertEqual(rows.company_id, other, model)
            rows = self.env[model].with_user(self.clerk).search([])
            self.assertEqual(rows.company_id, self.company, model)

    def test_owner_of_a_shared_provider_who_is_in_one_company_only(self):
        """What is new in the other company's data fails no sync there."""
        other = self.env["res.company"].create({"name": "Other GmbH"})
        self.manager.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self._synced(raw={"a": 1})
        self._synced(raw={"a": 1, "b": 2})
        layout = self.env["msp.layout"].search([("provider_id", "=", self.provider.id)])
        self.assertNotIn(self.manager, layout.activity_ids.user_id)
