from datetime import date

from odoo.tests import HttpCase, tagged

from .profile_common import ProfileCommon, change, csv_file, recurring


@tagged("post_install", "-at_install")
class TestProfileTour(ProfileCommon, HttpCase):
    """From the board over unknown columns to a contract that follows, in a browser."""

    def test_confirm_columns(self):
        contract = self._contract(self.customer, [(self.suite, 12, 15.0)])
        self.env["msp.customer.mapping"].create(
            {
                "provider_id": self.ingram.id,
                "company_id": self.company.id,
                "external_id": "1004567",
                "external_name": self.customer.name,
                "partner_id": self.customer.id,
            }
        )
        self.env["msp.product.mapping"].create(
            {
                "provider_id": self.ingram.id,
                "company_id": self.company.id,
                "sku_id": "CFQ7TTC0AAAA:0001",
                "term": "",
                "billing_plan": "monthly",
                "product_id": self.suite.id,
            }
        )
        self._import(csv_file([recurring(12), change(3, "2026-03-20")]))
        # A tour logs in with the login as password.
        self.clerk.write({"password": self.clerk.login})
        self.start_tour(
            "/odoo/providers", "msp_confirm_columns", login=self.clerk.login
        )
        self.assertEqual(
            self._content(contract.position_ids),
            [(date(2026, 1, 1), 12.0), (date(2026, 3, 20), 15.0)],
        )
