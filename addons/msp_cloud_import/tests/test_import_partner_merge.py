from datetime import date

from odoo.tests import tagged

from .common import ImportCommon, seats


@tagged("post_install", "-at_install")
class TestImportPartnerMerge(ImportCommon):
    def test_pitfall_094_merged_customers_keep_contracts_mappings_and_charges(self):
        """Merging rewrites foreign keys by SQL and deletes rows that resist."""
        twin = self._partner("Muster Bau", website="musterbau-alt.example")
        mail = self._product("Contoso Mail", 4.0)
        one = self._contract(self.customer, [(self.premium, 10, 20.0)])
        two = self._contract(twin, [(mail, 3, 4.0)])
        import_ = self._applied(
            seats(12),
            seats(
                5,
                CustomerId="22222222-0000-4000-8000-000000000002",
                CustomerName="Muster Bau",
                CustomerDomainName="musterbau-alt.example",
                SkuId="0009",
                SkuName="Contoso Mail",
                SubscriptionId="5b5b5b5b-0000-4000-8000-000000000009",
            ),
        )
        self.assertEqual(
            import_.provider_charge_ids.mapped("state"), ["applied", "applied"]
        )
        charge = self.env["msp.charge"]._append(
            [
                {
                    "contract_id": two.id,
                    "position_id": two.position_ids.id,
                    "kind": "opening",
                    "date_start": date(2026, 3, 1),
                    "date_end": date(2026, 3, 31),
                    "amount": 12.0,
                }
            ]
        )
        mappings = import_.customer_mapping_ids

        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.customer | twin).ids, self.customer
        )
        self.env.invalidate_all()

        self.assertFalse(twin.exists())
        self.assertEqual((one | two).partner_id, self.customer)
        self.assertEqual(len(mappings.exists()), 2)
        self.assertEqual(mappings.partner_id, self.customer)
        self.assertEqual(import_.provider_charge_ids.partner_id, self.customer)
        self.assertEqual(len(import_.provider_charge_ids), 2)
        self.assertEqual(len(import_.change_ids), 2)
        self.assertEqual(import_.change_ids.partner_id, self.customer)
        self.assertTrue(charge.exists())
        self.assertEqual(charge.partner_id, self.customer)

        april = self._read(
            seats(
                6,
                CustomerId="22222222-0000-4000-8000-000000000002",
                SkuId="0009",
                SkuName="Contoso Mail",
                SubscriptionId="5b5b5b5b-0000-4000-8000-000000000009",
                ChargeStartDate=date(2026, 4, 5),
                ChargeEndDate=date(2026, 5, 4),
            ),
            name="b.csv",
        )
        april.action_assign()
        april.action_prepare()
        april.action_apply()
        self.assertEqual(self._content(two.position_ids)[-1], (date(2026, 4, 5), 6.0))
