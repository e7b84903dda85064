from datetime import date

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
