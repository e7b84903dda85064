from datetime import date

from odoo.tests import freeze_time, tagged

from .common import ImportCommon, row, seats
from .test_import_agreed import april, march


@freeze_time("2026-05-20 08:00:00")
@tagged("post_install", "-at_install")
class TestImportLeft(ImportCommon):
    """A provider goes on until its term ends with what a customer has given up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mail = cls._product("Contoso Mail", 5.0)
        cls.contract = cls._contract(
            cls.customer, [(cls.premium, 12, 20.0), (cls.mail, 1, 5.0)]
        )
        cls.position = cls.contract.position_ids[0]

    def _terminate(self, start, **change):
        version = self.env["msp.contract.version"].create(
            {
                "contract_id": self.contract.id,
                "date_start": start,
                "cause": "termination",
                "change_ids": [(0, 0, change)],
            }
        )
        version.action_activate()
        return version

    def test_a_position_that_was_ended_does_not_begin_again_by_itself(self):
        self._applied(march(12), name="march.csv")
        self._terminate(date(2026, 4, 1), action="end", position_id=self.position.id)
        import_ = self._applied(april(12), name="april.csv")
        change = import_.change_ids
        self.assertEqual(change.state, "waiting")
        self.assertIn("ended on 03/31/2026, but the provider goes on", change.error)
        self.assertEqual(len(self.contract.position_ids), 2)
        self.assertEqual((import_.amount_waiting, import_.amount_lost), (120.0, 0.0))
        # The customer takes it again.
        self.env["msp.import.choose"].create(
            {"change_id": change.id, "contract_id": self.contract.id}
        ).action_choose()
        self.assertEqual(import_.change_ids.state, "proposed")

    def test_nor_in_another_contract_of_the_customer(self):
        self._applied(march(12), name="march.csv")
        self._contract(self.customer, [(self.mail, 3, 5.0)])
        self._terminate(date(2026, 4, 1), action="terminate")
        import_ = self._prepared(april(12), name="april.csv")
        self.assertEqual(import_.change_ids.state, "waiting")
        self.assertIn("goes on with the subscription", import_.change_ids.error)

    def test_a_renewed_contract_takes_the_subscription_over(self):
        self._applied(march(12), name="march.csv")
        self._terminate(date(2026, 4, 1), action="terminate")
        renewed = self._contract(
            self.customer, [(self.premium, 12, 19.0)], date(2026, 4, 1)
        )
        import_ = self._applied(april(12), name="april.csv")
        self.assertEqual(import_.change_ids.state, "no_change")
        self.assertEqual(import_.change_ids.contract_id, renewed)

    def test_what_a_file_has_ended_a_file_begins_again(self):
        self._applied(march(12), name="march.csv")
        self._applied(
            row(
                ChargeType="cancelImmediate",
                OrderDate=date(2026, 4, 1),
                ChargeStartDate=date(2026, 4, 1),
                ChargeEndDate=date(2026, 4, 30),
                Quantity="-12",
                Subtotal="-120.00",
                Total="-142.80",
            ),
            name="cancelled.csv",
        )
        self.assertEqual(self.position.date_end, date(2026, 3, 31))
        may = seats(
            12, ChargeStartDate=date(2026, 5, 1), ChargeEndDate=date(2026, 5, 31)
        )
        import_ = self._prepared(may, name="may.csv")
        self.assertRecordValues(
            import_.change_ids, [{"kind": "begin", "state": "proposed"}]
        )

    def test_units_that_were_terminated_do_not_come_back_by_themselves(self):
        self._applied(march(12), name="march.csv")
        version = self._terminate(
            date(2026, 4, 1),
            action="set",
            position_id=self.position.id,
            quantity_mode="move",
            quantity=-2,
        )
        import_ = self._applied(april(12), name="april.csv")
        self.assertEqual(import_.change_ids.state, "waiting")
        self.assertIn("2 of Contoso Business Premium", import_.change_ids.error)
        self.assertIn(version.display_name, import_.change_ids.error)
        self.assertEqual(self._content(self.position)[-1], (date(2026, 4, 1), 10.0))
        # More than that is more than there ever was; but somebody has said otherwise.
        more = self._prepared(april(13), name="other.csv")
        self.assertEqual(more.change_ids.conflict_version_ids, version)
        more._withdraw("asks")
        self.provider.conflict_rule = "file"
        self.assertEqual(
            self._prepared(april(13), name="more.csv").change_ids.state, "proposed"
        )

    def test_once_the_provider_has_followed_more_is_more(self):
        self._applied(march(12), name="march.csv")
        self._terminate(
            date(2026, 4, 1),
            action="set",
            position_id=self.position.id,
            quantity_mode="move",
            quantity=-2,
        )
        self._applied(april(10), name="april.csv")
        may = seats(
            11, ChargeStartDate=date(2026, 5, 1), ChargeEndDate=date(2026, 5, 31)
        )
        import_ = self._applied(may, name="may.csv")
        self.assertEqual(import_.change_ids.state, "applied")
        self.assertEqual(self._content(self.position)[-1], (date(2026, 5, 1), 11.0))
