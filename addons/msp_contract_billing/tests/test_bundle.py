import psycopg2

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .bundle_common import BundleCommon
from .common import day


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestBundleProduct(BundleCommon):
    """What one unit of a bundle consists of."""

    def _add(self, product, component):
        product.product_tmpl_id.msp_bundle_line_ids = [
            Command.create({"product_id": component.id})
        ]

    def test_a_bundle_does_not_contain_itself(self):
        with self.assertRaisesRegex(ValidationError, "Workplace cannot contain itself"):
            self._add(self.workplace, self.workplace)

    def test_there_is_no_bundle_in_a_bundle_from_either_side(self):
        with self.assertRaisesRegex(
            ValidationError, "Workplace is a bundle, so bundle Backup cannot contain it"
        ):
            self._add(self.backup, self.workplace)
        with self.assertRaisesRegex(
            ValidationError,
            "Business Premium is a bundle, so bundle Workplace cannot contain it",
        ):
            self._add(self.seats, self.backup)

    def test_a_component_is_named_once_and_more_than_0(self):
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self._add(self.workplace, self.mailbox)
        line = self.workplace.msp_bundle_line_ids[0]
        with (
            self.assertRaises(psycopg2.errors.CheckViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            line.quantity = 0
            line.flush_recordset()

    def test_a_component_of_another_company_is_refused(self):
        other = self.setup_other_company()["company"]
        here = self.workplace.product_tmpl_id
        here.company_id = self.env.company
        self.backup.company_id = other
        with self.assertRaises(UserError):
            self._add(self.workplace, self.backup)


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestBundle(BundleCommon):
    """A bundle has the price, its components follow it."""

    def test_components_begin_with_the_bundle_and_have_no_price(self):
        contract = self._bundle(day(1))
        bundle = self._position(contract, self.workplace)
        self.assertRecordValues(
            contract.current_line_ids,
            [
                {
                    "product_id": self.workplace.id,
                    "bundle_id": False,
                    "quantity": 10,
                    "price_unit": 50.0,
                    "pricing_label": False,
                    "amount_month": 500.0,
                },
                {
                    "product_id": self.seats.id,
                    "bundle_id": bundle.id,
                    "quantity": 10,
                    "price_unit": 0.0,
                    "pricing_label": "included in another price",
                    "amount_month": 0.0,
                },
                {
                    "product_id": self.mailbox.id,
                    "bundle_id": bundle.id,
                    "quantity": 20,
                    "price_unit": 0.0,
                    "pricing_label": "included in another price",
                    "amount_month": 0.0,
                },
            ],
        )
        self.assertTrue(contract.has_bundles)
        self.assertFalse(contract.has_schemes)
        self.assertEqual(len(contract.version_ids), 1)

    def test_components_follow_sets_moves_and_the_end(self):
        contract = self._bundle(day(1))
        bundle = self._position(contract, self.workplace)
        self._set(bundle, day(5), quantity=12)
        self._set(bundle, day(3), move=3)
        self._end(bundle, day(8))
        expected = {
            day(2): (10, 10, 20),
            day(3): (13, 13, 26),
            day(5): (12, 12, 24),
        }
        for date_, (bundles, seats, mailboxes) in expected.items():
            self.assertEqual(
                self._quantities(contract, date_),
                {
                    "Workplace": bundles,
                    "Business Premium": seats,
                    "Mailbox": mailboxes,
                },
            )
        self.assertFalse(contract.line_ids._on(day(8)))

    def test_a_withdrawn_change_is_withdrawn_for_the_components_too(self):
        contract = self._bundle(day(1))
        version = self._set(self._position(contract, self.workplace), day(2), move=5)
        self.assertEqual(self._quantities(contract, day(2))["Mailbox"], 30)
        version._withdraw("Typed wrongly")
        self.assertEqual(self._quantities(contract, day(2))["Mailbox"], 20)

    def test_a_bundle_that_begins_again_has_its_components_again(self):
        contract = self._bundle(day(1))
        bundle = self._position(contract, self.workplace)
        self._end(bundle, day(2))
        self._version(contract, day(3), [bundle._prepare_begin_vals(4, 50.0, "1")])
        self.assertEqual(len(contract.position_ids), 3)
        self.assertEqual(
            self._quantities(contract, day(3)),
            {"Workplace": 4, "Business Premium": 4, "Mailbox": 8},
        )

    def test_a_suspended_bundle_takes_its_components_along(self):
        contract = self._bundle(day(1))
        bundle = self._position(contract, self.workplace)
        change = {"action": "suspend", "position_id": bundle.id, "billed_share": 0}
        self._version(contract, day(2), [change])
        lines = contract.line_ids._on(day(2))
        self.assertEqual(lines.mapped("billed_share"), [0.0, 0.0, 0.0])

    def test_what_the_product_consists_of_later_changes_no_contract(self):
        contract = self._bundle(day(1))
        self.workplace.msp_bundle_line_ids.filtered(
            lambda line: line.product_id == self.mailbox
        ).quantity = 5
        self._set(self._position(contract, self.workplace), day(4), quantity=11)
        self.assertEqual(self._quantities(contract, day(4))["Mailbox"], 22)

    def test_a_draft_shows_its_components_and_loses_them_with_the_bundle(self):
        contract = self._bundle(day(1))
        position = self.env["msp.contract.position"].create(
            {"contract_id": contract.id, "product_id": self.workplace.id}
        )
        draft = self.env["msp.contract.version"].create(
            {
                "contract_id": contract.id,
                "date_start": day(2),
                "change_ids": [
                    Command.create(position._prepare_begin_vals(1, 50.0, "1"))
                ],
            }
        )
        self.assertEqual(
            [(c.position_id.name, c.quantity) for c in draft.change_ids],
            [("Workplace", 1), ("Business Premium", 1), ("Mailbox", 2)],
        )
        draft.change_ids[0].unlink()
        self.assertFalse(draft.change_ids.exists())

    def test_a_quantity_of_its_own_differs_from_the_bundle_and_costs_nothing(self):
        contract = self._bundle(day(1))
        mailbox = self._position(contract, self.mailbox)
        self.assertFalse(mailbox.differs_from_bundle)
        self._set(mailbox, day(2), quantity=23)
        self.assertTrue(mailbox.differs_from_bundle)
        self.assertEqual(mailbox.bundled_quantity, 20)
        search = self.env["msp.contract.position"].search
        mine = [("contract_id", "=", contract.id)]
        self.assertEqual(search([*mine, ("differs_from_bundle", "=", True)]), mailbox)
        others = search([*mine, ("differs_from_bundle", "=", False)])
        self.assertEqual(others, contract.position_ids - mailbox)
        self.assertEqual(self._amounts_due(contract, day(3)), [500.0] * 3)
        # The bundle says how many there are from the next quantity on.
        self._set(self._position(contract, self.workplace), day(3), quantity=11)
        self.assertFalse(mailbox.differs_from_bundle)
        self.assertEqual(mailbox.quantity, 22)

    def test_a_component_cannot_get_a_price(self):
        contract = self._bundle(day(1))
        mailbox = self._position(contract, self.mailbox)
        with self.assertRaisesRegex(
            ValidationError, "Mailbox is included in the price of Workplace"
        ):
            self._set(mailbox, day(2), price=3.0)
        begin = {
            "action": "begin",
            "position_id": mailbox.id,
            "quantity_mode": "set",
            "quantity": 1,
            "sets_price": True,
            "price_unit": 0.0,
        }
        with self.assertRaisesRegex(ValidationError, "has none of its own"):
            self._version(contract, day(2), [begin])

    def test_what_a_running_position_is_part_of_is_fixed(self):
        contract = self._bundle(day(1))
        mailbox = self._position(contract, self.mailbox)
        for vals in ({"bundle_id": False}, {"bundle_quantity": 3}):
            with self.assertRaisesRegex(UserError, "what Mailbox is part of"):
                mailbox.write(vals)

    def test_components_are_one_level_below_a_position_of_the_same_contract(self):
        contract, other = self._bundle(day(1)), self._bundle(day(1))
        positions = self.env["msp.contract.position"]
        values = {"contract_id": contract.id, "product_id": self.backup.id}
        with self.assertRaisesRegex(ValidationError, "belongs to contract"):
            positions.create(
                {**values, "bundle_id": self._position(other, self.workplace).id}
            )
        with self.assertRaisesRegex(ValidationError, "no bundle in a bundle"):
            positions.create(
                {**values, "bundle_id": self._position(contract, self.mailbox).id}
            )

    def test_invoices_of_bundles_are_those_without_components(self):
        """One year of changes, billed month by month and corrected."""
        plain = self._product("Workplace alone", 50.00, msp_recurring=True)
        alone = self._contract(day(1), [(plain, 10, 50.0)])
        contract = self._bundle(day(1))
        for one, product in ((alone, plain), (contract, self.workplace)):
            position = self._position(one, product)
            self._run(day(2), contracts=one)
            self._set(position, day(1, 15), move=2)
            self._run(day(3), contracts=one)
            self._run(day(3), "differential", one)
            self._set(position, day(2), quantity=7)
            self._end(position, day(4, 11))
            self._run(day(5), contracts=one)
            self._run(day(5), "differential", one)
            self.assertSettled(one, day(5))
        self.assertEqual(
            [row[2] for row in self._claims(contract)],
            [row[2] for row in self._claims(alone)],
        )
        # 12 x 50 from 15 January, 7 x 50 from February, 10 days of April
        total = sum(contract.charge_ids.filtered("counts").mapped("amount"))
        self.assertAlmostEqual(total, 500 + 100 * 17 / 31 + 350 * 2 + 350 / 3, 2)
        self.assertEqual(
            contract.charge_ids.position_id, self._position(contract, self.workplace)
        )

    def test_an_unfolded_bundle_says_on_the_invoice_what_it_consists_of(self):
        contract = self._bundle(day(1))
        position = self._position(contract, self.workplace)
        run = self._run(day(1), contracts=contract)
        self.assertNotIn("Mailbox", run.move_ids.invoice_line_ids.name)
        position.bundle_display = "unfolded"
        self._end(self._position(contract, self.seats), day(2))
        run = self._run(day(2), contracts=contract)
        self.assertIn("Consists of: 20 × Mailbox", run.move_ids.invoice_line_ids.name)
        self.assertNotIn("Business Premium", run.move_ids.invoice_line_ids.name)
