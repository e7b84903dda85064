from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .profile_common import INGRAM_COLUMNS, ProfileCommon, csv_file, ingram, recurring

RESOURCES = (
    "SUBSCRIPTION_ID",
    "SUBSCRIPTION_NAME",
    "SUBSCRIPTION_ACCOUNT_ID",
    "SUBSCRIPTION_ACCOUNT_NAME",
    "SUBSCRIPTION_START_DATE",
    "SUBSCRIPTION_STATUS",
    "SUBSCRIPTION_RESOURCE_ID",
    "SUBSCRIPTION_RESOURCE_NAME",
    "SUBSCRIPTION_RESOURCE_INCL_AMOUNT",
    "SUBSCRIPTION_RESOURCE_ADDITIONAL_AMOUNT",
    "SUBSCRIPTION_RESOURCE_ORDERED_AMOUNT",
    "SUBSCRIPTION_RESOURCE_UNIT",
)
SUBSCRIPTIONS = (
    "SUBSCRIPTION_RESELLER_ID",
    "SUBSCRIPTION_ACCOUNT_ID",
    "SUBSCRIPTION_ACCOUNT_NAME",
    "SUBSCRIPTION_ID",
    "SUBSCRIPTION_NAME",
    "SUBSCRIPTION_PLAN_ID",
    "SUBSCRIPTION_PLAN_NAME",
    "SUBSCRIPTION_STATUS",
    "SUBSCRIPTION_START_DATE_INT",
    "SUBSCRIPTION_START_DATE",
    "SUBSCRIPTION_EXP_DATE",
)
FULL = (
    "RESELLER_ACCOUNT_ID",
    "RESELLER_ACCOUNT_CURRENCY",
    "CUSTOMER_ACCOUNT_ID",
    "CUSTOMER_NAME",
    "SUBSCRIPTION_ID",
    "SUBSCRIPTION_NAME",
    "PLAN_RR_MPN",
    "ORDER_TYPE",
    "ORDER_DETAIL_QUANTITY",
    "ORDER_DETAIL_UNIT_PRICE",
    "ORDER_DETAIL_EXTENDED_PRICE",
    "ORDER_DETAIL_DATE_FROM",
    "ORDER_DETAIL_DATE_TO",
    "LEVEL",
)


def resource(status="30", included="10", additional="2"):
    cells = dict.fromkeys(RESOURCES, "")
    return cells | {
        "SUBSCRIPTION_ID": "2001001",
        "SUBSCRIPTION_NAME": "Contoso Office Suite (annual)",
        "SUBSCRIPTION_ACCOUNT_ID": "1004567",
        "SUBSCRIPTION_ACCOUNT_NAME": "Muster Bau GmbH",
        "SUBSCRIPTION_START_DATE": "2024-01-05",
        "SUBSCRIPTION_STATUS": status,
        "SUBSCRIPTION_RESOURCE_ID": "0077",
        "SUBSCRIPTION_RESOURCE_NAME": "Office licences",
        "SUBSCRIPTION_RESOURCE_INCL_AMOUNT": included,
        "SUBSCRIPTION_RESOURCE_ADDITIONAL_AMOUNT": additional,
        "SUBSCRIPTION_RESOURCE_ORDERED_AMOUNT": "99",
    }


