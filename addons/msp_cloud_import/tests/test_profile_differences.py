from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .profile_common import ProfileCommon, change, csv_file, recurring


@tagged("post_install", "-at_install")
class TestProfileDifferences(ProfileCommon):
    """Files that say how many seats more or fewer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(cls.customer, [(cls.suite, 12, 15.0)])
        cls.position = cls.contract.position_ids

    def _prepare(self, *rows, name="export.csv"):
        import_ = self._import(csv_file(rows), name)
        if import_.state == "columns":
            import_.profile_id.action_confirm()
        return self._ready(import_)

    def test_difference_moves_the_contract(self):
        import_ = self._prepare(change(3, "2026-03-20"))
        self.assertRecordValues(
            import_.change_ids,
            [
                {
                    "kind": "set",
                    "state": "proposed",
                    "old_quantity": 12.0,
                    "quantity": 15.0,
                    "difference": 3.0,
                    "position_id": self.position.id,
                }
            ],
        )
        import_.action_apply()
        self.assertEqual(
            self._content(self.position),
            [(date(2026, 1, 1), 12.0), (date(2026, 3, 20), 15.0)],
        )
        import_.action_prepare()
        import_.action_apply()
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 20), 15.0))

    def test_quantity_and_difference_in_one_file(self):
        import_ = self._prepare(recurring(12), change(3, "2026-03-20"))
        import_.action_apply()
        self.assertEqual(
            self._content(self.position),
            [(date(2026, 1, 1), 12.0), (date(2026, 3, 20), 15.0)],
        )

    def test_differences_of_several_days_add_up(self):
        import_ = self._prepare(change(3, "2026-03-10"), change(-5, "2026-03-20"))
        self.assertEqual(
            import_.change_ids.sorted("date_start").mapped("quantity"), [15.0, 10.0]
        )
        import_.action_apply()
        self.assertEqual(
            self._content(self.position)[1:],
            [(date(2026, 3, 10), 15.0), (date(2026, 3, 20), 10.0)],
        )

    def test_backdated_difference_keeps_what_came_later(self):
        self._version(
            self.contract,
            date(2026, 3, 25),
            {
                "action": "set",
                "position_id": self.position.id,
                "quantity_mode": "move",
                "quantity": 1,
            },
        )
        self._prepare(change(3, "2026-03-10")).action_apply()
        self.assertEqual(
            self._content(self.position)[1:],
            [(date(2026, 3, 10), 15.0), (date(2026, 3, 25), 16.0)],
        )

    def test_difference_to_nothing_ends_the_position(self):
        import_ = self._prepare(change(-12, "2026-03-20"))
        self.assertEqual(import_.change_ids.kind, "end")
        import_.action_apply()
        self.assertEqual(self.position.date_end, date(2026, 3, 19))

    def test_difference_below_nothing_waits(self):
        import_ = self._prepare(change(-13, "2026-03-10"), change(2, "2026-03-20"))
        first, second = import_.change_ids.sorted("date_start")
        self.assertEqual(import_.change_ids.mapped("state"), ["waiting", "waiting"])
        self.assertIn("-13", first.error)
        self.assertIn("12", first.error)
        self.assertIn("earlier change", second.error)
        self.assertEqual(import_.provider_charge_ids.mapped("state"), ["waiting"] * 2)
        import_.action_apply()
        self.assertEqual(self._content(self.position), [(date(2026, 1, 1), 12.0)])

    def test_difference_of_nothing_under_contract_waits(self):
        self._product("Contoso Mail", 4.0, default_code="MAIL:0001")
        import_ = self._prepare(
            change(3, "2026-03-20", MPN="MAIL:0001", **{"Subscription ID": "2001007"})
        )
        self.assertEqual(import_.change_ids.state, "waiting")
        self.assertIn("+3", import_.change_ids.error)
        self.assertIn("not under contract", import_.change_ids.error)
        self.assertFalse(import_.version_ids)

    def test_row_that_came_before_does_not_move_twice(self):
        self._prepare(change(3, "2026-03-20")).action_apply()
        second = self._prepare(
            change(3, "2026-03-20"), change(2, "2026-03-20"), name="corrected.csv"
        )
        self.assertEqual(second.change_ids.difference, 2.0)
        second.action_apply()
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 20), 17.0))
        states = second.provider_charge_ids.sorted("row").mapped("state")
        self.assertEqual(states, ["ignored", "applied"])

    def test_withdrawn_difference_is_taken_back(self):
        import_ = self._prepare(change(3, "2026-03-20"))
        import_.action_apply()
        import_._withdraw("wrong")
        self.assertEqual(self._content(self.position), [(date(2026, 1, 1), 12.0)])

    def test_rows_of_a_withdrawn_import_count_in_the_next_one(self):
        first = self._prepare(change(3, "2026-03-20"))
        first.action_apply()
        rows = (change(3, "2026-03-20"), change(2, "2026-03-25"))
        second = self._prepare(*rows, name="b.csv")
        third = self._prepare(*rows, recurring(17, "2026-04-05"), name="c.csv")
        second.action_apply()
        first._withdraw("wrong")
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 25), 14.0))
        row = second.provider_charge_ids.sorted("row")[0]
        self.assertEqual((row.state, row.known_charge_id.ids), ("waiting", []))
        # Only one of the others counts it.
        self.assertEqual(
            third.provider_charge_ids.sorted("row")[0].known_charge_id, row
        )
        second.action_prepare()
        second.action_apply()
        self.assertEqual(
            self._content(self.position)[1:],
            [(date(2026, 3, 20), 15.0), (date(2026, 3, 25), 17.0)],
        )

    def test_prepared_import_is_prepared_again_when_rows_come_to_it(self):
        first = self._prepare(change(3, "2026-03-20"))
        second = self._prepare(
            change(3, "2026-03-20"), change(2, "2026-03-25"), name="b.csv"
        )
        first._withdraw("wrong")
        self.assertEqual(second.state, "mapped")
        with self.assertRaises(UserError):
            second.action_apply()

    def test_import_that_left_out_a_difference_is_withdrawn_first(self):
        first = self._prepare(change(3, "2026-03-20"))
        first.action_apply()
        second = self._prepare(
            change(3, "2026-03-20"), change(2, "2026-03-20"), name="b.csv"
        )
        second.action_apply()
        with self.assertRaises(UserError) as caught:
            first._withdraw("wrong")
        self.assertIn(second.name, str(caught.exception))
        second._withdraw("wrong")
        first._withdraw("wrong")
        self.assertEqual(self._content(self.position), [(date(2026, 1, 1), 12.0)])

    def test_same_difference_at_another_amount_does_not_move_twice(self):
        first = self._prepare(change(3, "2026-03-20"))
        first.action_apply()
        second = self._prepare(
            change(3, "2026-03-20", **{"Net Cost": "14.20"}), name="corrected.csv"
        )
        self.assertEqual(second.provider_charge_ids.compare_kind, "changed")
        self.assertEqual(second.change_ids.state, "no_change")
        second.action_apply()
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 20), 15.0))

    def test_file_without_invoice_number_is_named_by_its_file(self):
        import_ = self._prepare(change(3, "2026-03-20"), name="march.csv")
        self.assertFalse(import_.invoice_numbers)
        import_.action_apply()
        self.assertEqual(
            import_.version_ids.reason, "Ingram Micro Cloud, file march.csv"
        )

    def test_period_billed_again_at_another_price_is_no_second_quantity(self):
        import_ = self._prepare(
            recurring(12),
            recurring(-12),
            recurring(12, **{"Net Cost": "100.00"}),
        )
        self.assertEqual(import_.change_ids.mapped("state"), ["no_change"])
        self.assertEqual(import_.change_ids.quantity, 12.0)

    def test_rows_of_a_deleted_import_count_in_the_next_one(self):
        first = self._prepare(change(3, "2026-03-20"))
        second = self._prepare(
            change(3, "2026-03-20"), change(2, "2026-03-25"), name="b.csv"
        )
        third = self._prepare(
            change(3, "2026-03-20"), change(1, "2026-03-26"), name="c.csv"
        )
        first.with_user(self.administrator).unlink()
        row, again = (
            one.provider_charge_ids.sorted("row")[0] for one in (second, third)
        )
        self.assertFalse(row.known_charge_id)
        self.assertEqual(again.known_charge_id, row)
        for import_ in (second, third):
            import_.action_prepare()
            import_.action_apply()
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 26), 18.0))
