from datetime import date, datetime

from odoo.tests import tagged

from .common import ImportCommon, seats


@tagged("post_install", "-at_install")
class TestImportMend(ImportCommon):
    """What is mended lets matching begin anew; nothing is applied by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(cls.customer, [(cls.premium, 10, 20.0)])

    def _mended(self, import_):
        self.env.flush_all()
        return import_ in self.env["msp.import"]._find_mended()

    def _some_time_ago(self, import_):
        """Let the import have been prepared before anything that follows."""
        import_._system_write({"prepared_at": datetime(2020, 1, 1)})

    def _match_again(self, import_):
        """Do what the scheduler does for an import."""
        self.assertTrue(self._mended(import_))
        import_._prepare_again()
        self.env.flush_all()
        self.assertFalse(import_.is_mended)
        self.assertFalse(self._mended(import_))

    def test_what_was_just_prepared_is_not_prepared_again(self):
        self.assertFalse(self._mended(self._prepared(seats(12))))
        self.assertFalse(self._mended(self._read(seats(13), name="b.csv")))

    def test_assigning_prepares_again(self):
        import_ = self._read(seats(12, CustomerName="X", CustomerDomainName=""))
        self._assign(import_)
        import_.action_prepare()
        self.assertFalse(import_.change_ids)
        import_.customer_mapping_ids.partner_id = self.customer
        self.assertTrue(import_.is_mended)
        self._match_again(import_)
        self.assertEqual(import_.change_ids.mapped("state"), ["proposed"])
        self.assertEqual(import_.state, "prepared")
        self.assertEqual(len(self.contract.version_ids), 1)

    def test_what_was_never_prepared_waits_for_people(self):
        import_ = self._read(seats(12, CustomerName="X", CustomerDomainName=""))
        self._assign(import_)
        import_.customer_mapping_ids.partner_id = self.customer
        self.assertFalse(self._mended(import_))

    def test_customer_out_of_the_archive(self):
        import_ = self._prepared(seats(12))
        self.customer.action_archive()
        import_.action_prepare()
        self.assertEqual(import_.provider_charge_ids.state, "unmapped_customer")
        self.assertFalse(self._mended(import_))
        self.customer.action_unarchive()
        self._match_again(import_)
        self.assertEqual(import_.change_ids.state, "proposed")

    def test_product_out_of_the_archive(self):
        import_ = self._prepared(seats(12))
        self.premium.action_archive()
        import_.action_prepare()
        self.assertEqual(import_.provider_charge_ids.state, "unmapped_product")
        self.assertFalse(self._mended(import_))
        self.premium.action_unarchive()
        self._match_again(import_)
        self.assertEqual(import_.change_ids.state, "proposed")

    def test_price_that_was_missing(self):
        free = self._product("Contoso Gratis", 0.0)
        import_ = self._prepared(
            seats(
                3, SkuName="Contoso Gratis", ProductName="Contoso Gratis", SkuId="0005"
            )
        )
        self.assertIn("no price", import_.change_ids.error)
        self.env.flush_all()
        row = self.env["msp.import.open.row"].search([("import_id", "=", import_.id)])
        self.assertEqual(row.action_mend()["res_model"], "product.product")
        self._some_time_ago(import_)
        free.list_price = 7.0
        self._match_again(import_)
        self.assertEqual(import_.change_ids.mapped("price_unit"), [7.0])

    def _of_the_file(self, import_):
        return import_.change_ids.filtered(lambda change: not change.is_missing)

    def test_contract_that_begins(self):
        lonely = self._partner("Nordwind", website="nordwind.example")
        import_ = self._prepared(
            seats(
                3,
                CustomerId="c7",
                CustomerName="Nordwind",
                CustomerDomainName="nordwind.example",
            )
        )
        self.assertIn("no running contract", self._of_the_file(import_).error)
        self.env.flush_all()
        row = self.env["msp.import.open.row"].search([("import_id", "=", import_.id)])
        self.assertEqual(row.action_mend()["res_id"], lonely.id)
        self._some_time_ago(import_)
        self._contract(lonely, [(self.premium, 3, 20.0)])
        self._match_again(import_)
        self.assertEqual(self._of_the_file(import_).mapped("state"), ["no_change"])

    def test_scheduler_prepares_again_and_applies_nothing(self):
        import_ = self._read(seats(12, CustomerName="X", CustomerDomainName=""))
        self._assign(import_)
        import_.action_prepare()
        import_.customer_mapping_ids.partner_id = self.customer
        with self.enter_registry_test_mode():
            self.env.ref(
                "msp_cloud_import.ir_cron_mend_imports"
            ).method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(import_.change_ids.mapped("state"), ["proposed"])
        self.assertEqual(import_.version_count, 0)

    def test_import_that_cannot_be_prepared_again_says_so_once(self):
        import_ = self._read(seats(12, CustomerName="X", CustomerDomainName=""))
        self._assign(import_)
        import_.action_prepare()
        import_.customer_mapping_ids.partner_id = self.customer
        import_._system_write({"state": "new"})
        import_._prepare_again()
        self.assertFalse(self._mended(import_))
        self.assertIn("Not prepared again", import_.message_ids[0].body)

    def test_pitfall_095_ended_contract_leaves_no_stale_match(self):
        import_ = self._prepared(seats(12))
        self._some_time_ago(import_)
        self._version(self.contract, date(2026, 2, 1), {"action": "terminate"})
        import_.action_prepare()
        self.assertEqual(import_.change_ids.state, "waiting")
        self.assertFalse(import_.change_ids.position_id)
