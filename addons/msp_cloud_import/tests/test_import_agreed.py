from datetime import date

from odoo.tests import freeze_time, tagged

from .common import ImportCommon, seats

MAIL = {
    "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000009",
    "ProductId": "CFQ7TTC0LH18",
    "SkuName": "Contoso Mail",
    "ProductName": "Contoso Mail",
}


def march(quantity, **cells):
    return seats(
        quantity,
        ChargeStartDate=date(2026, 3, 1),
        ChargeEndDate=date(2026, 3, 31),
        InvoiceNumber="G03",
        **cells,
    )


def april(quantity, **cells):
    return seats(
        quantity,
        ChargeStartDate=date(2026, 4, 1),
        ChargeEndDate=date(2026, 4, 30),
        InvoiceNumber="G04",
        **cells,
    )


@freeze_time("2026-05-04 08:00:00")
@tagged("post_install", "-at_install")
class TestImportAgreed(ImportCommon):
    """What a file has found right is looked at again once another file moves it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._product("Contoso Mail", 5.0)
        cls.contract = cls._contract(cls.customer, [(cls.premium, 10, 20.0)])
        cls.position = cls.contract.position_ids

    def _again(self, import_):
        """Prepare and apply again what waits."""
        import_.action_prepare()
        import_.action_apply()
        self.assertEqual(import_.amount_lost, 0.0)

    def test_an_older_month_does_not_change_what_a_newer_one_has_said(self):
        newer = self._applied(april(10), name="april.csv")
        self.assertEqual(newer.change_ids.state, "no_change")
        self._applied(march(12), name="march.csv")
        self.assertEqual(newer.change_ids.state, "waiting")
        self.assertIn("contains 12 on 04/01/2026", newer.change_ids.error)
        self.assertEqual(newer.provider_charge_ids.state, "waiting")
        self.assertEqual((newer.amount_waiting, newer.amount_lost), (100.0, 0.0))
        self._again(newer)
        self.assertEqual(
            self._content(self.position),
            [
                (date(2026, 1, 1), 10.0),
                (date(2026, 3, 1), 12.0),
                (date(2026, 4, 1), 10),
            ],
        )

    def test_so_does_an_older_month_that_is_approved_later(self):
        self.company.msp_limit_percent = 50
        anna = self._user("anna", "group_account_manager")
        self.contract.user_id = anna
        older = self._applied(march(20), name="march.csv")
        newer = self._applied(april(10), name="april.csv")
        self.assertEqual(newer.change_ids.state, "no_change")
        older.version_ids.with_user(anna).action_approve()
        self.assertEqual(older.change_ids.state, "applied")
        self.assertEqual(newer.change_ids.state, "waiting")

    def test_in_order_nothing_is_asked_again(self):
        older = self._applied(march(12), name="march.csv")
        newer = self._applied(april(12), name="april.csv")
        self.assertEqual(newer.change_ids.state, "no_change")
        corrected = self._applied(april(13), name="corrected.csv")
        self.assertEqual(
            (older | newer | corrected).change_ids.mapped("state"),
            ["applied", "applied"],
            "the corrected file says it anew, so the one before says nothing",
        )

    def test_what_a_withdrawn_import_has_begun_is_not_lost_with_it(self):
        begun = self._applied(march(10, **MAIL), name="march.csv")
        same = self._applied(april(10, **MAIL), name="april.csv")
        self.assertEqual(same.change_ids.state, "no_change")
        begun._withdraw("wrong file")
        self.assertEqual(same.change_ids.state, "waiting")
        self._again(same)
        self.assertEqual(
            self._content(same.change_ids.position_id), [(date(2026, 4, 1), 10.0)]
        )

    def test_a_change_that_lost_its_effect_is_proposed_again(self):
        begun = self._applied(march(10, **MAIL), name="march.csv")
        more = self._applied(april(12, **MAIL), name="april.csv")
        self.assertEqual(more.provider_charge_ids.state, "applied")
        position = more.change_ids.position_id
        begun._withdraw("wrong file")
        self.assertFalse(position.line_ids)
        self.assertEqual(more.change_ids.state, "waiting")
        self.assertFalse(more.provider_charge_ids.version_id)
        self._again(more)
        self.assertEqual(more.provider_charge_ids.state, "applied")
        self.assertEqual(self._content(position), [(date(2026, 4, 1), 12.0)])
        more._withdraw("wrong file too")
        self.assertFalse(position.line_ids)
