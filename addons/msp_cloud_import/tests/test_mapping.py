from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MONTHLY, ImportCommon, seats


@tagged("post_install", "-at_install")
class TestMapping(ImportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(cls.customer, [(cls.premium, 10, 20.0)])
        cls.position = cls.contract.position_ids

    def _assigned(self, *rows, **options):
        import_ = self._read(*rows, **options)
        import_.action_assign()
        return import_

    def test_customer_is_suggested_by_domain_name_or_mail(self):
        praxis = self._partner("Praxis", email="info@praxis.example")
        named = self._partner("Nur Name KG")
        import_ = self._assigned(
            seats(1),
            seats(
                2,
                CustomerId="c2",
                CustomerName="Dr. Beispiel",
                CustomerDomainName="praxis.example",
            ),
            seats(
                3, CustomerId="c3", CustomerName="Nur Name KG", CustomerDomainName=""
            ),
            seats(4, CustomerId="c4", CustomerName="Niemand", CustomerDomainName=""),
        )
        suggested = {
            mapping.external_id: mapping.suggested_partner_id
            for mapping in import_.customer_mapping_ids
        }
        self.assertEqual(suggested.pop("c2"), praxis)
        self.assertEqual(suggested.pop("c3"), named)
        self.assertFalse(suggested.pop("c4"))
        self.assertEqual(list(suggested.values()), [self.customer])
        import_.invalidate_recordset()
        self.assertEqual(
            import_.customer_mapping_ids.mapped("amount_open"), [40, 30, 20, 10]
        )

    def test_two_customers_of_one_domain_are_not_guessed(self):
        self._partner("Zwilling", website="musterbau.example")
        self._partner("Muster Bau GmbH")
        import_ = self._assigned(seats(1))
        self.assertFalse(import_.customer_mapping_ids.suggested_partner_id)

    def test_product_is_suggested_by_code_before_name(self):
        coded = self._product("P", 1.0, default_code="CFQ7TTC0LCHC:0002")
        import_ = self._assigned(seats(1))
        mapping = import_.product_mapping_ids
        self.assertEqual(mapping.suggested_product_id, coded)
        self.assertEqual(mapping.suggestion_reason, "same article number")

    def test_edit_in_the_import_form_recomputes_the_rows(self):
        import_ = self._assigned(seats(1))
        customer, product = import_.customer_mapping_ids, import_.product_mapping_ids
        import_.write(
            {
                "customer_mapping_ids": [
                    (1, customer.id, {"partner_id": self.customer.id})
                ]
            }
        )
        self.assertEqual(import_.provider_charge_ids.state, "unmapped_product")
        self.assertEqual(import_.provider_charge_ids.partner_id, self.customer)
        self.assertEqual(product.amount_open, 10.0)
        import_.write(
            {"product_mapping_ids": [(1, product.id, {"product_id": self.premium.id})]}
        )
        self.assertEqual(import_.provider_charge_ids.state, "waiting")
        self.assertEqual(product.amount_open, 0.0)

    def test_changed_assignment_drops_the_proposals_that_rest_on_it(self):
        import_ = self._prepared(seats(12))
        self.assertEqual(import_.change_ids.state, "proposed")
        import_.customer_mapping_ids.partner_id = self._partner("Other")
        self.assertFalse(import_.change_ids)
        self.assertEqual(import_.state, "mapped")

    def test_renamed_customer_keeps_its_assignment(self):
        self._applied(seats(12))
        import_ = self._assigned(
            seats(13, CustomerName="Muster Bau Holding SE"), name="b.csv"
        )
        mapping = import_.customer_mapping_ids
        self.assertEqual(mapping.partner_id, self.customer)
        self.assertEqual(mapping.external_name, "Muster Bau Holding SE")

    def test_only_accountants_ignore(self):
        import_ = self._assigned(seats(12))
        mapping = import_.customer_mapping_ids.with_user(self.clerk)
        vals = {"is_ignored": True, "ignore_reason": "own tenant"}
        with self.assertRaises(AccessError):
            mapping.write(vals)
        accountant = self._user("accountant", "group_accountant")
        with self.assertRaises(UserError):
            mapping.with_user(accountant).write({"is_ignored": True})
        mapping.with_user(accountant).write(vals)
        self.assertEqual(import_.provider_charge_ids.state, "ignored")
        self.assertEqual(import_.provider_charge_ids.state_reason, "own tenant")
        self.assertEqual(import_.amount_ignored, 120.0)
        with self.assertRaises(AccessError):
            mapping.write({"is_ignored": False})

    def test_pitfall_075_without_customer_id_the_domain_is_only_proposed(self):
        self._applied(seats(12))
        import_ = self._assigned(
            seats(13, CustomerId="", SubscriptionId="s9"), name="b.csv"
        )
        mapping = import_.customer_mapping_ids
        self.assertEqual(mapping.external_id, "musterbau.example")
        self.assertEqual(mapping.state, "open")
        self.assertEqual(mapping.suggested_partner_id, self.customer)
        self.assertIn("assigned before", mapping.suggestion_reason)

    def test_pitfall_091_one_article_with_two_terms_is_two_articles(self):
        monthly = seats(
            4,
            SubscriptionId="s2",
            TermAndBillingCycle=MONTHLY,
            SubscriptionStartDate="03/05/2026",
            SubscriptionEndDate="04/04/2026",
        )
        import_ = self._assigned(seats(6), monthly)
        self.assertEqual(
            sorted(import_.product_mapping_ids.mapped("term")), ["P1M", "P1Y"]
        )
        flexible = self._product("Premium, flexible", 24.0)
        yearly = import_.product_mapping_ids.filtered(lambda one: one.term == "P1Y")
        yearly.product_id = self.premium
        (import_.product_mapping_ids - yearly).product_id = flexible
        self.assertEqual(
            set(import_.provider_charge_ids.mapped("product_id")),
            {self.premium, flexible},
        )

    def test_pitfall_091_the_database_refuses_a_second_mapping(self):
        vals = {
            "provider_id": self.provider.id,
            "company_id": self.company.id,
            "sku_id": "A",
        }
        self.env["msp.product.mapping"].create(vals)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env["msp.product.mapping"].create({**vals, "term": False})

    def test_pitfall_094_archived_customers_are_neither_suggested_nor_used(self):
        self.customer.action_archive()
        import_ = self._assigned(seats(12))
        self.assertFalse(import_.customer_mapping_ids.suggested_partner_id)
        import_.customer_mapping_ids.partner_id = self.customer
        import_.product_mapping_ids.action_accept()
        self.assertEqual(import_.provider_charge_ids.state, "unmapped_customer")
        self.assertIn("archived", import_.provider_charge_ids.state_reason)
        import_.action_prepare()
        self.assertFalse(import_.change_ids)

    def test_pitfall_095_subscription_of_an_ended_contract_is_matched_anew(self):
        self._applied(seats(12))
        self._version(self.contract, date(2026, 4, 1), {"action": "terminate"})
        second = self._contract(
            self.customer, [(self.premium, 12, 20.0)], start=date(2026, 4, 1)
        )
        self._applied(
            seats(
                14,
                ChargeStartDate=date(2026, 4, 5),
                ChargeEndDate=date(2026, 5, 4),
                InvoiceNumber="G2",
            ),
            name="b.csv",
        )
        self.assertEqual(
            self._content(second.position_ids),
            [(date(2026, 4, 1), 12.0), (date(2026, 4, 5), 14.0)],
        )
        mapping = self.env["msp.position.mapping"].search(
            [("position_id", "=", second.position_ids.id)]
        )
        self.assertEqual(mapping.subscription_id, seats(1)["SubscriptionId"])

    def test_converted_subscription_ends_one_position_and_begins_another(self):
        flexible = self._product("Contoso Enterprise", 30.0)
        self._applied(seats(12))
        common = {
            "ChargeType": "convert",
            "OrderDate": date(2026, 4, 5),
            "ReferenceId": "c3c3c3c3-0000-4000-8000-000000000002",
            "ChargeStartDate": date(2026, 4, 5),
            "ChargeEndDate": date(2026, 5, 4),
            "InvoiceNumber": "G2",
        }
        self._applied(
            seats(12, price="-10.00", **common),
            seats(
                12,
                price="30.00",
                SkuId="000E",
                SkuName="Contoso Enterprise",
                ProductName="Contoso Enterprise",
                **common,
            ),
            name="b.csv",
        )
        self.assertEqual(self.position.date_end, date(2026, 4, 4))
        begun = self.contract.position_ids - self.position
        self.assertEqual(begun.product_id, flexible)
        self.assertEqual(self._content(begun), [(date(2026, 4, 5), 12.0)])

    def test_other_product_for_a_running_subscription_waits(self):
        self._applied(seats(12))
        import_ = self._assigned(
            seats(
                12,
                ChargeStartDate=date(2026, 4, 5),
                ChargeEndDate=date(2026, 5, 4),
                TermAndBillingCycle=MONTHLY,
                SubscriptionStartDate="04/05/2026",
                SubscriptionEndDate="05/04/2026",
            ),
            name="b.csv",
        )
        import_.product_mapping_ids.product_id = self._product("Flexible", 24.0)
        import_.action_prepare()
        self.assertEqual(import_.change_ids.state, "waiting")
        self.assertEqual(import_.change_ids.candidate_position_ids, self.position)

    def test_one_position_takes_one_subscription(self):
        self._applied(seats(12))
        with self.assertRaises(UserError):
            self.env["msp.position.mapping"].create(
                {
                    "provider_id": self.provider.id,
                    "company_id": self.company.id,
                    "subscription_id": "other",
                    "position_id": self.position.id,
                }
            )
