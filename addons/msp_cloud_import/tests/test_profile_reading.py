from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import microsoft_csv, seats
from .profile_common import (
    SKYKICK_COLUMNS,
    ProfileCommon,
    change,
    csv_file,
    recurring,
    xls_file,
    xlsx_file,
)


@tagged("post_install", "-at_install")
class TestProfileReading(ProfileCommon):
    """Files that a confirmed profile reads, and those that wait for one."""

    def test_pitfall_082_header_below_blank_rows_and_remarks(self):
        content = b"Export of March\r\n\r\n" + csv_file([recurring(12)]).replace(
            b"\r\n", b"\r\n\r\n"
        )
        import_ = self._import(content)
        import_.profile_id.action_confirm()
        self.assertEqual(import_.row_count, 1)
        self.assertEqual(import_.problem_count, 0)

    def test_pitfall_083_contradicting_price_is_a_notice(self):
        import_ = self._confirmed(recurring(12, **{"Unit Cost": "95.00"}))
        notice = import_.problem_ids.filtered(lambda one: one.severity == "notice")
        self.assertIn("114.00", notice.reason)
        self.assertEqual(import_.amount_read, 114.0)

    def test_pitfall_084_row_with_unknown_currency_is_never_applied(self):
        import_ = self._confirmed(recurring(12), recurring(5, Currency="XQX"))
        self.assertEqual(import_.problem_count, 1)
        self.assertIn("XQX", import_.problem_ids.reason)
        self.assertEqual(import_.charge_count, 1)

    def test_pitfall_085_quantity_zero_is_allowed(self):
        row = recurring(0, **{"Order Type": "Usage", "Net Cost": "0.00"})
        import_ = self._confirmed(recurring(12), row)
        self.assertEqual(import_.problem_count, 0)
        self.assertEqual(import_.charge_count, 2)

    def test_pitfall_098_month_comes_from_most_rows_not_from_the_first(self):
        import_ = self._confirmed(
            change(1, "2025-11-05", "2025-12-04", **{"Subscription ID": "2001009"}),
            recurring(12),
            recurring(4, **{"Subscription ID": "2001002"}),
        )
        self.assertEqual(import_.date_start, date(2025, 11, 5))
        self.assertEqual(import_.month, date(2026, 3, 1))

    def test_skykick_file(self):
        cells = (
            "SK-000123,2026-04-01,Muster Bau GmbH,muster-bau.example,Cloud Backup,"
            "Exchange,25,2.50,62.50,USD,2026-03-01,2026-03-31"
        )
        content = f"{','.join(SKYKICK_COLUMNS)}\r\n{cells}\r\n".encode()
        import_ = self._import(content, "skykick.csv", self.skykick)
        import_.profile_id.action_confirm()
        row = import_.provider_charge_ids
        self.assertEqual(row.invoice_id, "SK-000123")
        self.assertEqual(row.customer_key, "muster-bau.example")
        self.assertEqual(row.sku_id, "Cloud Backup / Exchange")
        self.assertEqual((row.term, row.billing_plan), ("P1M", "monthly"))
        self.assertEqual(import_.currency_id.name, "USD")
        self.assertEqual(import_.amount_read, 62.5)

    def test_row_that_cannot_be_read_holds_back_the_customers_seats(self):
        """Two rows of one product are added; the good one alone would be too few."""
        backup = self._product("Cloud Backup", 4.0)
        contract = self._contract(self.customer, [(backup, 15, 4.0)])
        row = (
            "SK-1,2026-04-01,{0},{1},Cloud Backup,Exchange,{2},2.00,{3},EUR,"
            "2026-03-01,2026-03-31"
        )
        rows = (
            row.format('"Muster, Bau ""GmbH"""', "", 10, "20.00"),
            row.format('"Muster, Bau ""GmbH"""', "", 5, "ten"),
            row.format("Praxis", "praxis.example", 2, "4.00"),
        )
        content = "\r\n".join([",".join(SKYKICK_COLUMNS), *rows]).encode()
        import_ = self._import(content, "skykick.csv", self.skykick)
        import_.profile_id.action_confirm()
        customers = import_.customer_mapping_ids
        customers.filtered(lambda one: "Muster" in one.display_name).write(
            {"partner_id": self.customer.id}
        )
        praxis = self._partner("Praxis")
        self._contract(praxis, [(backup, 1, 4.0)])
        (customers - customers.filtered("partner_id")).write({"partner_id": praxis.id})
        import_.product_mapping_ids.write({"product_id": backup.id})
        import_.action_prepare()
        by_customer = {
            one.partner_id: (one.state, one.error) for one in import_.change_ids
        }
        self.assertEqual(by_customer[praxis], ("proposed", False))
        self.assertEqual(by_customer[self.customer][0], "waiting")
        self.assertIn("Row 3", by_customer[self.customer][1])
        import_.action_apply()
        self.assertEqual(
            self._content(contract.position_ids), [(date(2026, 1, 1), 15.0)]
        )

    def test_provider_is_recognised_by_the_columns(self):
        nobody = self.env["msp.provider"]
        with self.assertRaises(UserError) as caught:
            self._import(csv_file([recurring(12)]), provider=nobody)
        self.assertIn("Choose the provider", str(caught.exception))
        self._confirmed(recurring(12))
        april = csv_file([recurring(14, "2026-04-05", "2026-05-04")])
        self.assertEqual(
            self._import(april, "april.csv", nobody).provider_id, self.ingram
        )
        # Two providers of Microsoft's format: nobody knows whose file it is.
        with self.assertRaises(UserError) as caught:
            self._import(microsoft_csv(seats(12)), "g.csv", nobody)
        self.assertIn("Microsoft", str(caught.exception))
        self.provider.active = False
        self.assertEqual(
            self._import(microsoft_csv(seats(12)), "g.csv", nobody).provider_id,
            self.env.ref("msp_cloud_import.provider_microsoft"),
        )

    def test_header_of_two_providers_asks_for_the_provider(self):
        self._confirmed(recurring(12))
        again = self._import(csv_file([recurring(13)]), "b.csv", self.skykick)
        again.profile_id.action_confirm()
        with self.assertRaises(UserError) as caught:
            self._import(csv_file([recurring(14)]), "c.csv", self.env["msp.provider"])
        for name in (self.ingram.name, self.skykick.name):
            self.assertIn(name, str(caught.exception))

    def test_several_files_wait_for_one_profile(self):
        march = self._import(csv_file([recurring(12)]))
        april = self._import(
            csv_file([recurring(14, "2026-04-05", "2026-05-04")]), "april.csv"
        )
        self.assertEqual(march.profile_id, april.profile_id)
        self.assertEqual(march.profile_id.waiting_count, 2)
        self.assertEqual(self.ingram.columns_count, 2)
        action = march.profile_id.action_confirm()
        self.assertEqual(action["domain"], [("id", "in", (march + april).ids)])
        self.assertEqual((march + april).mapped("state"), ["mapped", "mapped"])
        self.assertEqual(self.ingram.columns_count, 0)
        self.assertEqual(self.ingram.last_month_label, "April 2026")
        self.assertEqual(self.ingram.unfinished_count, 2)

    def test_waiting_file_that_cannot_be_read_stops_no_other(self):
        march = self._import(csv_file([recurring(12)]))
        mixed = self._import(
            csv_file(
                [
                    recurring(14, "2026-04-05", "2026-05-04", **{"Net Cost": cost})
                    for cost in ("1,50", "1.50")
                ]
            ),
            "mixed.csv",
        )
        action = march.profile_id.with_user(self.clerk).action_confirm()
        self.assertEqual((march.state, mixed.state), ("mapped", "columns"))
        self.assertIn("mixed.csv", action["params"]["message"])
        self.assertEqual(action["params"]["next"]["res_id"], march.id)
        # Alone, it says why.
        with self.assertRaises(UserError) as caught:
            march.profile_id.action_confirm()
        self.assertIn("mixed.csv", str(caught.exception))

    def test_workbooks_are_read_like_text(self):
        rows = [recurring(12), change(3, "2026-03-20")]
        found = []
        for name, content in (
            ("a.csv", csv_file(rows)),
            ("a.xlsx", xlsx_file(rows)),
            ("a.xls", xls_file(rows)),
        ):
            import_ = self._import(content, name)
            if import_.state == "columns":
                import_.profile_id.action_confirm()
            found.append(
                import_.provider_charge_ids.sorted("row").mapped(
                    lambda row: (
                        row.row,
                        row.sub_account_id,
                        row.pricing_quantity,
                        row.billed_cost,
                        row.charge_period_start,
                        row.charge_date_end,
                    )
                )
            )
        self.assertEqual(len(found[0]), 2)
        self.assertEqual(found[0], found[1])
        self.assertEqual(found[0], found[2])

    def test_row_with_problem_of_a_workbook_is_kept_as_text(self):
        bad = recurring(3, start="soon")
        import_ = self._import(xlsx_file([recurring(12), bad]), "a.xlsx")
        import_.profile_id.action_confirm()
        problem = import_.problem_ids
        self.assertEqual((problem.row, problem.amount), (3, 28.5))
        self.assertIn("2001001\tContoso Office Suite", problem.record_text)
