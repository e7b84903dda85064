from datetime import date

from odoo.tests import tagged

from odoo.addons.msp_contract_billing.tests.trace_common import TraceMixin

from .common import ImportCommon, seats


def seats_of(*numbers):
    """Return a row for each of some subscriptions."""
    key = "5b5b5b5b-0000-4000-8000-0000000001"
    return [seats(number, SubscriptionId=f"{key}{number}") for number in numbers]


@tagged("post_install", "-at_install")
class TestImportTrace(TraceMixin, ImportCommon):
    """A version that an import made leads to the rows of the provider's file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(cls.customer, [(cls.premium, 10, 20.0)])
        cls.position = cls.contract.position_ids

    def test_pitfall_122_version_leads_to_file_and_row(self):
        import_ = self._applied(seats(12))
        version = self.contract.version_ids.sorted("number")[-1]
        self.assertEqual(
            self._outline(version)[:3],
            [
                (0, "Version", f"{self.contract.name} v2 from 03/05/2026"),
                (1, "Caused by file", f"{import_.name}, G012345678.csv"),
                (2, "Row of the file", f"{import_.name}, row 2"),
            ],
        )
        file = self._find(version, "Caused by file")
        self.assertEqual(file.record, import_)
        self.assertIn(f"SHA-256 {import_.sha256}", file.details)
        row = self._find(version, "Row of the file")
        self.assertEqual(row.record, import_.provider_charge_ids)
        self.assertEqual((row.amount, row.currency), (120.00, self.eur))
        self.assertEqual(
            row.details,
            [
                "Contoso Business Premium",
                "03/05/2026 – 04/04/2026",
                "Recurring, quantity 12",
                "Subscription 5b5b5b5b-0000-4000-8000-000000000001",
            ],
        )

    def test_charge_shows_only_the_rows_of_its_position(self):
        self._applied(seats(12))
        version = self._applied(*seats_of(20, 30), name="two.csv").version_ids
        position = version.change_ids.position_id[0]
        self.assertEqual(len(self._all(version, "Row of the file")), 2)
        charge = self.env["msp.charge"]._append(
            [
                {
                    "contract_id": self.contract.id,
                    "position_id": position.id,
                    "kind": "opening",
                    "date_start": date(2026, 3, 5),
                    "date_end": date(2026, 3, 31),
                    "amount": 200.00,
                    "version_numbers": version.mapped("number"),
                }
            ]
        )
        row = self._find(charge, "Row of the file")
        self.assertEqual(row.record.position_id, position)
        below = self._find(version, "Charge that rests on it")
        self.assertEqual(below.record, charge)

    def test_number_of_queries_does_not_grow_with_the_rows(self):
        def count(version):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._walk(version)
            return self.env.cr.sql_log_count - before

        self._applied(seats(12))
        few = self._applied(*seats_of(10, 11), name="few.csv").version_ids
        many = self._applied(*seats_of(*range(20, 40)), name="many.csv").version_ids
        self.assertEqual(len(self._all(many, "Row of the file")), 20)
        count(few)
        self.assertEqual(count(few), count(many))
