from datetime import date

from odoo.tests import HttpCase, freeze_time, new_test_user, tagged

from odoo.addons.msp_contract_billing.tests.common import ContractCommon

from .common import microsoft_csv, seats


@freeze_time("2026-05-20 10:00:00")
@tagged("post_install", "-at_install")
class TestProviderTour(ContractCommon, HttpCase):
    """Files are dropped on the board, in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        providers = cls.env["msp.provider"]
        providers.search([]).action_archive()
        cls.board = providers.create(
            {
                "name": "Board Distributor",
                "code": "board",
                "format_id": "microsoft_nce",
                "expected_day": 8,
            }
        )
        cls._import("march", 3)

    @classmethod
    def _file(cls, month):
        start = date(2026, month, 5)
        days = {
            "OrderDate": start,
            "ChargeStartDate": start,
            "ChargeEndDate": date(2026, month + 1, 4),
        }
        return microsoft_csv(seats(10, **days))

    @classmethod
    def _import(cls, name, month):
        cls.env["msp.import"].import_file(cls.board.id, name, cls._file(month))

    def _publish(self, name, content):
        """Put a file where the tour fetches it from."""
        attachment = self.env["ir.attachment"].create(
            {"name": f"{name}.csv", "raw": content, "public": True}
        )
        self.env["ir.model.data"].create(
            {
                "module": "msp_cloud_import",
                "name": f"tour_{name}",
                "model": "ir.attachment",
                "res_id": attachment.id,
            }
        )

    def test_drop_files_on_a_card(self):
        for name, month in (("april", 4), ("may", 5), ("june", 6)):
            self._publish(name, self._file(month))
        self._publish("bad", b"\x1f\x8b\x08cut")
        self.start_tour("/odoo/providers", "msp_provider_board", login="accountman")
        imports = self.env["msp.import"].search([("provider_id", "=", self.board.id)])
        self.assertEqual(
            imports.mapped("file_name"), ["june.csv", "may.csv", "april.csv", "march"]
        )
        left = self.env["ir.attachment"].search(
            [("res_model", "=", "msp.import.upload")]
        )
        self.assertFalse(
            left.filtered(lambda one: one.create_uid == imports.create_uid)
        )

    def test_reader_drops_nothing(self):
        new_test_user(
            self.env,
            login="board_reader",
            groups="base.group_user,msp_contract_billing.group_account_manager",
            company_id=self.env.company.id,
            company_ids=[(6, 0, self.env.company.ids)],
        )
        self.start_tour(
            "/odoo/providers", "msp_provider_board_readonly", login="board_reader"
        )
