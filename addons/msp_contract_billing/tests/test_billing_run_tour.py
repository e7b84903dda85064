from odoo.tests import HttpCase, freeze_time, tagged

from .common import day
from .run_common import RunCommon


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestBillingRunTour(RunCommon, HttpCase):
    def test_clerk_takes_a_run_from_preview_to_sending(self):
        contract = self._contract(day(3), [(self.seats, 10, 12.50)])
        silent = self._customer("Silent", email=False)
        other = self._contract(day(3), [(self.backup, 1, 30)], silent)
        self.start_tour("/odoo/invoicing-wizard", "msp_billing_run", login="accountman")
        moves = (contract | other).charge_ids.move_id
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        sent = {move.partner_id: move.is_move_sent for move in moves}
        self.assertEqual(sent, {self.customer: True, silent: False})
