from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .profile_common import (
    INGRAM_COLUMNS,
    ProfileCommon,
    change,
    csv_file,
    recurring,
)

GERMAN = {
    "Customer Account ID": "Kundennummer",
    "End Customer Name": "Endkunde",
    "Subscription ID": "Abonnementnummer",
    "Subscription Name": "Produkt",
    "MPN": "Artikelnummer",
    "Order Type": "Vorgang",
    "From": "Von",
    "To": "Bis",
    "Quantity": "Menge",
    "Unit Cost": "Einzelpreis",
    "Net Cost": "Nettobetrag",
    "Currency": "Währung",
}


@tagged("post_install", "-at_install")
class TestProfile(ProfileCommon):
    def _targets(self, profile):
        return {column.name: column.target for column in profile.column_ids}

    def test_shipped_profiles_are_templates_and_unconfirmed(self):
        for name in ("ingram", "skykick"):
            profile = self.env.ref(f"msp_cloud_import.profile_{name}")
            with self.subTest(profile=profile.name):
                self.assertEqual(profile.state, "unconfirmed")
                self.assertTrue(profile.is_template)
                self.assertIn("Not confirmed", profile.note)
                self.assertFalse(profile._explain_columns().startswith("The columns"))
                self.assertFalse(profile.provider_id.is_layout_known)
        self.assertTrue(self.template.changes_are_differences)
        plain = self.template._to_plain()
        self.assertEqual(plain.columns["sku_id"], ("MPN", "Resource SKU", "SKU"))
        self.assertEqual(plain.charge_types["Cancellation"], "cancel")
        self.assertTrue(self.env.ref("msp_cloud_import.provider_microsoft").format_id)

    def test_ingram_file_opens_the_assignment_and_is_read_once_confirmed(self):
        rows = [recurring(12), change(3, "2026-03-20")]
        import_ = self._import(csv_file(rows))
        self.assertEqual(import_.state, "columns")
        self.assertFalse(import_.provider_charge_ids)
        profile = import_.profile_id
        self.assertEqual(profile.state, "unconfirmed")
        self.assertEqual(profile.header, list(INGRAM_COLUMNS))
        self.assertTrue(profile.changes_are_differences)
        targets = self._targets(profile)
        self.assertEqual(targets["Customer Account ID"], "sub_account_id")
        self.assertEqual(targets["Net Cost"], "billed_cost")
        self.assertFalse(targets["Reseller ID"])
        columns = {column.name: column for column in profile.column_ids}
        self.assertEqual(columns["From"].samples, "2026-03-05 | 2026-03-20")
        self.assertIn("Ingram", columns["From"].reason)
        # Fully suggested: the totals are there to be looked at.
        for text in ("128.25", "Muster Bau GmbH", "Contoso Office Suite"):
            self.assertIn(text, profile.check_html)
        self.assertEqual(
            {word.name: word.row_count for word in profile.word_ids if word.row_count},
            {"Recurring": 1, "Change": 1},
        )

        action = profile.with_user(self.clerk).action_confirm()
        self.assertEqual(action["res_id"], import_.id)
        self.assertEqual(import_.state, "mapped")
        self.assertEqual(import_.amount_read, 128.25)
        self.assertEqual(import_.amount_lost, 0.0)
        self.assertEqual(import_.month, date(2026, 3, 1))
        self.assertEqual(import_.month_label, "March 2026")
        self.assertEqual(import_.date_end, date(2026, 4, 4))
        self.assertEqual(
            import_.provider_charge_ids.mapped("is_difference"), [False, True]
        )
        self.assertEqual(profile.state, "confirmed")
        self.assertEqual(profile.confirmed_by_id, self.clerk)
        self.assertIn(self.clerk.name, profile.message_ids[0].body)
        self.assertTrue(self.ingram.is_layout_known)

    def test_pitfall_081_same_header_in_other_order_is_read_at_once(self):
        first = self._confirmed(recurring(12))
        april = self._import(
            csv_file(
                [recurring(14, "2026-04-05", "2026-05-04")],
                columns=INGRAM_COLUMNS[::-1],
            ),
            "april.csv",
        )
        self.assertEqual(april.state, "read")
        self.assertEqual(april.profile_id, first.profile_id)
        self.assertEqual(april.amount_read, 133.0)
        self.assertEqual(april.month, date(2026, 4, 1))

    def test_pitfall_081_other_columns_open_the_assignment_again(self):
        first = self._confirmed(recurring(12))
        first.profile_id.with_user(self.administrator).action_reopen()
        first.profile_id.word_ids.create(
            {"profile_id": first.profile_id.id, "name": "Renew", "event": "renewal"}
        )
        first.profile_id.action_confirm()
        columns = [name for name in INGRAM_COLUMNS if name != "Plan ID"]
        other = self._import(csv_file([recurring(13)], columns=columns), "new.csv")
        self.assertEqual(other.state, "columns")
        self.assertNotEqual(other.profile_id, first.profile_id)
        # What was confirmed last teaches more than what was shipped.
        self.assertIn("Renew", other.profile_id.word_ids.mapped("name"))
        other.profile_id.action_confirm()
        self.assertEqual(other.amount_read, 123.5)
        self.assertIn("other columns", "".join(other.problem_ids.mapped("reason")))

    def test_term_is_checked(self):
        with self.assertRaises(ValidationError) as caught:
            self.template.default_term = "yearly"
        self.assertIn("P1Y", str(caught.exception))

    def test_provider_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Other GmbH"})
        self.clerk.company_ids += other
        provider = self.env["msp.provider"].create(
            {"name": "Theirs", "code": "theirs", "company_id": other.id}
        )
        imports = self.env["msp.import"].with_user(self.clerk)
        with self.assertRaises(UserError) as caught:
            imports.with_context(
                allowed_company_ids=[self.company.id, other.id]
            ).import_file(provider.id, "a.csv", csv_file([recurring(1)]))
        self.assertIn("Other GmbH", str(caught.exception))

    def test_pitfall_090_names_are_only_proposed(self):
        import_ = self._confirmed(recurring(12))
        customer = import_.customer_mapping_ids
        self.assertEqual(customer.external_id, "1004567")
        self.assertEqual(customer.suggested_partner_id, self.customer)
        self.assertFalse(customer.partner_id)
        import_.action_accept_suggestions()
        april = self._import(
            csv_file(
                [
                    recurring(
                        12,
                        "2026-04-05",
                        "2026-05-04",
                        **{"End Customer Name": "Muster Bau Holding SE"},
                    )
                ]
            ),
            "april.csv",
        )
        april.action_assign()
        self.assertEqual(april.provider_charge_ids.partner_id, self.customer)

    def test_german_names_get_suggestions(self):
        self.template.active = False
        row = recurring(12, **{"Net Cost": "1.114,00", "Unit Cost": "9,50"})
        row["From"], row["To"] = "05.03.2026", "04.04.2026"
        import_ = self._import(csv_file([row], names=GERMAN, delimiter=";"))
        targets = self._targets(import_.profile_id)
        for column, target in {
            "Kundennummer": "sub_account_id",
            "Abonnementnummer": "subscription_id",
            "Artikelnummer": "sku_id",
            "Menge": "pricing_quantity",
            "Nettobetrag": "billed_cost",
            "Währung": "billing_currency",
            "Von": "charge_period_start",
            "Bis": "charge_period_end",
        }.items():
            with self.subTest(column=column):
                self.assertEqual(targets[column], target)

    def test_missing_column_is_named(self):
        import_ = self._import(csv_file([recurring(12)]))
        profile = import_.profile_id.with_user(self.clerk)
        cost = profile.column_ids.filtered(lambda one: one.target == "billed_cost")
        cost.target = False
        with self.assertRaises(UserError) as caught:
            profile.action_confirm()
        self.assertIn("Net amount", str(caught.exception))
        profile.action_check()
        self.assertIn("Net amount", profile.check_html)
        self.assertEqual(profile.state, "unconfirmed")
        self.assertEqual(import_.state, "columns")

    def test_missing_currency_is_named_and_can_be_said(self):
        columns = [name for name in INGRAM_COLUMNS if name != "Currency"]
        import_ = self._import(csv_file([recurring(12)], columns=columns))
        profile = import_.profile_id
        with self.assertRaises(UserError) as caught:
            profile.action_confirm()
        self.assertIn("Currency", str(caught.exception))
        profile.default_currency_id = self.eur
        profile.action_confirm()
        self.assertEqual(import_.currency_id, self.eur)
        self.assertEqual(import_.amount_read, 114.0)

    def test_word_with_two_meanings_is_refused(self):
        draft = self._import(csv_file([recurring(12)])).profile_id
        word = draft.word_ids.create(
            {"profile_id": draft.id, "name": "RECURRING", "event": "fee"}
        )
        with self.assertRaises(UserError) as caught:
            draft.action_confirm()
        self.assertIn("“Recurring” stands twice", str(caught.exception))
        word.event = "recurring"
        draft.action_confirm()
        self.assertEqual(draft.state, "confirmed")

    def test_wrong_columns_are_corrected_and_the_file_read_again(self):
        contract = self._contract(self.customer, [(self.suite, 12, 15.0)])
        position = contract.position_ids
        wrong = self._import(csv_file([recurring(12)]))
        profile = wrong.profile_id
        quantity, amount = (
            profile.column_ids.filtered(lambda one, name=name: one.target == name)
            for name in ("pricing_quantity", "billed_cost")
        )
        (quantity | amount).write({"target": False})
        quantity.target, amount.target = "billed_cost", "pricing_quantity"
        profile.action_confirm()
        self._ready(wrong).action_apply()
        self.assertEqual(self._content(position)[-1], (date(2026, 3, 5), 114.0))
        wrong._withdraw("columns swapped")
        self.assertEqual(self._content(position), [(date(2026, 1, 1), 12.0)])
        profile.with_user(self.administrator).action_reopen()
        quantity.target, amount.target = "pricing_quantity", "billed_cost"
        again = self._import(csv_file([recurring(12)]))
        self.assertEqual(again.profile_id, profile)
        profile.with_user(self.clerk).action_confirm()
        self._ready(again)
        self.assertEqual(again.amount_read, 114.0)
        self.assertEqual(again.change_ids.mapped("state"), ["no_change"])

    def test_target_twice_is_refused(self):
        import_ = self._import(csv_file([recurring(12)]))
        profile = import_.profile_id
        spare = profile.column_ids.filtered(lambda one: one.name == "Plan ID")
        spare.target = "billed_cost"
        with self.assertRaises(UserError) as caught:
            profile.action_confirm()
        for part in ("Plan ID", "Net Cost", "Net amount"):
            self.assertIn(part, str(caught.exception))

    def test_ambiguous_numbers_are_refused_until_the_mark_is_said(self):
        row = recurring(12, **{"Net Cost": "1,114", "Unit Cost": "1,114"})
        row["Duration"] = "1"
        import_ = self._import(csv_file([row], delimiter=";"))
        profile = import_.profile_id
        self.assertIn("decimal mark", profile.check_html)
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            profile.action_confirm()
        self.assertIn("export.csv", str(caught.exception))
        self.env.invalidate_all()
        self.assertEqual(profile.state, "unconfirmed")
        self.assertEqual(import_.state, "columns")
        self.assertFalse(import_.provider_charge_ids)
        profile.decimal_mark = "comma"
        profile.action_confirm()
        self.assertEqual(import_.provider_charge_ids.billed_cost, 1.114)
        self.assertEqual(import_.state, "mapped")

    def test_preview_says_when_it_is_old_and_lists_problems(self):
        bad = recurring(3)
        bad["From"] = "soon"
        import_ = self._import(csv_file([recurring(12), bad]))
        profile = import_.profile_id
        self.assertIn("row 3", profile.check_html)
        self.assertNotIn("check again", profile.check_html)
        profile.end_is_inclusive = False
        self.assertIn("check again", profile.check_html)
        profile.action_check()
        self.assertNotIn("check again", profile.check_html)
        profile.action_confirm()
        self.assertEqual(import_.problem_count, 1)
        self.assertIn("soon", import_.problem_ids[0].record_text)

    def test_cells_are_shown_as_text(self):
        row = recurring(12, **{"End Customer Name": "<script>alert(1)</script>"})
        profile = self._import(csv_file([row])).profile_id
        self.assertNotIn("<script>", profile.check_html)
        self.assertIn("&lt;script&gt;", profile.check_html)

    def test_unknown_words_are_listed_and_can_be_assigned(self):
        row = recurring(12, **{"Order Type": "Verlängerung"})
        import_ = self._import(csv_file([row, recurring(1)]))
        profile = import_.profile_id
        word = profile.word_ids.filtered(lambda one: not one.event)
        self.assertEqual((word.name, word.row_count), ("Verlängerung", 1))
        word.with_user(self.clerk).event = "renewal"
        profile.action_confirm()
        self.assertEqual(
            set(import_.provider_charge_ids.mapped("event")), {"renewal", "recurring"}
        )

    def test_provider_without_profile_learns_from_other_templates(self):
        other = self.env["msp.provider"].create({"name": "Other", "code": "other"})
        import_ = self._import(csv_file([recurring(12)]), provider=other)
        self.assertEqual(import_.state, "columns")
        self.assertEqual(
            self._targets(import_.profile_id)["Subscription ID"], "subscription_id"
        )

    def test_import_with_columns_to_confirm_can_only_be_withdrawn(self):
        import_ = self._import(csv_file([recurring(12)]))
        for method in ("action_assign", "action_prepare", "action_apply"):
            with self.subTest(method=method), self.assertRaises(UserError):
                getattr(import_, method)()
        import_._withdraw("wrong file")
        self.assertEqual(import_.state, "withdrawn")
        self.assertEqual(import_.profile_id.waiting_count, 0)
        # The file may come again, and finds the draft.
        again = self._import(csv_file([recurring(12)]))
        self.assertEqual(again.profile_id, import_.profile_id)

    def test_form_as_the_client_uses_it(self):
        import_ = self._import(csv_file([recurring(12)]))
        profile = import_.profile_id.with_user(self.clerk)
        with Form(profile) as form:
            form.name = "Ingram, short view"
            index = profile.column_ids.ids.index(
                profile.column_ids.filtered(lambda one: one.name == "Plan ID").id
            )
            with form.column_ids.edit(index) as column:
                column.target = "group_ref"
            with form.word_ids.edit(0) as word:
                word.event = "renewal"
        self.assertEqual(
            profile.column_ids.filtered("target")
            .filtered(lambda one: one.name == "Plan ID")
            .target,
            "group_ref",
        )
        profile.action_confirm()
        with Form(profile) as form, self.assertRaises(AssertionError):
            form.decimal_mark = "comma"
        self.assertEqual(import_.provider_charge_ids.group_ref, "50012")
