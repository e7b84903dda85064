import psycopg2

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ContractCommon, day


@tagged("post_install", "-at_install")
class TestContractVersions(ContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.position = cls.contract.position_ids

    def test_first_version_makes_lines_and_terms(self):
        self.assertEqual(self.contract.version_ids.number, 1)
        self.assertEqual(self.contract.state, "active")
        self.assertEqual(
            self._content(self.contract),
            [("Business Premium", day(1), False, 10, 12.5)],
        )
        self.assertEqual(self.contract.terms_ids.name, "Monthly, in advance")

    def test_price_for_july_then_seats_for_may_equals_the_other_order(self):
        self._set(self.position, day(7), price=13.10)
        self._set(self.position, day(5), move=2)
        other = self._contract(day(1), [(self.seats, 10, 12.50)])
        self._set(other.position_ids, day(5), move=2)
        self._set(other.position_ids, day(7), price=13.10)
        expected = [
            ("Business Premium", day(1), day(4, 30), 10, 12.5),
            ("Business Premium", day(5), day(6, 30), 12, 12.5),
            ("Business Premium", day(7), False, 12, 13.1),
        ]
        self.assertEqual(self._content(self.contract), expected)
        self.assertEqual(self._content(other), expected)

    def test_line_names_the_versions_it_rests_on(self):
        self._set(self.position, day(5), move=2)
        lines = self.contract.line_ids.sorted("date_start")
        self.assertEqual(lines.mapped("version_numbers"), [[1], [1, 2]])

    def test_new_price_without_interval_is_for_the_time_of_the_old_one(self):
        """A price per year must not become one per month of the billing period."""
        change = {"action": "set", "position_id": self.position.id, "sets_price": True}
        values = {**change, "price_unit": 120, "price_interval": "12"}
        self._version(self.contract, day(2), [values])
        self._set(self.position, day(3), price=240)
        lines = self.contract.line_ids.sorted("date_start")
        self.assertEqual(lines.mapped("price_interval"), ["0", "12", "12"])
        # 10 x 12.50, then a twelfth of 10 x 120 and of 10 x 240
        run = self._run(day(3))
        self.assertEqual(run.line_ids.amount, 125 + 100 + 200)

    def test_pitfall_055_temporary_change_undoes_itself(self):
        self._set(self.position, day(2), quantity=20, date_end=day(3, 31))
        self.assertEqual(
            [line[1:4] for line in self._content(self.contract)],
            [
                (day(1), day(1, 31), 10),
                (day(2), day(3, 31), 20),
                (day(4), False, 10),
            ],
        )

    def test_withdrawn_version_is_as_if_never_recorded(self):
        version = self._set(self.position, day(3), quantity=99)
        version._withdraw("typing error")
        self.assertEqual(version.state, "withdrawn")
        self.assertEqual(len(self.contract.line_ids), 1)
        self.assertEqual(self.contract.line_ids.quantity, 10)

    def test_pitfall_017_stop_ends_one_position_only(self):
        backup = self.env["msp.contract.position"].create(
            {"contract_id": self.contract.id, "product_id": self.backup.id}
        )
        self._version(
            self.contract,
            day(2),
            [
                {
                    "action": "begin",
                    "position_id": backup.id,
                    "quantity_mode": "set",
                    "quantity": 1,
                    "sets_price": True,
                    "price_unit": 30,
                }
            ],
        )
        self._end(self.position, day(4))
        self.assertEqual(
            [line[:3] for line in self._content(self.contract)],
            [
                ("Business Premium", day(1), day(3, 31)),
                ("Backup", day(2), False),
            ],
        )

    def test_change_of_position_that_does_not_exist_is_marked(self):
        self._end(self.position, day(4))
        version = self._set(self.position, day(5), quantity=7)
        self.assertTrue(version.change_ids.is_ineffective)
        self.assertEqual(self.contract.line_ids.date_end, day(3, 31))

    def test_quantity_below_zero_is_refused_with_names(self):
        with self.assertRaisesRegex(UserError, "Business Premium would fall below 0"):
            self._set(self.position, day(2), move=-11)

    def test_termination_sets_last_day_and_withdrawal_removes_it(self):
        version = self._version(self.contract, day(6), [{"action": "terminate"}])
        self.assertEqual(self.contract.date_end, day(5, 31))
        version._withdraw("customer stays")
        self.assertFalse(self.contract.date_end)

    def test_price_interval_must_fit_the_rhythm(self):
        weekly = {"billing_unit": "week"}
        with self.assertRaisesRegex(UserError, "price of Business Premium"):
            self._version(
                self.contract,
                day(3),
                [
                    {"action": "terms", "anchor_date": day(3, 2), **weekly},
                    {
                        "action": "set",
                        "position_id": self.position.id,
                        "sets_price": True,
                        "price_unit": 120,
                        "price_interval": "12",
                    },
                ],
            )

    def test_draft_that_contradicts_a_newer_version_is_refused_until_checked(self):
        draft = self.env["msp.contract.version"].create(
            {
                "contract_id": self.contract.id,
                "date_start": day(3),
                "change_ids": [
                    Command.create(
                        {
                            "action": "set",
                            "position_id": self.position.id,
                            "quantity_mode": "set",
                            "quantity": 15,
                        }
                    )
                ],
            }
        )
        self._set(self.position, day(2), price=13)
        self._set(self.position, day(2, 15), quantity=12)
        with self.assertRaisesRegex(UserError, "version 3"):
            draft.action_activate()
        draft.action_take_as_base()
        draft.action_activate()
        self.assertEqual(draft.number, 4)

    def test_recorded_versions_cannot_be_changed_by_anybody(self):
        version = self.contract.version_ids
        for records in (version, version.sudo()):
            with self.assertRaisesRegex(UserError, "is recorded"):
                records.write({"date_start": day(2)})
            with self.assertRaisesRegex(UserError, "is recorded"):
                records.change_ids[:1].write({"quantity": 1})
            with self.assertRaisesRegex(UserError, "is recorded"):
                records.unlink()
            with self.assertRaisesRegex(UserError, "is recorded"):
                self.contract.sudo().write(
                    {
                        "version_ids": [
                            Command.update(version.id, {"reason": "by x2many"})
                        ]
                    }
                )
            with self.assertRaisesRegex(UserError, "is recorded"):
                records.env["msp.contract.change"].create(
                    {"version_id": version.id, "action": "terminate"}
                )

    def test_state_and_number_cannot_be_given_from_outside(self):
        version = self.env["msp.contract.version"].create(
            {
                "contract_id": self.contract.id,
                "date_start": day(3),
                "state": "active",
                "number": 50,
            }
        )
        self.assertEqual((version.state, version.number), ("draft", 0))
        with self.assertRaisesRegex(UserError, "by activating it"):
            version.write({"state": "active"})

    def test_lines_and_charges_cannot_be_written_by_superuser(self):
        for model in ("msp.contract.line", "msp.contract.terms", "msp.charge"):
            records = self.env[model].sudo()
            with self.assertRaisesRegex(UserError, "made by the system"):
                records.create({"contract_id": self.contract.id})
        with self.assertRaisesRegex(UserError, "made by the system"):
            self.contract.line_ids.sudo().write({"quantity": 1})
        with self.assertRaisesRegex(UserError, "made by the system"):
            self.contract.sudo().write(
                {"line_ids": [Command.delete(self.contract.line_ids.id)]}
            )

    def test_database_refuses_overlapping_lines(self):
        vals = self.contract._prepare_line_vals(self.contract._fold())
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.ExclusionViolation),
            self.env.cr.savepoint(),
        ):
            self.env["msp.contract.line"]._system_create(vals)

    def test_customer_and_currency_are_fixed_once_active(self):
        with self.assertRaisesRegex(UserError, "are fixed"):
            self.contract.partner_id = self.partner_b
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            self.contract.unlink()

    def test_amend_wizard_records_only_what_differs(self):
        amend = self.env["msp.contract.amend"].create(
            {
                "contract_id": self.contract.id,
                "date_start": day(3),
                "reason": "two new colleagues",
            }
        )
        with self.assertRaisesRegex(UserError, "Nothing is different"):
            amend.action_apply()
        amend.line_ids.quantity = 12
        amend.write(
            {
                "line_ids": [
                    Command.create({"product_id": self.backup.id, "quantity": 1})
                ]
            }
        )
        amend.action_apply()
        version = self.contract.version_ids.sorted("number")[-1]
        self.assertEqual(
            version.change_ids.mapped("action"),
            ["set", "begin"],
        )
        self.assertFalse(version.change_ids[0].sets_price)
        self.assertEqual(version.reason, "two new colleagues")
        self.assertEqual(
            [line[:4] for line in self._content(self.contract)],
            [
                ("Business Premium", day(1), day(2, 28), 10),
                ("Business Premium", day(3), False, 12),
                ("Backup", day(3), False, 1),
            ],
        )

    def test_amend_form_sends_what_the_web_client_sends(self):
        form = self._dialog(self.contract.action_amend())
        form.date_start = day(3)
        with form.line_ids.edit(0) as line:
            self.assertEqual((line.old_quantity, line.quantity), (10, 10))
            line.quantity = 12
        with form.line_ids.new() as line:
            line.product_id = self.backup
            self.assertEqual(line.price_unit, 30.00)
        form.save().action_apply()
        version = self.contract.version_ids.sorted("number")[-1]
        self.assertEqual(version.change_ids.mapped("action"), ["set", "begin"])
        self.assertEqual(version.change_ids[0].position_id, self.position)
        self.assertEqual(
            [line[:4] for line in self._content(self.contract)],
            [
                ("Business Premium", day(1), day(2, 28), 10),
                ("Business Premium", day(3), False, 12),
                ("Backup", day(3), False, 1),
            ],
        )
