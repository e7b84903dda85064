from datetime import date

from odoo.tests import freeze_time, tagged

from .usage_common import UsageCommon, used


@freeze_time("2026-05-20 12:00:00")
@tagged("post_install", "-at_install")
class TestLateUsage(UsageCommon):
    """Usage that comes late, is rated again, or is taken back."""

    def setUp(self):
        super().setUp()
        self.contract = self._usage_contract()
        self.position = self._begin(self.contract)

    def _amounts(self, import_):
        return import_.change_ids.filtered(lambda change: change.kind == "amounts")

    def test_pitfall_078_late_rows_are_marked_and_billed_by_the_difference(self):
        self._applied(used(date(2026, 3, 1), "100.00"))
        self.assertAlmostEqual(self._bill(self.contract, date(2026, 4, 1)), 120.0)
        late = self._prepared(
            used(date(2026, 3, 30), "10.00", MeterId="m-2", InvoiceNumber="G2"),
        )
        change = self._amounts(late)
        self.assertTrue(change.is_late)
        self.assertIn("Late", change.note)
        self.assertEqual((change.usage_before, change.usage_after), (100.0, 110.0))
        self.assertEqual(
            (change.customer_before, change.customer_after), (120.0, 132.0)
        )
        late.action_apply()
        # Not in silence: the regular run leaves it to the differential one.
        self.assertAlmostEqual(self._bill(self.contract, date(2026, 4, 1)), 0.0)
        bill = self._bill(self.contract, date(2026, 4, 1), "differential")
        self.assertAlmostEqual(bill, 12.0)

    def test_pitfall_078_rated_again_replaces_the_older_state(self):
        first = self._applied(
            used(date(2026, 3, 1), "100.00"),
            used(date(2026, 3, 1), "5.00", MeterId="m-2"),
        )
        self.assertAlmostEqual(self._bill(self.contract, date(2026, 4, 1)), 126.0)
        # The same invoice, downloaded again: one line is cheaper, one is the same.
        again = self._prepared(
            used(date(2026, 3, 1), "80.00"),
            used(date(2026, 3, 1), "5.00", MeterId="m-2"),
        )
        rows = again.provider_charge_ids.sorted("row")
        self.assertEqual(rows.mapped("state"), ["matched", "ignored"])
        old = first.provider_charge_ids.sorted("row")
        self.assertEqual(rows[0].previous_charge_id, old[0])
        self.assertEqual(rows[1].known_charge_id, old[1])
        change = self._amounts(again)
        self.assertEqual((change.usage_before, change.usage_after), (105.0, 85.0))
        again.action_apply()
        self.assertEqual(
            sorted(first.dated_amount_ids.mapped("state")), ["counts", "replaced"]
        )
        bill = self._bill(self.contract, date(2026, 4, 1), "differential")
        self.assertAlmostEqual(bill, -24.0)
        # Taken back, the older state holds again.
        again._withdraw("wrong file")
        self.assertEqual(first.dated_amount_ids.mapped("state"), ["counts"] * 2)
        bill = self._bill(self.contract, date(2026, 4, 1), "differential")
        self.assertAlmostEqual(bill, 24.0)

    def test_the_middle_of_three_states_is_withdrawn(self):
        imports = [
            self._applied(used(date(2026, 3, 1), cost)) for cost in ("10", "20", "30")
        ]
        states = [one.dated_amount_ids.state for one in imports]
        self.assertEqual(states, ["replaced", "replaced", "counts"])
        imports[1]._withdraw("wrong")
        states = [one.dated_amount_ids.state for one in imports]
        self.assertEqual(states, ["replaced", "withdrawn", "counts"])
        imports[2]._withdraw("wrong")
        states = [one.dated_amount_ids.state for one in imports]
        self.assertEqual(states, ["counts", "withdrawn", "withdrawn"])

    def test_an_older_state_applied_later_changes_nothing(self):
        first = self._prepared(used(date(2026, 3, 1), "10.00"))
        second = self._applied(used(date(2026, 3, 1), "20.00"))
        self.assertEqual(first.state, "mapped")
        first.action_prepare()
        first.action_apply()
        self.assertFalse(first.dated_amount_ids)
        self.assertEqual(second.dated_amount_ids.state, "counts")
        self.assertAlmostEqual(self._bill(self.contract, date(2026, 4, 1)), 24.0)

    def test_an_older_state_prepared_later_stands_aside(self):
        first = self._read(used(date(2026, 3, 1), "10.00"))
        second = self._applied(used(date(2026, 3, 1), "20.00"))
        self._assign(first)
        first.action_prepare()
        self.assertFalse(self._amounts(first))
        self.assertEqual(first.provider_charge_ids.state, "ignored")
        self.assertIn(second.name, first.provider_charge_ids.state_reason)

    def test_rated_again_at_another_price_is_not_billed_twice(self):
        """The price is part of a row's key: the old row is missing, the new one new."""
        other = used(date(2026, 3, 1), "5.00", MeterId="m-2", MeterName="IP")
        first = self._applied(used(date(2026, 3, 1), "2.40"), other)
        self.assertAlmostEqual(self._bill(self.contract, date(2026, 4, 1)), 8.88)
        cheaper = {"UnitPrice": "0.05", "EffectiveUnitPrice": "0.05"}
        again = self._prepared(
            used(date(2026, 3, 1), "1.20", **cheaper), other, name="again.csv"
        )
        change = self._amounts(again)
        self.assertEqual(change.state, "waiting")
        self.assertIn("missing in this file", change.error)
        self.assertEqual(first.dated_amount_ids.mapped("state"), ["counts"] * 2)
        again.gone_charge_ids.action_take_back()
        again.action_prepare()
        again.action_apply()
        self.assertEqual(self._amounts(again).state, "applied")
        bill = self._bill(self.contract, date(2026, 4, 1), "differential")
        self.assertAlmostEqual(bill, -1.44)

    def test_a_line_that_is_gone_is_taken_back_on_request(self):
        rows = [
            used(date(2026, 3, 1), "100.00"),
            used(date(2026, 3, 1), "5.00", MeterId="m-2", MeterName="IP"),
        ]
        first = self._applied(*rows)
        self.assertAlmostEqual(self._bill(self.contract, date(2026, 4, 1)), 126.0)
        again = self._applied(rows[0], name="again.csv")
        gone = again.gone_charge_ids
        self.assertEqual(gone.billed_cost, 5.0)
        self.assertEqual(first.dated_amount_ids.mapped("state"), ["counts"] * 2)
        gone.action_take_back()
        self.assertEqual(
            sorted(first.dated_amount_ids.mapped("state")), ["counts", "withdrawn"]
        )
        bill = self._bill(self.contract, date(2026, 4, 1), "differential")
        self.assertAlmostEqual(bill, -6.0)
        again._withdraw("wrong file")
        self.assertEqual(first.dated_amount_ids.mapped("state"), ["counts"] * 2)

    def test_withdrawn_after_billing_is_credited(self):
        import_ = self._applied(used(date(2026, 3, 1), "100.00"))
        self.assertAlmostEqual(self._bill(self.contract, date(2026, 4, 1)), 120.0)
        wizard = self.env["msp.import.withdraw"].create(
            {"import_id": import_.id, "reason": "wrong file"}
        )
        # Who withdraws it is told what was billed.
        self.assertEqual(wizard.billed_count, 1)
        wizard.action_withdraw()
        self.assertEqual(import_.dated_amount_ids.state, "withdrawn")
        bill = self._bill(self.contract, date(2026, 4, 1), "differential")
        self.assertAlmostEqual(bill, -120.0)

    def test_pitfall_079_the_month_is_that_of_the_usage(self):
        contract = self._contract(
            self._partner(
                "Zweite GmbH", property_account_receivable_id=self.receivable.id
            ),
            [(self.premium, 1, 20.0)],
            date(2026, 1, 20),
        )
        self.env["msp.customer.mapping"].create(
            {
                "provider_id": self.provider.id,
                "company_id": self.company.id,
                "external_id": "11111111-0000-4000-8000-000000000005",
                "external_name": "Zweite GmbH",
                "partner_id": contract.partner_id.id,
            }
        )
        position = self._begin(contract, date(2026, 1, 20))
        other = {"CustomerId": "11111111-0000-4000-8000-000000000005"}
        import_ = self._applied(
            used(date(2026, 3, 31), "10.00", **other),
            used(
                date(2026, 4, 1),
                "40.00",
                ChargeStartDate=date(2026, 4, 1),
                ChargeEndDate=date(2026, 4, 30),
                **other,
            ),
        )
        amounts = import_.dated_amount_ids.sorted("date_start")
        self.assertEqual(amounts.position_id, position)
        self.assertEqual(
            [(one.date_start, one.date_end) for one in amounts],
            [
                (date(2026, 3, 1), date(2026, 3, 31)),
                (date(2026, 4, 1), date(2026, 4, 30)),
            ],
        )
        self.assertAlmostEqual(self._bill(contract, date(2026, 3, 31)), 12.0)
        self.assertAlmostEqual(self._bill(contract, date(2026, 4, 30)), 48.0)
