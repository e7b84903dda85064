from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..formats.microsoft_nce_columns import COLUMNS
from .common import ImportCommon, microsoft_csv, row, seats


@tagged("post_install", "-at_install")
class TestImportBrokenFiles(ImportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(cls.customer, [(cls.premium, 10, 20.0)])
        cls.position = cls.contract.position_ids

    def _refused(self, name, content):
        """Return the sentence with which a file is refused; nothing is stored."""
        imports = self.env["msp.import"].with_user(self.clerk)
        before = imports.search_count([])
        with self.assertRaises(UserError) as caught:
            imports.import_file(self.provider.id, name, content)
        self.assertEqual(imports.search_count([]), before)
        return str(caught.exception)

    def test_broken_row_is_listed_and_the_rest_goes_on(self):
        broken = seats(3, SubscriptionId="5b5b5b5b-0000-4000-8000-000000000009")
        broken["ChargeStartDate"] = "soon"
        import_ = self._applied(broken, seats(12))
        problem = import_.problem_ids
        self.assertRecordValues(
            problem,
            [
                {
                    "severity": "error",
                    "row": 2,
                    "column": "ChargeStartDate",
                    "value": "soon",
                    "amount": 30.0,
                }
            ],
        )
        self.assertIn("soon", problem.reason)
        self.assertIn("Muster Bau", problem.record_text)
        self.assertEqual(import_.row_count, 2)
        self.assertEqual(import_.problem_count, 1)
        self.assertEqual(import_.amount_read, 150.0)
        self.assertEqual(import_.amount_waiting, 30.0)
        self.assertEqual(import_.amount_lost, 0.0)
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 5), 12.0))

    def test_half_of_a_change_waits_for_the_other_half(self):
        common = {
            "ChargeType": "removeQuantity",
            "OrderDate": date(2026, 3, 8),
            "ReferenceId": "c3c3c3c3-0000-4000-8000-000000000001",
            "TaxTotal": "0.00",
        }
        back = row(
            **common,
            Quantity="10",
            BillableQuantity="10",
            EffectiveUnitPrice="-9.03",
            Subtotal="-90.30",
            Total="-90.30",
        )
        anew = row(
            **common,
            Quantity="8",
            BillableQuantity="eight",
            EffectiveUnitPrice="9.03",
            Subtotal="72.24",
            Total="72.24",
            ChargeStartDate=date(2026, 3, 8),
        )
        import_ = self._applied(back, anew)
        self.assertEqual(import_.change_ids.state, "waiting")
        self.assertIn("Row 3", import_.change_ids.error)
        self.assertEqual(self._content(self.position), [(date(2026, 1, 1), 10.0)])
        self.assertEqual(import_.amount_waiting, -18.06)

    def test_unknown_header_is_refused_in_words(self):
        message = self._refused("prices.csv", b"Article;Price\r\nA;100\r\n")
        self.assertIn("prices.csv", message)
        self.assertIn("Article", message)

    def test_missing_column_is_named(self):
        columns = [name for name in COLUMNS if name != "BillableQuantity"]
        message = self._refused("old.csv", microsoft_csv(seats(12), columns=columns))
        self.assertIn("old.csv", message)
        self.assertIn("BillableQuantity", message)

    def test_utf16_is_refused_in_words(self):
        message = self._refused("u.csv", microsoft_csv(seats(12), encoding="utf-16"))
        self.assertIn("UTF-16", message)

    def test_windows_encoding_is_read_and_noted(self):
        cells = seats(12, CustomerName="Müller & Söhne")
        import_ = self._read(cells, encoding="cp1252")
        self.assertEqual(import_.provider_charge_ids.sub_account_name, "Müller & Söhne")
        notice = import_.problem_ids.filtered(lambda one: one.severity == "notice")
        self.assertIn("Windows-1252", notice[0].reason)

    def test_empty_file_workbook_and_truncated_archive_are_refused(self):
        for content in (
            b"",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest",
            b"\x1f\x8b\x08cut",
        ):
            with self.subTest(content=content):
                self.assertIn("x.csv", self._refused("x.csv", content))

    def test_other_columns_than_last_time_are_noted(self):
        self._read(seats(12))
        columns = [name for name in COLUMNS if name != "PromotionId"]
        second = self._read(seats(13), name="b.csv", columns=columns)
        self.assertIn("other columns", second.problem_ids.reason)

    def test_accountant_ignores_a_problem_and_its_money_stays_shown(self):
        broken = seats(3)
        broken["ChargeStartDate"] = "soon"
        import_ = self._applied(broken)
        accountant = self._user("accountant", "group_accountant")
        problem = import_.problem_ids.with_user(accountant)
        action = problem.action_ignore()
        self.env["msp.import.ignore"].with_user(accountant).with_context(
            **action["context"]
        ).create({"reason": "the provider corrected it"}).action_ignore()
        import_.invalidate_recordset()
        self.assertEqual(import_.amount_ignored, 30.0)
        self.assertEqual(import_.amount_waiting, 0.0)

    def test_day_far_in_the_future_is_a_problem_of_its_row(self):
        import_ = self._read(
            seats(12),
            seats(
                3,
                SubscriptionId="s2",
                ChargeStartDate=date(9999, 12, 31),
                ChargeEndDate=date(9999, 12, 31),
            ),
        )
        problem = import_.problem_ids.filtered(lambda one: one.severity == "error")
        self.assertEqual((problem.row, problem.amount), (3, 30.0))
        self.assertIn("no bill has", problem.reason)
        self.assertEqual((import_.amount_read, import_.amount_lost), (150.0, 0.0))
        self._assign(import_)
        import_.action_prepare()
        self.assertEqual(import_.state, "prepared")
