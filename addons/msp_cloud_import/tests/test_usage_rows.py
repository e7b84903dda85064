from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .usage_common import UsageCommon, daily_csv, used


@freeze_time("2026-04-10 12:00:00")
@tagged("post_install", "-at_install")
class TestUsageRows(UsageCommon):
    """A file of usage is kept row by row, and summed into charges."""

    def _rows(self, import_):
        return self.env["msp.usage.row"].search([("import_id", "=", import_.id)])

    def test_rows_are_kept_and_summed(self):
        import_ = self._read(
            used(date(2026, 3, 1), "2.40"),
            used(date(2026, 3, 2), "2.405", ResourceGroup="rg-db", Tags=""),
            used(date(2026, 3, 2), "0.0001", MeterId="m-0002", MeterName="IP"),
        )
        charges = import_.provider_charge_ids.sorted("row")
        self.assertEqual(import_.state, "read")
        self.assertEqual((import_.row_count, import_.charge_count), (3, 3))
        self.assertEqual(charges.mapped("row_count"), [2, 1])
        rows = self._rows(import_)
        self.assertEqual(rows.mapped("row"), [2, 3, 4])
        self.assertEqual(rows.mapped("billed_cost"), [2.4, 2.405, 0.0001])
        self.assertEqual(rows.mapped("resource_group"), ["rg-web", "rg-db", "rg-web"])
        self.assertEqual(rows.mapped("tag_value"), ["prod", False, "prod"])
        self.assertEqual(rows[:2].charge_id, charges[0])
        self.assertEqual(rows[2].charge_id, charges[1])
        self.assertEqual(
            (charges[0].used_start, charges[0].used_end),
            (date(2026, 3, 1), date(2026, 3, 2)),
        )
        self.env.cr.execute(
            "SELECT billed_cost::text FROM msp_provider_charge WHERE id = %s",
            [charges[0].id],
        )
        self.assertEqual(self.env.cr.fetchone(), ("4.805",))
        self.assertAlmostEqual(import_.amount_read, 4.81, places=2)

    def test_a_vendor_has_files_of_several_kinds(self):
        self.provider.format_id = "microsoft_nce"
        import_ = self._read(used(date(2026, 3, 1), "1.00"))
        self.assertEqual(import_.format_id, "microsoft_daily")

    def test_texts_that_look_like_something_else_are_kept(self):
        names = ['a "b", c', "line\nbreak", "\\.", "\\N", "tab\there", "=1+1"]
        import_ = self._read(
            *(
                used(date(2026, 3, 1), "1.00", ResourceGroup=name, MeterId=f"m-{index}")
                for index, name in enumerate(names)
            )
        )
        self.assertEqual(self._rows(import_).mapped("resource_group"), names)

    def test_by_day_group_and_tag(self):
        import_ = self._read(
            used(date(2026, 3, 1), "1.00"),
            used(date(2026, 3, 1), "2.00", ResourceGroup="rg-db"),
            used(date(2026, 3, 2), "4.00", Tags='{"env": "test"}'),
        )
        rows = self.env["msp.usage.row"].with_user(self.clerk)
        domain = [("import_id", "=", import_.id)]
        by_group = rows._read_group(domain, ["resource_group"], ["billed_cost:sum"])
        self.assertEqual(by_group, [("rg-db", 2.0), ("rg-web", 5.0)])
        by_tag = rows._read_group(domain, ["tag_value"], ["billed_cost:sum"])
        self.assertEqual(by_tag, [("prod", 3.0), ("test", 4.0)])
        by_day = rows._read_group(domain, ["charge_date:day"], ["billed_cost:sum"])
        self.assertEqual([amount for _day, amount in by_day], [3.0, 4.0])
        charge = import_.provider_charge_ids
        action = charge.with_user(self.clerk).action_view_usage_rows()
        self.assertEqual(rows.search_count(action["domain"]), 3)

    def test_nobody_changes_rows(self):
        rows = self._rows(self._read(used(date(2026, 3, 1), "1.00")))
        with self.assertRaises(UserError):
            rows.sudo().write({"billed_cost": 2.0})
        with self.assertRaises(UserError):
            rows.sudo().unlink()
        with self.assertRaises(UserError):
            rows.sudo().create({"row": 1})
        self.assertEqual(rows.billed_cost, 1.0)

    def test_other_companies_and_users_see_none(self):
        rows = self._rows(self._read(used(date(2026, 3, 1), "1.00")))
        other = self.env["res.company"].create({"name": "Other"})
        self.clerk.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        rows = rows.with_context(allowed_company_ids=other.ids)
        self.assertFalse(rows.with_user(self.clerk).search([("id", "in", rows.ids)]))
        plain = self._user("plain", "group_account_manager")
        plain.write({"group_ids": [(6, 0, self.env.ref("base.group_user").ids)]})
        with self.assertRaises(AccessError):
            rows.with_user(plain).search([])

    def test_rows_with_problems_stand_aside(self):
        import_ = self._read(
            used(date(2026, 3, 1), "1.00"),
            used(date(2026, 3, 2), "much"),
            used(date(2026, 3, 3), "5.00", BillingCurrency="XQX", MeterId="m-9"),
        )
        self.assertEqual(self._rows(import_).mapped("row"), [2])
        errors = import_.problem_ids.filtered(lambda one: one.severity == "error")
        self.assertEqual(errors.mapped("row"), [3, 4])
        self.assertEqual((import_.row_count, import_.charge_count), (3, 1))
        self.assertEqual(import_.problem_count, 2)

    def test_lost_money_stores_nothing(self):
        imports = type(self.env["msp.import"])
        get_details = imports._get_details

        def lose(self, frame, ids):
            return get_details(self, frame.head(1), ids)

        self.patch(imports, "_get_details", lose)
        rows = [used(date(2026, 3, 1), "1.00"), used(date(2026, 3, 2), "2.00")]
        with self.assertRaisesRegex(UserError, "add up to 1.00 in 1 rows"):
            self._read(*rows)

    def test_deleted_with_their_import(self):
        import_ = self._read(used(date(2026, 3, 1), "1.00"))
        rows = self._rows(import_)
        import_.with_user(self.env.ref("base.user_admin")).sudo().unlink()
        self.assertFalse(rows.exists())

    def _run_cron(self):
        cron = self.env.ref("msp_cloud_import.ir_cron_continue_imports")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_large_files_are_read_by_the_scheduler(self):
        imports = self.env["msp.import"].with_user(self.clerk)
        content = daily_csv(used(date(2026, 3, 1), "1.00"))
        import_ = imports._keep_to_read(self.provider, "large.csv", content)
        self.assertEqual((import_.state, import_.is_running), ("new", True))
        self.assertFalse(self._rows(import_))
        self._run_cron()
        self.assertEqual((import_.state, import_.is_running), ("mapped", False))
        self.assertEqual(len(self._rows(import_)), 1)

    def test_stopped_files_are_not_read_until_asked(self):
        imports = self.env["msp.import"].with_user(self.clerk)
        content = daily_csv(used(date(2026, 3, 1), "1.00"))
        import_ = imports._keep_to_read(self.provider, "large.csv", content)
        import_.action_stop()
        self._run_cron()
        self.assertEqual(import_.state, "new")
        import_.action_read()
        self._run_cron()
        self.assertEqual(import_.state, "mapped")


