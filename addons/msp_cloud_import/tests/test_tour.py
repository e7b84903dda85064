from datetime import date

from odoo import Command
from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.msp_contract_billing.tests.common import ContractCommon

from .common import microsoft_csv, seats


@freeze_time("2026-02-01 10:00:00")
@tagged("post_install", "-at_install")
class TestTour(ContractCommon, HttpCase):
    """Quote to contract, file to version, invoice, difference, in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.is_company = True
        cls.premium = cls._product(
            "Contoso Business Premium", 20.00, msp_recurring=True
        )
        cls.premium.invoice_policy = "order"
        cls.env["msp.customer.mapping"].create(
            {
                "provider_id": cls.env.ref("msp_cloud_import.provider_microsoft").id,
                "external_id": "11111111-0000-4000-8000-000000000001",
                "external_name": cls.customer.name,
                "partner_id": cls.customer.id,
            }
        )
        cls.env["msp.product.mapping"].create(
            {
                "provider_id": cls.env.ref("msp_cloud_import.provider_microsoft").id,
                "sku_id": "CFQ7TTC0LCHC:0002",
                "term": "P1Y",
                "billing_plan": "monthly",
                "product_id": cls.premium.id,
            }
        )

    def _publish(self, content):
        """Put the file where the tour fetches it from."""
        attachment = self.env["ir.attachment"].create(
            {"name": "recon.csv", "raw": content, "public": True}
        )
        self.env["ir.model.data"].create(
            {
                "module": "msp_cloud_import",
                "name": "tour_file",
                "model": "ir.attachment",
                "res_id": attachment.id,
            }
        )

    def test_quote_to_difference(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "msp_date_start": date(2026, 1, 15),
                "order_line": [
                    Command.create(
                        {"product_id": self.premium.id, "product_uom_qty": 10}
                    )
                ],
            }
        )
        days = {
            "SubscriptionStartDate": date(2026, 1, 15),
            "SubscriptionEndDate": date(2027, 1, 14),
        }
        period = {"ChargeStartDate": date(2026, 1, 15), **days}
        change = {
            "ChargeType": "addQuantity",
            "OrderDate": date(2026, 1, 25),
            "ReferenceId": "b3a1b3a1-0000-4000-8000-000000000002",
            "ChargeEndDate": date(2026, 2, 14),
            **days,
        }
        self._publish(
            microsoft_csv(
                seats(
                    10,
                    OrderDate=date(2026, 1, 15),
                    ChargeEndDate=date(2026, 2, 14),
                    **period,
                ),
                seats(10, "-6.77", ChargeStartDate=date(2026, 1, 15), **change),
                seats(12, "6.77", ChargeStartDate=date(2026, 1, 25), **change),
            )
        )
        self.start_tour(
            f"/odoo/sales/{order.id}", "msp_quote_to_difference", login="accountman"
        )
        contract = order.msp_version_id.contract_id
        # 10 x 20 x 17/31, 10 x 20; 2 x 20 x 7/31, 2 x 20
        self.assertEqual(
            sorted(contract.charge_ids.filtered("counts").mapped("amount")),
            [9.03, 40.00, 109.68, 200.00],
        )
        self.assertEqual(contract.version_ids.mapped("cause"), ["import", "order"])
        self.assertEqual(set(contract.charge_ids.move_id.mapped("state")), {"posted"})