@tagged("post_install", "-at_install")
class TestProfileRules(ProfileCommon):
    def _targets(self, profile):
        return {column.name: column.target for column in profile.column_ids}

    def _rule(self, profile, **vals):
        return self.env["msp.import.profile.rule"].create(
            {"profile_id": profile.id, "kind": "compute", **vals}
        )

    def test_all_templates_say_what_is_not_confirmed(self):
        for name in (
            "ingram",
            "ingram_full",
            "ingram_subscriptions",
            "ingram_resources",
        ):
            profile = self.env.ref(f"msp_cloud_import.profile_{name}")
            with self.subTest(profile=profile.name):
                self.assertTrue(profile.is_template)
                self.assertIn("Not confirmed", profile.note)
                self.assertIn("Assumed", profile.note)
                self.assertEqual(profile._explain_columns(), "")
                self.assertTrue(profile._to_plain().columns["sku_id"])

    def test_resources_state_counts_on_the_day_of_the_import(self):
        rows = [resource(), resource("60"), resource(included="", additional="")]
        import_ = self._import(csv_file(rows, RESOURCES), "resources.csv")
        profile = import_.profile_id
        self.assertTrue(profile.states_counts)
        self.assertEqual(
            profile.rule_ids.expression,
            "[SUBSCRIPTION_RESOURCE_INCL_AMOUNT] + "
            "[SUBSCRIPTION_RESOURCE_ADDITIONAL_AMOUNT]",
        )
        targets = self._targets(profile)
        self.assertEqual(targets["SUBSCRIPTION_RESOURCE_ID"], "sku_id")
        self.assertFalse(targets["SUBSCRIPTION_RESOURCE_ORDERED_AMOUNT"])
        self.assertIn("Not confirmed", profile.note)
        self.assertIn("Muster Bau GmbH", profile.check_html)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE msp_import SET create_date = '2026-03-20 10:00' WHERE id = %s",
            [import_.id],
        )
        import_.invalidate_recordset(["create_date"])
        profile.with_user(self.clerk).action_confirm()
        first, ended, none = import_.provider_charge_ids
        self.assertRecordValues(
            first,
            [
                {
                    "sku_id": "0077",
                    "event": "recurring",
                    "pricing_quantity": 12.0,
                    "billed_cost": 0.0,
                    "charge_period_start": date(2026, 3, 20),
                    "charge_period_end": False,
                }
            ],
        )
        self.assertEqual(ended.event, "cancel")
        self.assertEqual(none.pricing_quantity, 0.0)
        self.assertEqual(import_.amount_read, 0.0)

    def test_the_template_that_knows_most_columns_teaches_the_rules(self):
        for columns, counts, differences in (
            (RESOURCES, True, False),
            (SUBSCRIPTIONS, True, False),
            (FULL, False, True),
            (INGRAM_COLUMNS, False, True),
        ):
            with self.subTest(columns=columns[0]):
                row = dict.fromkeys(columns, "1")
                import_ = self._import(
                    csv_file([row], columns), f"{columns[0]}{len(columns)}.csv"
                )
                profile = import_.profile_id
                self.assertEqual(profile.states_counts, counts)
                self.assertEqual(profile.changes_are_differences, differences)

    def test_subscriptions_say_nothing_about_quantities(self):
        row = dict.fromkeys(SUBSCRIPTIONS, "") | {
            "SUBSCRIPTION_ACCOUNT_ID": "1004567",
            "SUBSCRIPTION_ACCOUNT_NAME": "Muster Bau GmbH",
            "SUBSCRIPTION_ID": "2001001",
            "SUBSCRIPTION_NAME": "Contoso Office Suite",
            "SUBSCRIPTION_PLAN_ID": "50012",
            "SUBSCRIPTION_STATUS": "30",
            "SUBSCRIPTION_START_DATE": "2026-03-05",
            "SUBSCRIPTION_EXP_DATE": "2027-03-04",
        }
        import_ = self._import(csv_file([row], SUBSCRIPTIONS), "subscriptions.csv")
        import_.profile_id.action_confirm()
        charge = import_.provider_charge_ids
        self.assertEqual((charge.term_start, charge.term), (date(2026, 3, 5), "P1Y"))
        self.assertFalse(charge.is_quantity)

    def test_pitfall_081_full_view_is_read_without_the_other_levels(self):
        row = {
            "RESELLER_ACCOUNT_ID": "1000123",
            "RESELLER_ACCOUNT_CURRENCY": "EUR",
            "CUSTOMER_ACCOUNT_ID": "1004567",
            "CUSTOMER_NAME": "Muster Bau GmbH",
            "SUBSCRIPTION_ID": "2001001",
            "SUBSCRIPTION_NAME": "Contoso Office Suite (annual)",
            "PLAN_RR_MPN": "CFQ7TTC0AAAA:0001",
            "ORDER_TYPE": "Recurring",
            "ORDER_DETAIL_QUANTITY": "12",
            "ORDER_DETAIL_UNIT_PRICE": "9.50",
            "ORDER_DETAIL_EXTENDED_PRICE": "114.00",
            "ORDER_DETAIL_DATE_FROM": "2026-03-05",
            "ORDER_DETAIL_DATE_TO": "2026-04-04",
            "LEVEL": "Reseller",
        }
        sale = row | {"ORDER_DETAIL_EXTENDED_PRICE": "180.00", "LEVEL": "Customer"}
        import_ = self._import(csv_file([row, sale], FULL), "full.csv")
        profile = import_.profile_id
        self._rule(profile, kind="keep_only", name="LEVEL", expression="Reseller")
        profile.action_check()
        self.assertIn("114.00", profile.check_html)
        profile.action_confirm()
        self.assertEqual(import_.row_count, 1)
        self.assertEqual(import_.amount_read, 114.0)
        self.assertIn("180.00 EUR", "".join(import_.problem_ids.mapped("reason")))

    def test_a_text_is_cut_into_parts(self):
        columns = [name for name in INGRAM_COLUMNS if name not in ("From", "To")]
        text = "Contoso Office from 2026-03-05 through 2026-04-04"
        rows = [ingram(**{"Subscription Name": text})]
        import_ = self._import(csv_file(rows, columns), "text.csv")
        profile = import_.profile_id
        self.assertIn("No column means", profile._explain_columns())
        self._rule(
            profile,
            kind="split",
            name="Subscription Name",
            expression="* from {charge_period_start} through {charge_period_end}",
        )
        self.assertEqual(profile._explain_columns(), "")
        profile.action_confirm()
        charge = import_.provider_charge_ids
        self.assertEqual(charge.charge_period_start, date(2026, 3, 5))
        self.assertEqual(charge.charge_date_end, date(2026, 4, 4))

    def test_amounts_without_sign_take_it_from_the_quantity(self):
        rows = [recurring(12), recurring(-2, **{"Net Cost": "19.00"})]
        rows[1]["Order Type"] = "Credit"
        import_ = self._import(csv_file(rows), "signs.csv")
        import_.profile_id.sign_rule = "quantity"
        import_.profile_id.action_confirm()
        self.assertEqual(import_.amount_read, 95.0)

    def test_rules_that_cannot_be_understood_are_refused(self):
        profile = self._import(csv_file([recurring(12)])).profile_id
        for vals, words in (
            ({"target": "tax", "expression": "[Net Cost"}, "cannot be understood"),
            ({"target": "total", "expression": "12"}, "names no column"),
            (
                {"kind": "split", "name": "MPN", "expression": "{sku_id}{sku_name}"},
                "side by side",
            ),
        ):
            with self.assertRaisesRegex(ValidationError, words):
                self._rule(profile, **vals)
        for vals in (
            {"expression": "[Net Cost]"},
            {"kind": "split", "expression": "{sku_id}"},
            {"kind": "leave_out", "expression": "x"},
        ):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                self._rule(profile, **vals)

    def test_rules_that_do_not_fit_the_file_are_named(self):
        profile = self._import(csv_file([recurring(12)])).profile_id
        rule = self._rule(profile, target="tax", expression="[Net Cost] * [Rate]")
        with self.assertRaisesRegex(UserError, "needs the column “Rate”"):
            profile.action_confirm()
        rule.write({"target": "billed_cost", "expression": "[Net Cost] * 2"})
        with self.assertRaisesRegex(UserError, "also read from a column"):
            profile.action_confirm()
        rule.unlink()
        profile.action_confirm()
        self.assertEqual(profile.state, "confirmed")

    def test_rules_of_a_confirmed_profile_stay(self):
        profile = self._confirmed(recurring(12)).profile_id
        vals = {"profile_id": profile.id, "kind": "leave_out", "name": "MPN"}
        rules = self.env["msp.import.profile.rule"]
        with self.assertRaisesRegex(AccessError, "Only an administrator"):
            rules.with_user(self.clerk).create({**vals, "expression": "x"})
        with self.assertRaisesRegex(UserError, "is confirmed"):
            rules.with_user(self.administrator).create({**vals, "expression": "x"})
        with self.assertRaises(AccessError):
            rules.with_user(self.manager).create({**vals, "expression": "x"})