@freeze_time("2026-04-10 12:00:00")
@tagged("post_install", "-at_install")
class TestUnbilledUsage(UsageCommon):
    """What is not invoiced yet is shown, replaced by the next file, never billed."""

    def _unbilled(self, cost, day=date(2026, 3, 1), **cells):
        return used(day, cost, InvoiceNumber="", **cells)

    def test_month_to_date_is_info_and_replaced(self):
        self._usage_contract()
        first = self._read(self._unbilled("1.00"))
        first.action_assign()
        first.action_prepare()
        self.assertEqual(first.provider_charge_ids.mapped("state"), ["info"])
        self.assertEqual(first.amount_info, 1.0)
        self.assertFalse(first.change_ids)
        # The same state again is no row that was read before.
        second = self._read(
            self._unbilled("1.00"), self._unbilled("2.00", date(2026, 3, 2))
        )
        second.action_assign()
        self.assertEqual(second.provider_charge_ids.mapped("state"), ["info"])
        self.assertEqual(first.provider_charge_ids.mapped("state"), ["ignored"])
        self.assertEqual(first.provider_charge_ids.superseded_by_id, second)
        # Later steps of the older file do not bring it back.
        first.action_assign()
        self.assertEqual(first.provider_charge_ids.mapped("state"), ["ignored"])
        self.assertEqual(first.amount_lost, 0.0)
        second._withdraw("wrong file")
        self.assertEqual(first.provider_charge_ids.mapped("state"), ["info"])

    def test_the_invoice_replaces_what_was_open(self):
        open_ = self._read(self._unbilled("1.00"))
        invoiced = self._read(used(date(2026, 3, 1), "1.10"))
        self.assertEqual(open_.provider_charge_ids.superseded_by_id, invoiced)
        self.assertEqual(invoiced.provider_charge_ids.mapped("state"), ["waiting"])

    def test_other_months_and_customers_stay(self):
        open_ = self._read(
            self._unbilled("1.00"),
            self._unbilled("2.00", CustomerId=TENANT_2),
        )
        self._read(used(date(2026, 3, 1), "1.10"))
        left = open_.provider_charge_ids.filtered(lambda row: not row.superseded_by_id)
        self.assertEqual(left.mapped("billed_cost"), [2.0])


TENANT_2 = "11111111-0000-4000-8000-000000000002"
