from datetime import date

from odoo.tests import tagged

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestGroupLabels(ContractCommon):
    def test_a_group_by_contract_names_the_customer(self):
        product = self._product("Backup", 10.0)
        contract = self._contract(date(2026, 1, 1), [(product, 1, 10.0)])
        domain = [("contract_id", "=", contract.id)]
        (group,) = self.env["msp.contract.position"].formatted_read_group(
            domain, ["contract_id"], ["__count"]
        )
        name = f"{contract.name} {contract.partner_id.display_name}"
        self.assertEqual(group["contract_id"], (contract.id, name))
        # Elsewhere the customer stands beside it.
        self.assertEqual(contract.display_name, contract.name)
