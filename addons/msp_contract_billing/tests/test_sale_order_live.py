from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .sale_common import SaleContractCommon


class LiveCommon(SaleContractCommon):
    def _waiting(self, order):
        return order.msp_version_ids.filtered("awaits")

    def _go_live(self, versions, first, user=None):
        wizard = (
            self.env["msp.go.live"]
            .with_user(user or self.env.user)
            .create({"version_ids": [Command.set(versions.ids)], "date_start": first})
        )
        wizard.action_go_live()


@freeze_time("2026-11-22 12:00:00")
@tagged("post_install", "-at_install")
class TestFixedDay(LiveCommon):
    def _from(self, day):
        return {"msp_begins": "date", "msp_begin_date": day}

    def test_each_day_is_a_version(self):
        contract, order = self._confirm(
            (self.seats, 10), (self.backup, 1, self._from(date(2027, 1, 15)))
        )
        self.assertEqual(
            [
                (version.number, version.date_start, version.cause)
                for version in order.msp_version_ids.sorted("number")
            ],
            [(1, date(2026, 11, 22), "order"), (2, date(2027, 1, 15), "order")],
        )
        backup = self._position(contract, self.backup)
        self.assertEqual(backup.date_start, date(2027, 1, 15))
        order.action_cancel()
        self.assertFalse(contract.line_ids)

    def test_contract_begins_with_its_first_position(self):
        day = date(2027, 1, 1)
        contract, order = self._confirm(
            (self.seats, 10, self._from(day)), term_months=12, renewal="end"
        )
        self.assertEqual(contract.date_start, day)
        self.assertEqual(contract.date_end, date(2027, 12, 31))
        self.assertEqual(len(order.msp_version_ids), 2)

    def test_day_before_that_of_the_order(self):
        contract, _order = self._confirm(
            (self.seats, 10),
            (self.backup, 1, self._from(date(2026, 10, 1))),
            msp_date_start=date(2026, 12, 1),
        )
        self.assertEqual(contract.date_start, date(2026, 10, 1))
        seats = self._position(contract, self.seats)
        self.assertEqual(seats.date_start, date(2026, 12, 1))

    def test_amendment_on_days_of_its_own(self):
        contract, _order = self._confirm(
            (self.seats, 10), msp_date_start=date(2026, 1, 1)
        )
        order = self._amendment(
            contract,
            (self.seats, 2, self._from(date(2027, 1, 1))),
            (self.seats, 3, self._from(date(2027, 2, 1))),
        )
        self.assertEqual(
            order.order_line.mapped("msp_effect"),
            [
                "Business Premium: 10 → 12, from 01/01/2027",
                "Business Premium: 10 → 13, from 02/01/2027",
            ],
        )
        order.action_confirm()
        self.assertEqual(
            [(line.date_start, line.quantity) for line in contract.line_ids],
            [
                (date(2026, 1, 1), 10),
                (date(2027, 1, 1), 12),
                (date(2027, 2, 1), 15),
            ],
        )

    def test_outlook_says_when_more_comes(self):
        order = self._order(
            (self.seats, 10), (self.backup, 1, self._from(date(2027, 1, 15)))
        )
        [(_title, sentences)] = order._msp_get_outlook_blocks(order._msp_get_outlook())
        # 125.00 x 9 / 30; 30.00 x 17 / 31
        self.assertEqual(
            sentences,
            [
                "First invoice on 11/22/2026 for 11/22/2026 – 11/30/2026: $37.50",
                "Then $125.00 per month",
                "01/01/2027 – 01/31/2027: $141.45",
                "From 02/01/2027: $155.00 per month",
                "Next invoice on 12/01/2026: $125.00",
            ],
        )

    def test_bad_days_are_refused(self):
        contract, _order = self._confirm((self.seats, 10))
        cases = [
            (False, "enter the day on which it begins"),
            (date(1026, 11, 22), "too far off"),
            (date(2026, 11, 1), "does not run on"),
        ]
        for day, sentence in cases:
            with self.subTest(sentence=sentence):
                order = self._amendment(contract, (self.backup, 1, self._from(day)))
                self.assertIn(sentence, order.msp_contract_error)
                with self.assertRaisesRegex(UserError, sentence):
                    order.action_confirm()


