from datetime import date

from odoo.tests import tagged

from ..formats.microsoft_nce_columns import COLUMNS
from .common import microsoft_csv
from .microsoft_common import MicrosoftCommon
from .vendors.microsoft_data import guid, reconciliation_row

DATES = {"OrderDate", "ChargeStartDate", "ChargeEndDate", "PCToBCExchangeRateDate"}
DATES |= {"SubscriptionStartDate", "SubscriptionEndDate"}


@tagged("post_install", "-at_install")
class TestSyncMicrosoft(MicrosoftCommon):
    """A month of nights with Microsoft's interface, from seats to the invoice."""

    def _rows(self):
        """Return the rows of the month's invoice: 12 seats, 15 from the 15th."""

        def row(**cells):
            return reconciliation_row(
                self.number, self.seats, InvoiceNumber="G000000001", **cells
            )

        change = {
            "ChargeType": "addQuantity",
            "OrderDate": "2026-03-15T00:00:00Z",
            "ReferenceId": guid("change"),
            "TaxTotal": 0.0,
        }
        back = {"SubTotal": -81.24, "Total": -81.24, "EffectiveUnitPrice": -6.77}
        anew = {"SubTotal": 101.55, "Total": 101.55, "EffectiveUnitPrice": 6.77}
        return [
            row(TaxTotal=0.0, Total=120.0),
            row(**change, **back),
            row(
                **change,
                **anew,
                Quantity=15,
                BillableQuantity=15,
                ChargeStartDate="2026-03-15T00:00:00Z",
            ),
        ]

    def _portal_csv(self):
        """Return the same rows as the portal offers them."""
        rows = []
        for one in self._rows():
            cells = {name.casefold(): value for name, value in one.items()}
            cells = {
                name: cells[name.casefold()]
                for name in COLUMNS
                if name.casefold() in cells
            }
            for name in DATES & set(cells):
                year, month, day = cells[name][:10].split("-")
                cells[name] = f"{month}/{day}/{year}"
            rows.append(cells)
        return microsoft_csv(*rows)

    def test_a_month_of_nights_ends_as_the_months_file(self):
        # the file alone
        imports = self.env["msp.import"].with_user(self.clerk)
        alone = imports.import_file(self.provider, "march.csv", self._portal_csv())
        self._assign(alone)
        alone.action_prepare()
        alone.action_apply()
        expected = self._content()
        self.assertEqual(
            expected,
            [
                (date(2026, 1, 1), 10.0),
                (date(2026, 3, 5), 12.0),
                (date(2026, 3, 15), 15.0),
            ],
        )
        alone._withdraw("to compare")
        # the nights, then the invoice by the interface
        self._night("2026-03-06")
        self._night("2026-03-07")
        self._night("2026-03-16", seats=15)
        self._night("2026-04-01")
        self.assertEqual(
            self._content(),
            [
                (date(2026, 1, 1), 10.0),
                (date(2026, 3, 6), 12.0),
                (date(2026, 3, 16), 15.0),
            ],
        )
        self.server.data.add_invoice(
            "G000000001", "2026-04-08", "2026-03-31", self._rows()
        )
        sync = self._night("2026-04-09")
        billed = sync.import_ids.filtered(lambda one: not one.is_count)
        self.assertEqual(len(billed), 1)
        self.assertEqual(billed.state, "prepared")
        self.assertEqual(billed.connection_id, self.connection)
        billed.with_user(self.clerk).action_apply()
        self.assertEqual(self._content(), expected)
        # the next night says nothing anew
        before = self.env["msp.import"].search_count([])
        self._night("2026-04-10")
        self.assertEqual(self.env["msp.import"].search_count([]), before)
        self.assertEqual(self._content(), expected)

    def test_rows_of_the_interface_and_of_the_portals_file_are_the_same(self):
        self.server.data.add_invoice(
            "G000000001", "2026-04-08", "2026-03-31", self._rows()
        )
        self._night("2026-04-09")
        imports = self.env["msp.import"].with_user(self.clerk)
        by_hand = imports.import_file(self.provider, "march.csv", self._portal_csv())
        rows = by_hand.provider_charge_ids
        self.assertEqual(len(rows), 3)
        self.assertTrue(all(rows.mapped("known_charge_id")))
        self.assertEqual(sum(rows.mapped("billed_cost")), 140.31)

    def test_a_fault_in_the_middle_of_the_night_is_mended_by_itself(self):
        self.server.faults.add("/v1/customers", "reset", 1)
        self.server.faults.add("subscriptions", "error", 2)
        sync = self._night("2026-03-06")
        self.assertEqual(sync.read_count, 1)
        self.assertEqual(self._content()[-1], (date(2026, 3, 6), 12.0))
