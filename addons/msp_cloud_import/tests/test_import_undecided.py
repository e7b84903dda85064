from datetime import date

from odoo.tests import tagged

from .common import row, seats
from .steps_common import StepsCommon

OTHER = {"SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000009"}


@tagged("post_install", "-at_install")
class TestImportUndecided(StepsCommon):
    """What waits for somebody, what counts nowhere, and its money."""

    def test_without_price_a_new_position_waits(self):
        mail = self._product("Contoso Mail", 0.0)
        import_ = self._applied(
            seats(12), seats(5, SkuId="0009", SkuName="Contoso Mail", **OTHER)
        )
        waiting = import_.change_ids.filtered(lambda one: one.state == "waiting")
        self.assertEqual(waiting.product_id, mail)
        self.assertIn("no price", waiting.error)
        self.assertEqual(import_.amount_waiting, 50.0)
        self.assertEqual(import_.amount_done, 120.0)
        self.assertEqual(len(import_.version_ids), 1)

        mail.list_price = 4.0
        import_.action_prepare()
        self.assertEqual(import_.state, "applied")
        import_.action_apply()
        self.assertEqual(import_.amount_waiting, 0.0)
        self.assertEqual(len(import_.version_ids), 2)

    def test_pitfall_093_unmapped_rows_block_only_their_own_contract(self):
        strange = seats(
            3,
            CustomerId="22222222-0000-4000-8000-000000000002",
            CustomerName="Praxis Unbekannt",
            CustomerDomainName="praxis.example",
            SubscriptionId="5b5b5b5b-0000-4000-8000-000000000022",
        )
        import_ = self._applied(strange, seats(12))
        self.assertEqual(import_.amount_unmapped, 30.0)
        self.assertEqual(import_.amount_waiting, 30.0)
        self.assertEqual(import_.amount_done, 120.0)
        self.assertEqual(
            import_.customer_mapping_ids[0].external_name, "Praxis Unbekannt"
        )
        self.assertEqual(import_.customer_mapping_ids[0].amount_open, 30.0)
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 5), 12.0))

    def test_customer_without_contract_waits_with_a_sentence(self):
        other = self._partner("Praxis Beispiel", website="praxis.example")
        import_ = self._applied(
            seats(
                3,
                CustomerId="22222222-0000-4000-8000-000000000002",
                CustomerName="Praxis Beispiel",
                CustomerDomainName="praxis.example",
            )
        )
        change = import_.change_ids.filtered(lambda one: not one.is_missing)
        self.assertEqual(change.partner_id, other)
        self.assertEqual(change.state, "waiting")
        self.assertIn("no running contract", change.error)
        self.assertEqual(import_.provider_charge_ids.state, "waiting")

    def test_several_positions_wait_for_a_choice_that_is_remembered(self):
        second = self._contract(self.customer, [(self.premium, 3, 20.0)])
        import_ = self._prepared(seats(12))
        change = import_.change_ids
        self.assertEqual(change.state, "waiting")
        self.assertEqual(
            change.candidate_position_ids, self.position | second.position_ids
        )
        wizard = (
            self.env["msp.import.choose"]
            .with_user(self.clerk)
            .create({"change_id": change.id, "position_id": second.position_ids.id})
        )
        wizard.action_choose()
        import_.action_apply()
        self.assertEqual(
            self._content(second.position_ids)[-1], (date(2026, 3, 5), 12.0)
        )
        self.assertEqual(self._content(self.position), [(date(2026, 1, 1), 10.0)])

    def test_two_subscriptions_of_one_position_wait_for_a_choice(self):
        import_ = self._prepared(
            seats(6), seats(4, SubscriptionId="5b5b5b5b-0000-4000-8000-000000000077")
        )
        self.assertEqual(import_.change_ids.mapped("state"), ["waiting", "waiting"])
        self.assertIn("several subscriptions", import_.change_ids[0].error)

    def test_several_contracts_wait_for_the_one_of_the_new_position(self):
        second = self._contract(self.customer, [])
        mail = self._product("Contoso Mail", 4.0)
        import_ = self._prepared(
            seats(5, SkuId="0009", SkuName="Contoso Mail", **OTHER)
        )
        change = import_.change_ids
        self.assertIn(second.name, change.error)
        self.env["msp.import.choose"].with_user(self.clerk).create(
            {"change_id": change.id, "what": "contract", "contract_id": second.id}
        ).action_choose()
        import_.action_apply()
        self.assertEqual(second.position_ids.product_id, mail)

    def test_row_before_the_positions_first_day_waits(self):
        late = self._contract(
            self._partner("Spät GmbH", website="spaet.example"),
            [(self.premium, 2, 20.0)],
            start=date(2026, 4, 1),
        )
        import_ = self._applied(
            seats(
                3,
                CustomerId="33333333-0000-4000-8000-000000000003",
                CustomerName="Spät GmbH",
                CustomerDomainName="spaet.example",
            )
        )
        change = import_.change_ids.filtered(lambda one: not one.is_missing)
        self.assertEqual(change.state, "waiting")
        self.assertIn("begins on", change.error)
        self.assertEqual(self._content(late.position_ids), [(date(2026, 4, 1), 2.0)])

    def test_left_out_change_counts_as_ignored_and_can_be_taken_back(self):
        import_ = self._prepared(seats(12))
        import_.change_ids.action_exclude()
        self.assertEqual(import_.amount_ignored, 120.0)
        import_.action_prepare()
        self.assertEqual(import_.change_ids.state, "excluded")
        import_.action_apply()
        self.assertFalse(import_.version_ids)
        import_.change_ids.action_include()
        import_.action_apply()
        self.assertEqual(len(import_.version_ids), 1)

    def test_money_of_a_mixed_file_is_accounted_for(self):
        usage = row(
            SkuId="013D",
            SkuName="Compute",
            ProductName="Compute",
            ChargeType="new",
            Subtotal="13.26",
            TaxTotal="2.52",
            Total="15.78",
            TermAndBillingCycle="1 Compute Hour",
            BillingFrequency="",
            MeterDescription="Compute hours",
            BillableQuantity="376.5",
            EffectiveUnitPrice="0.0352",
            SubscriptionStartDate="",
            SubscriptionEndDate="",
            SubscriptionId="5b5b5b5b-0000-4000-8000-0000000000aa",
        )
        strange = seats(2, ChargeType="moveQuantity", **OTHER)
        import_ = self._applied(seats(12), usage, strange)
        self.assertEqual(import_.amount_read, 153.26)
        self.assertEqual(import_.amount_done, 120.0)
        # Usage waits for an article, or to be billed to nobody.
        self.assertEqual(import_.amount_waiting, 33.26)
        self.assertEqual(import_.amount_lost, 0.0)
        waiting = import_.provider_charge_ids.filtered(
            lambda one: one.state == "waiting"
        )
        self.assertEqual(waiting.charge_type, "moveQuantity")

    def test_pitfall_072_billable_quantity_counts_not_quantity(self):
        cells = seats(15)
        cells["Quantity"] = "12"
        import_ = self._applied(cells)
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 5), 15.0))
        self.assertEqual(import_.provider_charge_ids.quantity, 12.0)
        self.assertEqual(import_.provider_charge_ids.pricing_quantity, 15.0)

    def test_pitfall_085_zero_quantity_of_usage_is_no_error(self):
        usage = row(
            Subtotal="0.00",
            TaxTotal="0.00",
            Total="0.00",
            ChargeType="new",
            TermAndBillingCycle="1 Compute Hour",
            MeterDescription="Compute hours",
            BillingFrequency="",
            BillableQuantity="0",
            EffectiveUnitPrice="0",
            SubscriptionStartDate="",
            SubscriptionEndDate="",
        )
        import_ = self._applied(usage)
        self.assertEqual(import_.problem_count, 0)
        self.assertEqual(import_.provider_charge_ids.state, "no_change")

    def test_pitfall_084_currencies_are_never_added_up(self):
        dollars = seats(7, Currency="USD", PricingCurrency="USD", **OTHER)
        import_ = self._read(seats(12), dollars)
        self.assertEqual(import_.currency_id, self.eur)
        self.assertEqual(import_.amount_read, 120.0)
        self.assertEqual(import_.amount_lost, 0.0)
        self.assertIn("70.00", import_.currency_note)
        self.assertIn("120.00", import_.currency_note)

    def test_pitfall_084_row_with_unknown_currency_is_never_applied(self):
        bad = seats(12, Currency="XQX", PricingCurrency="XQX")
        import_ = self._applied(bad)
        self.assertEqual(import_.problem_count, 1)
        self.assertFalse(import_.provider_charge_ids)
        self.assertIn("XQX", import_.problem_ids.reason)
        self.assertEqual(self._content(self.position), [(date(2026, 1, 1), 10.0)])
