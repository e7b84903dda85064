from odoo.tests import HttpCase, freeze_time, tagged

from .common import ContractCommon, day


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestTour(ContractCommon, HttpCase):
    def test_account_manager_changes_a_quantity(self):
        contract = self._contract(day(1), [(self.seats, 10, 12.50)])
        self.start_tour(
            f"/odoo/contracts/{contract.id}", "msp_amend_contract", login="accountman"
        )
        version = contract.version_ids.sorted("number")[-1]
        self.assertRecordValues(
            version, [{"number": 2, "reason": "Two new colleagues"}]
        )
        self.assertRecordValues(
            version.change_ids,
            [
                {
                    "action": "set",
                    "position_id": contract.position_ids.id,
                    "quantity_mode": "set",
                    "quantity": 12,
                    "sets_price": False,
                    "sets_discount": False,
                }
            ],
        )
