from datetime import date, datetime

import psycopg2

from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import ImportCommon, row, seats

END = date(2027, 3, 4)


def pair(old, new, on, kind="addQuantity", **cells):
    """Return both halves of a change of seats."""
    back = row(
        ChargeType=kind,
        Quantity=old,
        BillableQuantity=old,
        EffectiveUnitPrice="-6.77",
        Subtotal=f"{-6.77 * old:.2f}",
        TaxTotal="0.00",
        Total=f"{-6.77 * old:.2f}",
        OrderDate=on,
        ReferenceId=f"r{on}",
        **cells,
    )
    more = row(
        ChargeType=kind,
        Quantity=new,
        BillableQuantity=new,
        EffectiveUnitPrice="6.77",
        Subtotal=f"{6.77 * new:.2f}",
        TaxTotal="0.00",
        Total=f"{6.77 * new:.2f}",
        OrderDate=on,
        ChargeStartDate=on,
        ReferenceId=f"r{on}",
        **cells,
    )
    return back, more


@freeze_time("2026-04-08 12:00:00")
@tagged("post_install", "-at_install")
class TestVendorCommitmentImport(ImportCommon):
    """Terms that files state become commitments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(cls.customer, [(cls.premium, 12, 20.0)])
        cls.position = cls.contract.position_ids
        cls.vendor = cls.env["res.partner"].create({"name": "Microsoft"})
        cls.provider.partner_id = cls.vendor
        cls.manager = cls._user("manager", "group_account_manager")

    def _commitments(self, position=None):
        position = position or self.position
        return [
            (
                one.date_start,
                one.date_end,
                one.quantity,
                one.price_unit,
                one.price_months,
                one.reduction_until,
            )
            for one in position.vendor_commitment_ids.sorted("date_start")
        ]

    def _month(self, month, quantity, **cells):
        return seats(
            quantity,
            InvoiceNumber=f"G0000000{month:02}",
            ChargeStartDate=date(2026, month, 5),
            ChargeEndDate=date(2026, month + 1, 4),
            **cells,
        )

    def test_terms_of_a_file_become_commitments(self):
        self._applied(self._month(3, 12), *pair(12, 15, date(2026, 3, 15)))
        first = (date(2026, 3, 5), END, 12, 10.0, "1", datetime(2026, 3, 12))
        added = (date(2026, 3, 15), END, 3, 10.0, "1", datetime(2026, 3, 22))
        self.assertEqual(self._commitments(), [first, added])
        self.assertRecordValues(
            self.position.vendor_commitment_ids[0],
            [
                {
                    "vendor_id": self.vendor.id,
                    "provider_id": self.provider.id,
                    "sku": "CFQ7TTC0LCHC:0002",
                    "auto_renew": True,
                    "currency_id": self.eur.id,
                    "mapping_id": self.env["msp.position.mapping"]
                    .search([("position_id", "=", self.position.id)])
                    .id,
                }
            ],
        )

    def test_window_and_renewal_are_settings_of_the_provider(self):
        self.provider.write(
            {"reduction_window_hours": 72, "commitment_auto_renew": False}
        )
        self._applied(self._month(3, 12))
        commitment = self.position.vendor_commitment_ids
        self.assertEqual(commitment.reduction_until, datetime(2026, 3, 8))
        self.assertFalse(commitment.auto_renew)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.provider.reduction_window_hours = -1
            self.env.flush_all()

    def test_rows_that_came_before_add_nothing(self):
        self._applied(self._month(3, 12))
        before = self._commitments()
        # the same rows and one more, as a corrected download has them
        other = seats(
            2,
            CustomerId="22222222-0000-4000-8000-000000000002",
            CustomerName="Other",
            SubscriptionId="5b5b5b5b-0000-4000-8000-000000000009",
        )
        self._applied(self._month(3, 12), other, name="again.csv")
        self._applied(self._month(4, 12), name="april.csv")
        self.assertEqual(self._commitments(), before)
        self.assertEqual(len(before), 1)

    def test_order_of_the_files_does_not_matter(self):
        self._applied(self._month(4, 15), name="april.csv")
        self.assertEqual([one[2] for one in self._commitments()], [15])
        self._applied(
            self._month(3, 12), *pair(12, 15, date(2026, 3, 15)), name="march.csv"
        )
        self.assertEqual([one[2] for one in self._commitments()], [12, 3])

    def test_what_somebody_entered_is_taken_over_and_kept(self):
        entered = self.env["msp.vendor.commitment"].create(
            {
                "position_id": self.position.id,
                "quantity": 12,
                "price_unit": 11.0,
                "currency_id": self.eur.id,
                "date_start": date(2026, 3, 5),
                "date_end": END,
                "reduction_until": datetime(2026, 3, 10, 14, 0),
                "auto_renew": False,
            }
        )
        self._applied(self._month(3, 12))
        self.assertEqual(self.position.vendor_commitment_ids, entered)
        self.assertRecordValues(
            entered,
            [
                {
                    "price_unit": 10.0,
                    "reduction_until": datetime(2026, 3, 10, 14, 0),
                    "auto_renew": False,
                    "provider_id": self.provider.id,
                }
            ],
        )
        self._applied(self._month(4, 12), name="april.csv")
        self.assertEqual(entered.reduction_until, datetime(2026, 3, 10, 14, 0))

    def test_renewal_takes_the_place_of_its_term(self):
        self._applied(self._month(3, 12), *pair(12, 15, date(2026, 3, 15)))
        first = self.position.vendor_commitment_ids.sorted("date_start")[0]
        first.auto_renew = False
        self._applied(
            seats(
                9,
                InvoiceNumber="G000000099",
                ChargeType="renew",
                ChargeStartDate=date(2027, 3, 5),
                ChargeEndDate=date(2027, 4, 4),
                SubscriptionStartDate=date(2027, 3, 5),
                SubscriptionEndDate=date(2028, 3, 4),
            ),
            name="renewed.csv",
        )
        self.assertEqual(self.position.vendor_commitment_ids, first)
        self.assertEqual(
            self._commitments(),
            [
                (
                    date(2027, 3, 5),
                    date(2028, 3, 4),
                    9,
                    10.0,
                    "1",
                    datetime(2027, 3, 12),
                )
            ],
        )
        self.assertFalse(first.auto_renew)

    def test_monthly_terms_have_windows_as_well(self):
        self._applied(
            seats(
                12,
                ChargeType="new",
                TermAndBillingCycle="One-Month commitment for monthly billing",
                SubscriptionEndDate=date(2026, 4, 4),
            )
        )
        self.assertEqual(
            self._commitments(),
            [
                (
                    date(2026, 3, 5),
                    date(2026, 4, 4),
                    12,
                    10.0,
                    "1",
                    datetime(2026, 3, 12),
                )
            ],
        )

    def test_without_a_stated_end_there_is_no_commitment(self):
        self._applied(
            seats(12, SubscriptionStartDate="", SubscriptionEndDate=""),
        )
        self.assertFalse(self.position.vendor_commitment_ids)

    def test_rows_without_a_currency_commit_to_seats_without_a_price(self):
        import_ = self._prepared(seats(12))
        import_.provider_charge_ids._system_write({"currency_id": False})
        import_.action_apply()
        [commitment] = self.position.vendor_commitment_ids
        self.assertEqual(
            (commitment.quantity, commitment.price_unit, commitment.currency_id),
            (12.0, 0.0, self.eur),
        )

    def test_withdrawn_import_takes_its_terms_back(self):
        march = self._applied(self._month(3, 12))
        april = self._applied(self._month(4, 14), name="april.csv")
        self.assertEqual([one[2] for one in self._commitments()], [12, 2])
        april._withdraw("wrong file")
        self.assertEqual([one[2] for one in self._commitments()], [12])
        march._withdraw("wrong file")
        self.assertEqual(self._commitments(), [])

    def test_deleted_import_takes_its_terms_back(self):
        import_ = self._applied(self._month(3, 12))
        self.assertTrue(self._commitments())
        import_.sudo().unlink()
        self.assertFalse(self._commitments())

    def test_reduction_below_a_commitment_is_flagged(self):
        self._applied(self._month(3, 12))
        april = self._prepared(self._month(4, 10), name="april.csv")
        [change] = april.change_ids
        # 2 × 10.00 for the eleven months from 5 April on
        warning = (
            "Contoso Business Premium: Microsoft still charges 2 × 10.00 € per month "
            "until 03/04/2027: 220.00 €. It renews by itself after that unless it is "
            "reduced there before."
        )
        self.assertEqual(change.vendor_warning.replace("\xa0", " "), warning)
        self.assertIn("220.00", change.summary)
        self.assertEqual(change.state, "proposed")
        april.action_apply()
        self.assertFalse(change.vendor_warning)

    def test_reduction_that_a_file_reports_within_the_window_is_not_charged(self):
        """However late the file is read: what counts is its day."""
        self._applied(self._month(3, 12))
        with freeze_time("2026-05-08 12:00:00"):
            march = self._prepared(
                *pair(12, 9, date(2026, 3, 8), "removeQuantity"), name="late.csv"
            )
        [change] = march.change_ids
        self.assertNotIn("still charges", change.vendor_warning)
        self.assertIn("takes 3 back", change.vendor_warning)

    def test_only_account_managers_enter_commitments(self):
        self._applied(self._month(3, 12))
        commitment = self.position.vendor_commitment_ids
        with self.assertRaises(AccessError):
            commitment.with_user(self.clerk).quantity = 3
        with Form(commitment.with_user(self.manager)) as form:
            form.auto_renew = False
        self.assertFalse(commitment.auto_renew)

    def test_provider_speaks_where_there_is_no_vendor(self):
        self.provider.partner_id = False
        self._applied(self._month(3, 12))
        [text] = self.position._get_vendor_warnings(
            {self.position: 10}, date(2026, 4, 5)
        )
        self.assertIn("Microsoft CSP still charges 2", text)