@freeze_time("2026-11-22 12:00:00")
@tagged("post_install", "-at_install")
class TestSoldNotLive(LiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.waits = {"msp_begins": "acceptance"}
        cls.contract, cls.order = cls._confirm(
            (cls.seats, 10), (cls.backup, 2, {"msp_begins": "provider"})
        )
        cls.version = cls.order.msp_version_ids.filtered("awaits")
        cls.line = cls.order.order_line[1]

    def test_contract_is_there_and_the_position_waits(self):
        self.assertEqual(self.contract.state, "active")
        self.assertEqual(self.contract.line_ids.product_id, self.seats)
        self.assertRecordValues(
            self.version,
            [
                {
                    "state": "draft",
                    "awaits": "provider",
                    "sold_on": date(2026, 11, 22),
                    "sold_amount_month": 60.0,
                    "contract_user_id": self.contract.user_id.id,
                    "sale_order_id": self.order.id,
                }
            ],
        )
        self.assertEqual(self.line.msp_position_id.product_id, self.backup)
        self.assertTrue(self.line.msp_locked)
        with freeze_time("2027-01-01 12:00:00"):
            self.version.invalidate_recordset(["sold_days"])
            self.assertEqual(self.version.sold_days, 40)

    def test_nothing_is_billed_until_it_is_live(self):
        self._run(date(2026, 12, 1), contracts=self.contract)
        self.assertEqual(self.contract.charge_ids.position_id.product_id, self.seats)
        self._go_live(self.version, date(2026, 12, 17))
        self.assertRecordValues(
            self.version,
            [
                {
                    "state": "active",
                    "awaits": False,
                    "date_start": date(2026, 12, 17),
                    "number": 2,
                }
            ],
        )
        run = self._run(date(2026, 12, 31), contracts=self.contract)
        # 60.00 x 15 / 31
        self.assertEqual(run.move_ids.amount_untaxed, 29.03)
        self.assertSettled(self.contract, date(2026, 12, 31))

    def test_all_lines_may_wait(self):
        contract, order = self._confirm(
            (self.seats, 10, self.waits),
            (self.backup, 1, self.waits),
            term_months=12,
        )
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.date_start, date(2026, 11, 22))
        self.assertEqual(contract.terms_ids.billing_unit, "month")
        self.assertFalse(contract.line_ids)
        waiting = self._waiting(order)
        self.assertEqual(sorted(waiting.mapped("sold_amount_month")), [30.0, 125.0])
        self._go_live(waiting, date(2026, 12, 1))
        self.assertEqual(
            set(contract.line_ids.mapped("date_start")), {date(2026, 12, 1)}
        )
        self.assertFalse(self._waiting(order))

    def test_line_waits_in_a_contract_that_begins_later(self):
        later = {"msp_begins": "date", "msp_begin_date": date(2027, 1, 1)}
        contract, order = self._confirm(
            (self.seats, 10, later), (self.backup, 1, self.waits)
        )
        self.assertEqual(contract.date_start, date(2027, 1, 1))
        self.assertEqual(self._waiting(order).sold_amount_month, 30.0)
        with self.assertRaisesRegex(UserError, "begins on 01/01/2027"):
            self._go_live(self._waiting(order), date(2026, 12, 1))
        self._go_live(self._waiting(order), date(2027, 1, 10))

    def test_own_term_begins_with_the_first_day(self):
        own = {**self.waits, "msp_until": "months", "msp_until_months": 6}
        contract, order = self._confirm((self.seats, 10), (self.backup, 1, own))
        self.assertFalse(order.order_line[1].msp_last_day)
        self._go_live(self._waiting(order), date(2026, 12, 10))
        backup = self._position(contract, self.backup)
        self.assertEqual(backup.date_start, date(2026, 12, 10))
        self.assertEqual(backup.date_end, date(2027, 6, 9))
        order.action_cancel()
        self.assertFalse(contract.line_ids)

    def test_own_term_begins_anew_if_it_goes_live_again(self):
        own = {**self.waits, "msp_until": "months", "msp_until_months": 6}
        contract, order = self._confirm((self.seats, 10), (self.backup, 1, own))
        waiting = self._waiting(order)
        self._go_live(waiting, date(2026, 12, 10))
        # As an import does that is withdrawn after it said so.
        waiting._withdraw("Wrong file")
        again = waiting.copy(
            {
                "change_ids": [
                    Command.create({**vals, "version_id": False})
                    for vals in waiting.change_ids.copy_data()
                ],
            }
        )
        again._system_write({"sale_order_id": order.id, "awaits": "acceptance"})
        self._go_live(again, date(2027, 8, 1))
        backup = self._position(contract, self.backup)
        self.assertEqual(backup.date_start, date(2027, 8, 1))
        self.assertEqual(backup.date_end, date(2028, 1, 31))

    def test_last_day_that_is_known_stays(self):
        own = {
            **self.waits,
            "msp_until": "date",
            "msp_until_date": date(2027, 3, 31),
        }
        contract, order = self._confirm((self.seats, 10), (self.backup, 1, own))
        with self.assertRaisesRegex(UserError, "this ends on 03/31/2027"):
            self._go_live(self._waiting(order), date(2027, 4, 1))
        self._go_live(self._waiting(order), date(2026, 12, 10))
        backup = self._position(contract, self.backup)
        self.assertEqual(backup.date_end, date(2027, 3, 31))

    def test_amendment_waits_as_well(self):
        order = self._amendment(self.contract, (self.seats, 5, self.waits))
        self.assertEqual(
            order.order_line.msp_effect, "Business Premium: 10 → 15, not live yet"
        )
        order.action_confirm()
        self.assertEqual(self._waiting(order).sold_amount_month, 62.5)
        self._go_live(self._waiting(order), date(2026, 12, 1))
        seats = self._position(self.contract, self.seats)
        self.assertEqual(seats._line_on(date(2026, 12, 1)).quantity, 15)

    def test_units_for_some_months_from_the_first_day_on(self):
        own = {**self.waits, "msp_until": "months", "msp_until_months": 2}
        order = self._amendment(self.contract, (self.seats, 5, own))
        order.action_confirm()
        self._go_live(self._waiting(order), date(2026, 12, 1))
        seats = self._position(self.contract, self.seats)
        self.assertEqual(seats._line_on(date(2027, 1, 31)).quantity, 15)
        self.assertEqual(seats._line_on(date(2027, 2, 1)).quantity, 10)

    def test_replacement_waits_with_what_replaces(self):
        seats = self._position(self.contract, self.seats)
        order = self._amendment(
            self.contract,
            (self.backup, 10, {**self.waits, "msp_replaces_id": seats.id}),
        )
        order.action_confirm()
        self.assertFalse(seats.date_end)
        self._go_live(self._waiting(order), date(2026, 12, 5))
        self.assertEqual(seats.date_end, date(2026, 12, 4))

    def test_cancelling_deletes_what_was_never_live(self):
        position = self.line.msp_position_id
        self.order.action_cancel()
        self.assertFalse(self.version.exists())
        self.assertFalse(position.exists())
        self.assertFalse(self.line.msp_position_id)
        self.assertEqual(self.order.msp_version_ids.state, "withdrawn")

    def test_cancelling_withdraws_what_has_gone_live(self):
        self._go_live(self.version, date(2026, 12, 1))
        position = self.line.msp_position_id
        self.order.action_cancel()
        self.assertEqual(self.version.state, "withdrawn")
        self.assertTrue(position.exists())

    def test_order_that_only_waits_is_held_too(self):
        order = self._amendment(self.contract, (self.backup, 1, self.waits))
        order.action_confirm()
        with self.assertRaisesRegex(UserError, "Cancel the order"):
            order.state = "draft"
        with self.assertRaises(UserError):
            order.order_line.sudo().product_uom_qty = 7
        order.action_cancel()
        self.assertFalse(order.msp_version_ids)

    def test_draft_is_not_activated_without_a_day(self):
        with self.assertRaisesRegex(UserError, "since when it is live"):
            self.version.action_activate()

    def test_what_is_live_does_not_go_live_again(self):
        self._go_live(self.version, date(2026, 12, 1))
        with self.assertRaisesRegex(UserError, "already has its first day"):
            self._go_live(self.version, date(2026, 12, 2))
        self.assertEqual(self.version.date_start, date(2026, 12, 1))

    def test_bad_days_are_refused(self):
        for day, sentence in (
            (date(2926, 1, 1), "too far off"),
            (date(2026, 11, 21), "begins on 11/22/2026"),
        ):
            with self.assertRaisesRegex(UserError, sentence):
                self._go_live(self.version, day)
        self._version(self.contract, date(2027, 1, 1), [{"action": "terminate"}])
        with self.assertRaisesRegex(UserError, "ends on 12/31/2026"):
            self._go_live(self.version, date(2027, 1, 1))
        self.assertEqual(self.version.awaits, "provider")

    def test_roles(self):
        manager = self._role_user("manager", "group_account_manager")
        clerk = self._role_user("clerk", "group_billing_clerk")
        with self.assertRaises(AccessError):
            self._go_live(self.version, date(2026, 12, 1), clerk)
        self.contract.user_id = manager
        self._go_live(self.version, date(2026, 12, 1), manager)
        self.assertEqual(self.version.state, "active")

    def test_list_is_what_waits(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "msp_contract_billing.msp_contract_version_action_live"
        )
        self.assertEqual(action["domain"], "[('awaits', '!=', False)]")
        versions = self.env["msp.contract.version"]
        found = versions.search([("awaits", "!=", False)])
        self.assertIn(self.version, found)
        [(user, amount)] = versions._read_group(
            [("id", "=", self.version.id)],
            ["contract_user_id"],
            ["sold_amount_month:sum"],
        )
        self.assertEqual((user, amount), (self.contract.user_id, 60.0))
        wizard = Form.from_action(self.env, self.version.action_go_live())
        self.assertEqual(wizard.date_start, date(2026, 11, 22))
        wizard.save().action_go_live()
        self.assertEqual(self.version.state, "active")

    def test_outlook_names_what_waits(self):
        order = self._order(
            (self.seats, 10), (self.backup, 2, self.waits), term_months=12
        )
        blocks = order._msp_get_outlook_blocks(order._msp_get_outlook())
        self.assertEqual(
            blocks,
            [
                (
                    "Monthly, in advance",
                    [
                        "First invoice on 11/22/2026 for 11/22/2026 – 11/30/2026: $37.50",
                        "Then $125.00 per month",
                        "Next invoice on 12/01/2026: $125.00",
                    ],
                ),
                ("From delivery or acceptance on · Backup", ["$60.00 per month"]),
                ("The contract", ["Agreed: term of 12 months"]),
            ],
        )

    def test_outlook_of_what_waits_in_a_contract_that_ends(self):
        order = self._order(
            (self.seats, 10, self.waits),
            billing_unit="year",
            msp_anchor="start",
            term_months=12,
            renewal="end",
        )
        blocks = order._msp_get_outlook_blocks(order._msp_get_outlook())
        # 12.50 x 10 x 12
        self.assertEqual(
            blocks[0],
            (
                "From delivery or acceptance on · Business Premium",
                ["$1,500.00 per year"],
            ),
        )

    def test_outlook_tells_the_own_end_of_what_waits(self):
        term = {"msp_until": "months", "msp_until_months": 24}
        end = {"msp_until": "date", "msp_until_date": date(2027, 6, 30)}
        order = self._order(
            (self.seats, 10),
            (self.backup, 2, {**self.waits, **term}),
            (self.backup, 1, {**self.waits, **end}),
        )
        blocks = order._msp_get_outlook_blocks(order._msp_get_outlook())
        self.assertEqual(
            [told for _title, told in blocks[1:]],
            [
                ["$60.00 per month", "for 24 months"],
                ["$30.00 per month", "until 06/30/2027"],
            ],
        )
