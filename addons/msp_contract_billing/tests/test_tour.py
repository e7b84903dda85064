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

    def test_termination_backdated_becomes_a_credit_note(self):
        contract = self._contract(day(1), [(self.seats, 10, 12.50)])
        self._version(
            contract,
            day(1),
            [
                {
                    "action": "commitment",
                    "term_months": 12,
                    "renewal": "extend",
                    "extension_months": 12,
                    "notice_count": 3,
                }
            ],
        )
        self._run(day(3), contracts=contract)
        self.start_tour(
            f"/odoo/contracts/{contract.id}", "msp_end_contract", login="accountman"
        )
        self.assertRecordValues(
            contract.version_ids.sorted("number")[-1],
            [
                {
                    "cause": "termination",
                    "reason": "Told on the phone",
                    "notice_date": False,
                    "churn_reason_id": self.env.ref(
                        "msp_contract_billing.churn_reason_competitor"
                    ).id,
                }
            ],
        )
        credit = contract.charge_ids.move_id.filtered(
            lambda move: move.move_type == "out_refund"
        )
        # February and March, of 10 x 12.50 each.
        self.assertEqual(credit.amount_untaxed, 250.0)
