import time
from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .profile_common import ProfileCommon
from .usage_common import UsageCommon, daily_csv, used


@tagged("post_install", "-at_install")
class TestExportParts(UsageCommon):
    """Parts of one export that come one by one replace nothing in silence."""

    _upload = ProfileCommon._upload

    def _part(self, cost, **cells):
        return daily_csv(used(date(2026, 3, 1), cost, **cells))

    def _take(self, *files):
        imports = self.env["msp.import"].with_user(self.clerk)
        names = [name for name, _content in files]
        return imports._take_files(self.provider, files, time.monotonic() + 60, names)

    def _open_rows(self):
        """Return the rows of the provider that count."""
        return self.env["msp.provider.charge"].search(
            [
                ("provider_id", "=", self.provider.id),
                ("import_id.state", "!=", "withdrawn"),
                ("known_charge_id", "=", False),
                ("superseded_by_id", "=", False),
            ]
        )

    def test_parts_dropped_together_are_refused(self):
        files = [
            ("part_0_0001.csv", self._part("60.00")),
            ("part_1_0001.csv", self._part("40.00")),
            ("other.csv", self._part("5.00", InvoiceNumber="G2")),
        ]
        results = self._take(*files)
        self.assertEqual(
            [one["state"] for one in results], ["refused", "refused", "imported"]
        )
        self.assertIn("one ZIP archive", results[0]["sentence"])
        with self.assertRaisesRegex(UserError, "one ZIP archive"):
            self._upload(files[:2], provider=self.provider)

    def test_parts_dropped_one_by_one_lose_no_money(self):
        for cost in ("40.00", "60.00"):
            for first, second in (
                ("part_0_0001.csv", "part_0_0002.csv"),
                ("usage-00002.csv", "usage-00001.csv"),
                ("mail.zip/usage-000000000000.csv.gz", "usage-000000000001.csv.gz"),
            ):
                with (
                    self.subTest(second=second, cost=cost),
                    self.env.cr.savepoint() as savepoint,
                ):
                    (result,) = self._take((first, self._part("60.00")))
                    self.assertEqual(result["state"], "imported")
                    import_ = self.env["msp.import"].browse(result["import_id"])
                    # Another row, as else it is the same file.
                    content = daily_csv(
                        used(date(2026, 3, 1), cost),
                        used(date(2026, 3, 1), "1.00", MeterId="m-2"),
                    )
                    (result,) = self._take((second, content))
                    self.assertEqual(result["state"], "refused")
                    self.assertIn(import_.name, result["sentence"])
                    self.assertIn("one ZIP archive", result["sentence"])
                    self.assertEqual(self._open_rows().mapped("billed_cost"), [60.0])
                    savepoint.rollback()
                    self.env.invalidate_all()

    def test_part_of_the_open_month_does_not_take_over(self):
        cells = {"InvoiceNumber": ""}
        self._take(("part_0_0001.csv", self._part("60.00", **cells)))
        (result,) = self._take(
            ("part_0_0002.csv", self._part("40.00", MeterId="m-2", **cells))
        )
        self.assertEqual(result["state"], "refused")
        self.assertEqual(self._open_rows().mapped("billed_cost"), [60.0])

    def test_same_part_of_a_newer_export_replaces(self):
        self._take(("part_0_0001.csv", self._part("60.00")))
        (result,) = self._take(("part_0_0001.csv", self._part("65.00")))
        self.assertEqual(result["state"], "imported")
        self.assertEqual(self._open_rows().mapped("billed_cost"), [65.0])

    def test_other_months_and_numbers_of_invoices_are_no_parts(self):
        april = {
            "InvoiceNumber": "G2",
            "ChargeStartDate": date(2026, 4, 1),
            "ChargeEndDate": date(2026, 4, 30),
        }
        files = [
            ("invoice-00041.csv", self._part("60.00")),
            ("invoice-00042.csv", daily_csv(used(date(2026, 4, 1), "40.00", **april))),
        ]
        results = self._take(*files)
        self.assertEqual({one["state"] for one in results}, {"imported"})
        self.assertEqual(sum(self._open_rows().mapped("billed_cost")), 100.0)
