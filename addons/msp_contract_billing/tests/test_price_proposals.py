from ast import literal_eval

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import day
from .price_common import PriceCommon


@freeze_time("2026-05-14 12:00:00")
@tagged("post_install", "-at_install")
class TestPriceProposals(PriceCommon):
    """A computed price changes by a proposed version, never silently."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.position = cls.contract.position_ids

    def test_agreed_prices_are_never_proposed(self):
        self.seats.standard_price = 20.0
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract), [])

    def test_a_price_that_is_right_is_not_proposed(self):
        self._follow_cost(self.position)
        self._night()
        self.assertEqual(self._proposals(self.contract), [])
        self.assertRecordValues(
            self.position,
            [
                {
                    "price_checked_on": day(5, 14),
                    "price_cost": 10.0,
                    "price_cost_agreed": 10.0,
                    "price_found": 12.5,
                    "price_note": False,
                    "price_margin": 20.0,
                }
            ],
        )

    def test_more_cost_is_one_draft_from_the_next_period(self):
        self._follow_cost(self.position)
        self._night()
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        # 11.00 x 1.25
        expected = [(day(6), [("Business Premium", 13.75)])]
        self.assertEqual(self._proposals(self.contract), expected)
        draft = self._drafts(self.contract)
        self.assertEqual(draft.reason, "Price adjustment", "customers read it")
        self.assertEqual(
            draft.price_explanation,
            "Business Premium: price $12.50 → $13.75 (cost $10.00 → $11.00; cost "
            "plus 25 %)",
        )
        self.assertEqual(self.position._line_on(day(6)).price_unit, 12.50)
        activity = self.contract.activity_ids
        self.assertEqual(activity.user_id, self.contract.user_id)
        # Again: nothing more.
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract), expected)
        self.assertEqual(self.contract.activity_ids, activity)

    def test_a_proposal_follows_the_cost_and_goes_with_it(self):
        self._follow_cost(self.position)
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        self.seats.standard_price = 12.0
        self.contract.action_check_prices()
        self.assertEqual(
            self._proposals(self.contract), [(day(6), [("Business Premium", 15.0)])]
        )
        self.seats.standard_price = 10.0
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract), [])
        self.assertFalse(self.contract.activity_ids)

    def test_activated_it_bills_from_that_day_on(self):
        self._follow_cost(self.position)
        self._run(day(5), contracts=self.contract)
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        self._drafts(self.contract).action_activate()
        self.assertFalse(self.contract.activity_ids)
        run = self._run(day(6), contracts=self.contract)
        self.assertEqual(run.move_ids.invoice_line_ids.price_unit, 13.75)
        self.assertSettled(self.contract, day(6))
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract), [])
        self.assertEqual(self.position.price_cost_agreed, 11.0)

    def test_nobody_activates_it_so_it_moves_to_a_later_period(self):
        self._follow_cost(self.position)
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        with freeze_time("2026-06-03 12:00:00"):
            self.contract.action_check_prices()
        self.assertEqual(
            self._proposals(self.contract), [(day(7), [("Business Premium", 13.75)])]
        )

    def test_a_period_that_is_billed_ahead_is_not_touched(self):
        self._follow_cost(self.position)
        self._run(day(7, 15), contracts=self.contract)
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract)[0][0], day(8))

    def test_at_once_is_a_setting(self):
        self.company.msp_price_from = "at_once"
        self._follow_cost(self.position)
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract)[0][0], day(5, 14))

    def test_next_term_is_a_setting(self):
        self.company.msp_price_from = "next_term"
        self._follow_cost(self.position)
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract)[0][0], day(6), "no term")
        self._version(
            self.contract,
            day(1),
            [
                {
                    "action": "commitment",
                    "term_months": 12,
                    "renewal": "extend",
                    "extension_months": 12,
                }
            ],
        )
        self.contract.action_check_prices()
        self.assertEqual(
            self._proposals(self.contract),
            [(day(1, year=2027), [("Business Premium", 13.75)])],
        )

    def test_own_rhythm_makes_a_draft_of_its_own(self):
        position = self.env["msp.contract.position"].create(
            {"contract_id": self.contract.id, "product_id": self.backup.id}
        )
        yearly = {"unit": "year", "every": 1}
        begin = position._prepare_begin_vals(1, 360.0, "12", overrides=yearly)
        self._version(self.contract, day(1), [begin])
        self.backup.standard_price = 30.0
        self._follow_cost(self.position)
        self._follow_cost(position)
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        # The cost is per month as the sales price is: 12 x 30.00 x 1.25.
        self.assertEqual(
            self._proposals(self.contract),
            [
                (day(6), [("Business Premium", 13.75)]),
                (day(1, year=2027), [("Backup", 450.0)]),
            ],
        )

    def test_the_vendors_price_of_the_day_counts(self):
        self._follow_cost(self.position)
        self._cost(self.seats, 10.0, end=day(5, 31))
        self._cost(self.seats, 12.0, start=day(6))
        self._cost(self.seats, 8.0, start=day(6), min_qty=100)
        self.contract.action_check_prices()
        self.assertEqual(
            self._proposals(self.contract), [(day(6), [("Business Premium", 15.0)])]
        )

    def test_a_rule_may_name_the_vendor(self):
        other = self.env["res.partner"].create({"name": "Other"})
        self._cost(self.seats, 11.0, sequence=1)
        self._cost(self.seats, 12.0, partner_id=other.id, sequence=2)
        self.rule.vendor_id = other
        self._follow_cost(self.position)
        self.contract.action_check_prices()
        self.assertEqual(
            self._proposals(self.contract), [(day(6), [("Business Premium", 15.0)])]
        )
        self.rule.vendor_id = self.customer
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract), [])
        self.assertIn("No cost is known on 06/01/2026", self.position.price_note)

    def test_margin_rounding_and_least_price(self):
        rule = self._price_rule(basis="margin", percent=30, step=1.0, ending=0.10)
        self.assertEqual(
            rule.summary, "Cost plus a margin of 30 %, up to steps of $1.00, less $0.10"
        )
        self.assertEqual(rule.example, "What costs $10.00 is sold for $14.90.")
        self._follow_cost(self.position, rule)
        self.contract.action_check_prices()
        # 10.00 / 0.7 = 14.29
        self.assertEqual(self._proposals(self.contract)[0][1][0][1], 14.90)
        rule.floor = 20.0
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract)[0][1][0][1], 20.0)

    def test_pricelist(self):
        self.position.price_source = "pricelist"
        pricelist = self._pricelist(11.0, item={"min_quantity": 10})
        self.contract.pricelist_id = pricelist
        self.contract.action_check_prices()
        self.assertEqual(
            self._proposals(self.contract), [(day(6), [("Business Premium", 11.0)])]
        )
        draft = self._drafts(self.contract)
        self.assertIn("$12.50 → $11.00 (Partners", draft.price_explanation)
        own = self._pricelist(10.0)
        self.position.price_pricelist_id = own
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract)[0][1][0][1], 10.0)

    def test_a_later_price_by_hand_is_respected(self):
        self._follow_cost(self.position)
        self._set(self.position, day(8), price=14.0)
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract), [])
        self.assertEqual(
            self.position.price_note,
            f"{self.contract.name} v2 says what it costs from 08/01/2026 on.",
        )

    def test_a_temporary_price_ends_before_a_new_one_holds(self):
        self._follow_cost(self.position)
        self._set(self.position, day(5), price=9.0, date_end=day(6, 20))
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        self.assertEqual(
            self._proposals(self.contract),
            [(day(6, 21), [("Business Premium", 13.75)])],
        )

    def test_a_special_price_that_asks_is_decided_first(self):
        self._follow_cost(self.position)
        limited = self.env["msp.limited.price"].create(
            {
                "position_id": self.position.id,
                "kind": "promotion",
                "price_unit": 9.0,
                "date_start": day(5),
                "date_end": day(5, 31),
                "afterwards": "ask",
            }
        )
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract), [])
        self.assertEqual(
            self.position.price_note, "Special price $9.00: decide first what follows."
        )
        limited._change(day(6, 15), "price")
        self.contract.action_check_prices()
        self.assertEqual(
            self._proposals(self.contract),
            [(day(6, 16), [("Business Premium", 13.75)])],
        )

    def test_an_edited_proposal_is_left_alone(self):
        self._follow_cost(self.position)
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        draft = self._drafts(self.contract)
        draft.change_ids.price_unit = 13.5
        self.seats.standard_price = 12.0
        self.contract.action_check_prices()
        self.assertEqual(
            self._proposals(self.contract), [(day(6), [("Business Premium", 13.5)])]
        )
        self.assertIn("says what it costs from", self.position.price_note)

    def test_what_was_dismissed_is_not_proposed_again(self):
        self._follow_cost(self.position)
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        self._drafts(self.contract).action_dismiss_prices()
        self.assertFalse(self.contract.activity_ids)
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract), [])
        self.assertEqual(self.position.price_note, "$13.75 was dismissed.")
        self.seats.standard_price = 12.0
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract)[0][1][0][1], 15.0)
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract)[0][1][0][1], 13.75)

    def test_what_somebody_enters_is_no_proposal(self):
        """Not even if it is a price: there would be nothing to dismiss."""
        other, agreed = (
            self._contract(day(1), [(self.seats, 1, 12.50)]) for _number in range(2)
        )
        self._follow_cost(self.position)
        self._follow_cost(other.position_ids)
        price = {"action": "set", "sets_price": True, "price_unit": 20.0}
        own = self.env["msp.contract.version"].create(
            {
                "contract_id": agreed.id,
                "date_start": day(9),
                "cause": "price",
                "change_ids": [
                    Command.create({**price, "position_id": agreed.position_ids.id})
                ],
            }
        )
        self.seats.standard_price = 11.0
        contracts = self.contract | other | agreed
        contracts.action_check_prices()
        menu = self.env.ref("msp_contract_billing.msp_contract_version_action_prices")
        versions = self.env["msp.contract.version"]
        proposals = contracts.version_ids.filtered("proposed_prices")
        self.assertEqual(len(proposals), 2)
        for domain in (
            literal_eval(menu.domain),
            contracts.action_view_proposals()["domain"],
        ):
            found = versions.search([*domain, ("contract_id", "in", contracts.ids)])
            self.assertEqual(found, proposals)
        action = proposals.action_dismiss_prices()
        self.assertEqual(versions.search(action["domain"]), versions)
        self.assertIn(
            ("contract_id", "in", (self.contract | other).ids), action["domain"]
        )
        self.assertTrue(own.exists())

    def test_dismissing_can_be_undone(self):
        self._follow_cost(self.position)
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        self._drafts(self.contract).action_dismiss_prices()
        self.position.action_propose_again()
        self.assertEqual(self._proposals(self.contract)[0][1][0][1], 13.75)

    def test_small_differences_may_be_left(self):
        self.company.msp_price_threshold = 10
        self._follow_cost(self.position)
        self.seats.standard_price = 10.99
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract), [])
        self.assertEqual(self.position.price_note, "It differs by less than 10 %.")
        self.seats.standard_price = 11.0
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract)[0][1][0][1], 13.75)

    def test_pitfall_071_a_new_price_keeps_the_discount(self):
        position = self._contract(day(1), [(self.seats, 10, 12.50, 20)]).position_ids
        contract = position.contract_id
        self._follow_cost(position)
        self.seats.standard_price = 12.0
        contract.action_check_prices()
        self._drafts(contract).action_activate()
        self._set(position, day(7), move=2)
        self._version(contract, day(8), [{"action": "terms", "anchor_date": day(1)}])
        self.assertEqual(
            [
                (line.date_start, line.quantity, line.price_unit, line.discount)
                for line in position.line_ids.sorted("date_start")
            ],
            [(day(1), 10, 12.5, 20), (day(6), 10, 15.0, 20), (day(7), 12, 15.0, 20)],
        )

    def test_what_cannot_be_computed_says_why(self):
        self.backup.msp_pricing_id = self.env["msp.pricing"].create(
            {
                "name": "Tiers",
                "model": "graduated",
                "tier_ids": [(0, 0, {"up_to": 0, "unit_price": 5.0})],
            }
        )
        tiered = self.env["msp.contract.position"].create(
            {"contract_id": self.contract.id, "product_id": self.backup.id}
        )
        self._version(self.contract, day(1), [tiered._prepare_begin_vals(1, 0.0, "1")])
        self._follow_cost(tiered)
        self._follow_cost(self.position)
        self.seats.standard_price = 0.0
        action = self.contract.action_check_prices()
        self.assertEqual(tiered.price_note, "Its price scheme has prices of its own.")
        self.assertIn("No cost is known", self.position.price_note)
        self.assertIn("No cost is known", action["params"]["message"])

    def test_ended_and_ending_positions_get_no_proposal(self):
        self._follow_cost(self.position)
        self.seats.standard_price = 11.0
        self._version(self.contract, day(5, 20), [{"action": "terminate"}])
        self.contract.action_check_prices()
        self.assertEqual(self._proposals(self.contract), [])
        self.assertEqual(
            self.position.price_note, "The contract ends before a new price could hold."
        )
        with freeze_time("2026-06-03 12:00:00"):
            self.contract.action_check_prices()
        self.assertFalse(self.position.price_note)

    def test_night_takes_all_contracts_and_each_once(self):
        contracts = self.contract
        for _number in range(4):
            contracts |= self._contract(day(1), [(self.seats, 1, 12.50)])
        for position in contracts.position_ids:
            self._follow_cost(position)
        self.seats.standard_price = 11.0
        self._night()
        self.assertEqual(len(contracts.version_ids.filtered("proposed_prices")), 5)
        self.seats.standard_price = 12.0
        self._night()
        prices = contracts.version_ids.filtered("proposed_prices").change_ids
        self.assertEqual(set(prices.mapped("price_unit")), {13.75}, "once a day")

    def test_a_product_names_its_rule_and_positions_take_it_over(self):
        self.seats.msp_price_rule_id = self.rule
        contract = self._contract(day(1), [(self.seats, 1, 9.0), (self.backup, 1, 5.0)])
        self.assertRecordValues(
            contract.position_ids,
            [
                {"price_source": "cost", "price_rule_id": self.rule.id},
                {"price_source": "fixed", "price_rule_id": False},
            ],
        )

    def test_a_rule_needs_numbers_in_their_range(self):
        for values in (
            {"basis": "margin", "percent": 100},
            {"percent": -101},
            {"percent": 5, "ending": 0.1},
            {"percent": 5, "step": 1.0, "ending": 1.0},
            {"percent": 5, "step": -1.0},
            {"percent": 5, "floor": 1.0, "currency_id": False},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self._price_rule(**values)

    def test_a_rule_that_rounds_in_another_currency_is_refused(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        rule = self._price_rule(percent=5, step=0.05, currency_id=euro.id)
        with self.assertRaisesRegex(ValidationError, "rounds in EUR .* is in USD"):
            self._follow_cost(self.position, rule)
        self.seats.msp_price_rule_id = rule
        contract = self._contract(day(1), [(self.seats, 1, 9.0)])
        self.assertEqual(contract.position_ids.price_source, "fixed")

    def test_a_position_that_follows_its_cost_needs_a_rule(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.position.price_source = "cost"
            self.env.flush_all()

    def test_proposals_are_the_checks_only(self):
        version = self.env["msp.contract.version"].create(
            {
                "contract_id": self.contract.id,
                "date_start": day(6),
                "cause": "price",
                "proposed_prices": {"day": "2026-06-01", "prices": {}},
            }
        )
        self.assertFalse(version.proposed_prices)
        with self.assertRaisesRegex(UserError, "are set by activating it"):
            version.write({"proposed_prices": {"day": "2026-06-01"}})

    def test_who_may_check_and_dismiss(self):
        clerk = self._role_user("clerk", "group_billing_clerk")
        manager = self._role_user("manager", "group_account_manager")
        self._follow_cost(self.position)
        self.seats.standard_price = 11.0
        with self.assertRaises(AccessError):
            self.contract.with_user(clerk).action_check_prices()
        self.contract.with_user(manager).action_check_prices()
        draft = self._drafts(self.contract)
        self.assertEqual(draft.change_ids.price_unit, 13.75)
        with self.assertRaises(AccessError):
            draft.with_user(clerk).action_dismiss_prices()
        draft.with_user(manager).action_dismiss_prices()
        self.assertFalse(draft.exists())
