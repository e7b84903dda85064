from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import microsoft_csv, seats
from .profile_common import ProfileCommon, change, csv_file, recurring
from .usage_common import daily_csv, used

MAIL = {
    "SkuId": "0009",
    "SkuName": "Contoso Mail",
    "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000009",
    "ReservationOrderId": "mail",
}
NEW = {"SkuId": "0007", "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000007"}


@tagged("post_install", "-at_install")
class TestImportCorrected(ProfileCommon):
    """Another file of an invoice that was read before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(
            cls.customer, [(cls.premium, 10, 20.0), (cls.suite, 12, 15.0)]
        )
        cls.position = cls.contract.position_ids[0]
        cls.suites = cls.contract.position_ids[1]
        cls._product("Contoso Mail", 4.0)

    def _corrected(self, *rows, name="corrected.csv", **options):
        return self._applied(*rows, name=name, **options)

    def _money(self, *imports):
        """Return the money that counts over these imports."""
        rows = self.env["msp.provider.charge"].search(
            [
                ("import_id", "in", [one.id for one in imports]),
                ("import_id.state", "!=", "withdrawn"),
                ("known_charge_id", "=", False),
                ("superseded_by_id", "=", False),
            ]
        )
        return round(sum(rows.mapped("billed_cost")), 2)

    def _assert_compared(self, import_, **expected):
        self.assertEqual({name: import_[name] for name in expected}, expected)
        self.assertAlmostEqual(
            import_.amount_old
            + import_.amount_changed
            + import_.amount_new
            - import_.amount_gone,
            import_.amount_read,
        )
        self.assertEqual(import_.amount_lost, 0.0)

    def test_pitfall_088_corrected_file_is_compared_row_by_row(self):
        first = self._applied(seats(12), seats(5, **MAIL))
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 5), 12.0))
        second = self._corrected(seats(15), seats(5, **MAIL), seats(1, **NEW))
        self._assert_compared(
            second,
            same_count=1,
            changed_count=1,
            new_count=1,
            gone_count=0,
            amount_old=170.0,
            amount_changed=30.0,
            amount_new=10.0,
        )
        self.assertEqual(self._money(first, second), 210.0)
        self.assertEqual(self._money(first), 50.0)
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 5), 15.0))
        self.assertEqual(first.amount_lost, 0.0)

    def test_withdrawal_brings_the_older_rows_back(self):
        first = self._applied(seats(12))
        second = self._corrected(seats(15))
        self.assertEqual(first.provider_charge_ids.state, "ignored")
        self.assertIn(second.name, first.provider_charge_ids.state_reason)
        second._withdraw("wrong")
        row = first.provider_charge_ids
        self.assertEqual((row.state, row.superseded_by_id.ids), ("applied", []))
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 5), 12.0))
        self.assertEqual(self._money(first, second), 120.0)

    def test_withdrawal_in_the_middle(self):
        first = self._applied(seats(12))
        second = self._corrected(seats(15))
        third = self._corrected(seats(16), name="third.csv")
        second._withdraw("wrong")
        self.assertEqual(self._money(first, second, third), 160.0)
        self.assertEqual(first.provider_charge_ids.superseded_by_id, third)
        third._withdraw("wrong")
        self.assertEqual(self._money(first, second, third), 120.0)
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 5), 12.0))

    def test_equal_row_inherits_what_was_replaced(self):
        first = self._applied(seats(12))
        second = self._corrected(seats(15))
        extra = seats(1, **NEW)
        third = self._corrected(seats(15), extra, name="third.csv")
        self.assertEqual(self._money(first, second, third), 160.0)
        second._withdraw("wrong")
        self.assertEqual(self._money(first, second, third), 160.0)
        self.assertEqual(first.provider_charge_ids.superseded_by_id, third)
        third.action_prepare()
        third.action_apply()
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 5), 15.0))

    def test_a_file_says_nothing_of_other_kinds_of_its_invoice(self):
        invoice = {"InvoiceNumber": seats(1)["InvoiceNumber"]}
        usage = self.env["msp.import"].import_file(
            self.provider.id,
            "usage.csv",
            daily_csv(used(date(2026, 3, 2), "7.00", **invoice)),
        )
        first = self._applied(seats(12), seats(5, **MAIL))
        second = self._corrected(seats(15))
        self.assertEqual(second.gone_charge_ids.import_id, first)
        self._assert_compared(second, changed_count=1, gone_count=1, amount_gone=50.0)
        again = self.env["msp.import"].import_file(
            self.provider.id,
            "usage2.csv",
            daily_csv(used(date(2026, 3, 2), "8.00", **invoice)),
        )
        self.assertEqual(again.provider_charge_ids.previous_charge_id.import_id, usage)
        self.assertFalse(again.gone_charge_ids)

    def test_missing_row_asks(self):
        first = self._applied(seats(12), seats(5, **MAIL))
        second = self._corrected(seats(12))
        row = first.provider_charge_ids.sorted("row")[1]
        self._assert_compared(
            second, same_count=1, gone_count=1, gone_open_count=1, amount_gone=50.0
        )
        self.assertEqual(second.gone_charge_ids, row)
        self.assertEqual(self._money(first, second), 170.0)
        version = row.version_id
        self.assertEqual(version.state, "active")
        row.with_user(self.clerk).action_take_back()
        self.assertEqual(self._money(first, second), 120.0)
        self.assertEqual(version.state, "withdrawn")
        # What rested on other rows is applied again.
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 5), 12.0))
        mail = self.contract.position_ids[2]
        self.assertFalse(mail.line_ids)
        second._withdraw("wrong")
        self.assertEqual(self._money(first, second), 170.0)
        self.assertFalse(row.gone_import_id)
        first.action_prepare()
        first.action_apply()
        self.assertEqual(row.version_id.state, "active")

    def test_rows_in_another_currency_are_counted_as_well(self):
        self.env.ref("base.USD").active = True
        dollars = {"Currency": "USD", "PricingCurrency": "USD"}
        other = {"SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000008"}
        self._applied(
            seats(12), seats(2, **MAIL, **dollars), seats(1, **other, **dollars)
        )
        second = self._corrected(seats(12), seats(2, **MAIL, **dollars))
        self._assert_compared(
            second,
            same_count=2,
            gone_count=1,
            gone_open_count=1,
            amount_old=120.0,
            amount_gone=0.0,
        )

    def test_missing_row_may_count_on(self):
        first = self._applied(seats(12), seats(5, **MAIL))
        second = self._corrected(seats(12))
        row = second.gone_charge_ids
        row.with_user(self.clerk).action_keep()
        self.assertEqual((row.gone_decision, row.state), ("kept", "applied"))
        self.assertEqual(self._money(first, second), 170.0)

    def test_missing_row_of_a_file_not_yet_applied_waits(self):
        first = self._prepared(seats(12), seats(5, **MAIL))
        second = self._read(seats(12), name="second.csv")
        self.assertEqual(first.state, "mapped")
        first.action_prepare()
        row = second.gone_charge_ids
        self.assertEqual(row.state, "waiting")
        self.assertIn(second.name, row.state_reason)
        self.assertEqual(len(first.change_ids), 1)
        row.with_user(self.clerk).action_keep()
        first.action_prepare()
        self.assertEqual(len(first.change_ids), 2)

    def test_another_part_of_an_invoice_misses_nothing(self):
        first = self._applied(seats(12))
        second = self._corrected(seats(5, **MAIL))
        self.assertFalse(second.is_compared)
        self.assertFalse(first.provider_charge_ids.gone_decision)
        self.assertEqual(self._money(first, second), 170.0)

    def test_same_rows_in_another_order_and_with_other_columns(self):
        rows = [seats(12), seats(5, **MAIL)]
        first = self._applied(*rows)
        columns = [name for name in reversed(rows[1]) if name != "UnitPrice"]
        second = self._read(*reversed(rows), name="again.csv", columns=columns)
        self._assert_compared(second, same_count=2, changed_count=0, new_count=0)
        self.assertEqual(self._money(first, second), 170.0)
        row = second.provider_charge_ids.sorted("row")[1]
        self.assertEqual(
            row.known_charge_id, first.provider_charge_ids.sorted("row")[0]
        )
        self.assertIn(f"{first.name}, row 2", row.first_label)
        self.assertIn(self.clerk.name, row.first_label)
        second.action_assign()
        self.assertIn(f"{first.name}, row 2", row.state_reason)

    def test_proposal_of_replaced_rows_is_dropped(self):
        first = self._prepared(seats(12))
        second = self._corrected(seats(15))
        self.assertEqual(first.state, "mapped")
        self.assertFalse(first.change_ids)
        first.action_prepare()
        self.assertFalse(first.change_ids)
        self.assertEqual(self._content(self.position)[-1], (date(2026, 3, 5), 15.0))
        self.assertEqual(len(second.version_ids), 1)

    # Differences

    def _ingram(self, *rows, name="export.csv"):
        import_ = self._import(csv_file(rows), name)
        if import_.state == "columns":
            import_.profile_id.action_confirm()
        import_ = self._ready(import_)
        import_.action_apply()
        return import_

    def test_corrected_difference_moves_by_the_difference(self):
        first = self._ingram(change(3, "2026-03-20"))
        self.assertEqual(self._content(self.suites)[-1], (date(2026, 3, 20), 15.0))
        # Without a number of the invoice the amount says that it is the same line.
        second = self._ingram(
            change(5, "2026-03-20", **{"Net Cost": "14.25"}), name="b.csv"
        )
        self.assertEqual(second.change_ids.difference, 2.0)
        self.assertEqual(self._content(self.suites)[-1], (date(2026, 3, 20), 17.0))
        with self.assertRaises(UserError):
            first._withdraw("wrong")
        second._withdraw("wrong")
        self.assertEqual(self._content(self.suites)[-1], (date(2026, 3, 20), 15.0))

    def test_pitfall_089_every_row_of_a_long_file_is_read(self):
        rows = [
            seats(1, SubscriptionId=f"5b5b5b5b-0000-4000-8000-{number:012}")
            for number in range(1201)
        ]
        import_ = self._read(*rows)
        self.assertEqual((import_.row_count, import_.charge_count), (1201, 1201))
        self.assertEqual(import_.amount_read, 12010.0)
        self.assertEqual(import_.amount_lost, 0.0)

    def test_file_is_refused_only_if_it_is_the_same_to_the_byte(self):
        content = microsoft_csv(seats(12))
        imports = self.env["msp.import"].with_user(self.clerk)
        imports.import_file(self.provider.id, "a.csv", content)
        with self.assertRaises(UserError):
            imports.import_file(self.provider.id, "b.csv", content)
        again = imports.import_file(self.provider.id, "b.csv", content + b"\r\n")
        self.assertEqual(again.same_count, 1)

    # Files without a number of the invoice

    def test_complete_files_without_numbers_replace_each_other(self):
        other = {"Subscription ID": "2001002", "Customer Account ID": "1004568"}
        self.ingram.files_are_complete = True
        first = self._ingram(recurring(12), recurring(3, **other))
        second = self._ingram(recurring(15), name="corrected.csv")
        # Neither quantity nor amount are the same, yet it is the line of the month.
        self._assert_compared(
            second,
            same_count=0,
            changed_count=1,
            gone_count=1,
            gone_open_count=1,
            amount_old=142.5,
            amount_changed=28.5,
            amount_gone=28.5,
        )
        self.assertEqual(second.gone_charge_ids.subscription_id, "2001002")
        self.assertEqual(self._money(first, second), 171.0)
        second.gone_charge_ids.with_user(self.clerk).action_take_back()
        self.assertEqual(self._money(first, second), 142.5)
        self.assertEqual(self._content(self.suites)[-1], (date(2026, 3, 5), 15.0))

    def test_complete_files_of_other_months_are_not_compared(self):
        self.ingram.files_are_complete = True
        first = self._ingram(recurring(12))
        second = self._ingram(
            recurring(15, "2026-04-05", "2026-05-04"), name="april.csv"
        )
        self.assertFalse(second.is_compared)
        self.assertEqual(self._money(first, second), 256.5)

    def test_file_that_was_not_read_in_full_misses_nothing(self):
        other = {"Subscription ID": "2001002", "Customer Account ID": "1004568"}
        self.ingram.files_are_complete = True
        first = self._ingram(recurring(12), recurring(3, **other))
        second = self._ingram(
            recurring(12), recurring(3, **other, **{"Net Cost": "?"}), name="bad.csv"
        )
        self.assertEqual(second.problem_count, 1)
        self.assertEqual((second.same_count, second.gone_count), (1, 0))
        self.assertEqual(self._money(first, second), 142.5)

    def test_files_that_are_not_complete_miss_nothing(self):
        other = {"Subscription ID": "2001002", "Customer Account ID": "1004568"}
        first = self._ingram(recurring(12), recurring(3, **other))
        second = self._ingram(recurring(12), name="part.csv")
        self.assertEqual((second.same_count, second.gone_count), (1, 0))
        self.assertEqual(self._money(first, second), 142.5)
