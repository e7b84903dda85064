from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import ImportCommon, seats


@freeze_time("2026-05-04 08:00:00")
@tagged("post_install", "-at_install")
class TestImportLinks(ImportCommon):
    """Links that the database does not check lead to what stays, or go along."""

    def setUp(self):
        super().setUp()
        self._contract(self.customer, [(self.premium, 10, 20.0)])
        self.import_ = self._prepared(seats(12))

    def test_what_rows_refer_to_is_not_deleted(self):
        row = self.import_.provider_charge_ids
        for kept in (row.customer_mapping_id, row.product_mapping_id, row.provider_id):
            with self.subTest(kept._name), self.assertRaises(UserError):
                kept.unlink()
            self.assertTrue(kept.exists())

    def test_nothing_is_left_of_a_deleted_import(self):
        change = self.import_.change_ids
        self.assertEqual(change.state, "proposed")
        links = "SELECT change_id FROM msp_import_change_row_rel WHERE row_id = %s"
        row_id = change.provider_charge_ids.id
        self.env.cr.execute(links, [row_id])
        self.assertEqual(self.env.cr.fetchall(), [(change.id,)])

        self.import_.sudo().unlink()

        self.assertFalse(change.exists())
        self.env.cr.execute(links, [row_id])
        self.assertEqual(self.env.cr.fetchall(), [])
