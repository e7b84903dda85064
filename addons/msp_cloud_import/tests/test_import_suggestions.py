from odoo.tests import tagged

from .common import MONTHLY, ImportCommon, seats

DE_VAT = "DE136695976"


@tagged("post_install", "-at_install")
class TestImportSuggestions(ImportCommon):
    def _suggested(self, *rows, **options):
        """Return (suggestion, points, reason) of the first customer of a file."""
        import_ = self._read(*rows, **options)
        import_.action_assign()
        mapping = import_.customer_mapping_ids[:1]
        return (
            mapping.suggested_partner_id,
            mapping.suggestion_score,
            mapping.suggestion_reason,
        )

    def _stranger(self, **cells):
        return seats(
            1,
            **{
                "CustomerId": "c7",
                "CustomerName": "Nordwind Logistik",
                "CustomerDomainName": "",
                **cells,
            },
        )

    def _with_column(self, cells, **more):
        """Store what a column of the file that no format names says."""
        import_ = self._read(cells, name=f"{more}.csv")
        self.env.flush_all()
        charge = import_.provider_charge_ids
        charge._system_write({"raw": {**charge.raw, **more}})
        import_.action_assign()
        return import_.customer_mapping_ids

    def test_same_id_at_another_provider_is_certain(self):
        other = self.env["msp.provider"].create({"name": "Distri", "code": "distri"})
        partner = self._partner("Ganz anders GmbH")
        self.env["msp.customer.mapping"].create(
            {"provider_id": other.id, "external_id": "c7", "partner_id": partner.id}
        )
        self.assertEqual(
            self._suggested(self._stranger()),
            (partner, 100, "assigned before, with the same id at Distri"),
        )

    def test_vat_number_of_an_unnamed_column(self):
        partner = self._partner("Ganz anders GmbH", vat=DE_VAT)
        mapping = self._with_column(self._stranger(), **{"USt-IdNr.": "DE 136 695 976"})
        self.assertEqual(mapping.suggested_partner_id, partner)
        self.assertEqual(mapping.suggestion_score, 100)
        self.assertEqual(mapping.suggestion_reason, f"same VAT number {DE_VAT}")

    def test_partners_own_vat_number_says_nothing(self):
        self._partner("Ganz anders GmbH", vat=DE_VAT)
        mapping = self._with_column(self._stranger(), PartnerVatId=DE_VAT)
        self.assertFalse(mapping.suggested_partner_id)

    def test_contacts_mail_leads_to_its_company(self):
        company = self._partner("Ganz anders GmbH")
        self.env["res.partner"].create(
            {"name": "Eva", "parent_id": company.id, "email": "Eva@gmx.de"}
        )
        mapping = self._with_column(self._stranger(), ContactEmail="eva@GMX.de")
        self.assertEqual(mapping.suggested_partner_id, company)
        self.assertEqual(mapping.suggestion_score, 96)

    def test_mailboxes_that_anybody_may_have_say_nothing(self):
        self._partner("Ganz anders GmbH", email="info@gmx.de")
        suggestion = self._suggested(self._stranger(CustomerDomainName="gmx.de"))
        self.assertEqual(suggestion, (self.env["res.partner"], 0, False))

    def test_reference_of_customer_or_contract_is_the_providers_id(self):
        partner = self._partner("Ganz anders GmbH", ref="C7")
        self.assertEqual(self._suggested(self._stranger())[:2], (partner, 99))
        second = self._partner("Zweiter GmbH")
        contract = self._contract(second, [(self.premium, 1, 20.0)])
        contract.customer_reference = "c8"
        suggestion = self._suggested(self._stranger(CustomerId="c8"), name="b.csv")
        self.assertEqual(suggestion[:2], (second, 99))

    def test_pitfall_090_similar_names_stay_below_the_limit(self):
        partner = self._partner("Nordwind Logistik GmbH & Co. KG")
        self.assertEqual(
            self._suggested(self._stranger()),
            (
                partner,
                86,
                f"same name but for legal form or spelling: {partner.name}",
            ),
        )
        twisted = self._suggested(
            self._stranger(CustomerId="c8", CustomerName="Nordwint Logistic B.V."),
            name="b.csv",
        )
        self.assertEqual(twisted[0], partner)
        self.assertEqual(twisted[1], 70)
        self.assertEqual(twisted[2], "similar name: Nordwind Logistik GmbH & Co. KG")

    def test_names_that_only_share_a_word_are_not_suggested(self):
        self._partner("Nordwind Energie und Wasser AG")
        suggestion = self._suggested(self._stranger())
        self.assertEqual(suggestion, (self.env["res.partner"], 0, False))

    def test_pitfall_090_two_that_are_equally_near_are_named(self):
        self._partner("Nordwind Logistik GmbH")
        self._partner("Nordwind Logistik AG")
        suggestion = self._suggested(self._stranger())
        self.assertEqual(suggestion[:2], (self.env["res.partner"], 0))
        self.assertEqual(
            suggestion[2],
            "Several fit, so choose: Nordwind Logistik GmbH, Nordwind Logistik AG",
        )

    def test_evidence_that_contradicts_itself_is_not_decided(self):
        self._partner("Eins GmbH", ref="c7")
        self._partner("Zwei GmbH", vat=DE_VAT)
        mapping = self._with_column(self._stranger(), VatId=DE_VAT)
        self.assertFalse(mapping.suggested_partner_id)
        self.assertIn("Zwei GmbH, Eins GmbH", mapping.suggestion_reason)

    def test_customers_of_other_companies_are_not_suggested(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._partner("Nordwind Logistik", company_id=other.id)
        suggestion = self._suggested(self._stranger())
        self.assertEqual(suggestion, (self.env["res.partner"], 0, False))

    def test_pitfall_094_archived_customers_are_no_evidence(self):
        self._partner("Nordwind Logistik", active=False)
        self._partner("Anders", ref="c7", active=False)
        self.assertFalse(self._suggested(self._stranger())[0])

    def test_queries_do_not_grow_with_the_file(self):
        def count(size, name):
            import_ = self._read(
                *(
                    self._stranger(
                        CustomerId=f"{name}{number}",
                        CustomerName=f"Kunde {name} {number}",
                        SubscriptionId=f"{name}-{number}",
                    )
                    for number in range(size)
                ),
                name=f"{name}.csv",
            )
            import_.action_assign()
            mappings = import_.customer_mapping_ids
            for number, mapping in enumerate(mappings):
                self._partner(f"Anders {name}{number}", ref=mapping.external_id)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            mappings._suggest()
            self.env.flush_all()
            self.assertEqual(len(mappings.suggested_partner_id), size)
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(3, "a"), count(60, "b"))


@tagged("post_install", "-at_install")
class TestArticleSuggestions(ImportCommon):
    def _articles(self, *rows, **options):
        import_ = self._read(*rows, **options)
        import_.action_assign()
        return import_.product_mapping_ids

    def _row(self, **cells):
        return seats(1, SkuName="Fabrikam Suite", ProductName="Fabrikam Suite", **cells)

    def _monthly(self, **cells):
        return self._row(
            SubscriptionId="s2",
            TermAndBillingCycle=MONTHLY,
            SubscriptionStartDate="03/05/2026",
            SubscriptionEndDate="04/04/2026",
            **cells,
        )

    def test_article_number_with_term_and_plan(self):
        yearly = self._product("A", 1.0, default_code="CFQ7TTC0LCHC:0002-P1Y-monthly")
        monthly = self._product("B", 1.0, barcode="CFQ7TTC0LCHC0002 P1M")
        articles = self._articles(self._row(), self._monthly())
        found = {
            article.term: (article.suggested_product_id, article.suggestion_score)
            for article in articles
        }
        self.assertEqual(found, {"P1Y": (yearly, 100), "P1M": (monthly, 97)})

    def test_number_of_the_vendor(self):
        vendor = self._partner("Microsoft")
        other = self._partner("Somebody")
        self.provider.partner_id = vendor
        right, wrong = self._product("A", 1.0), self._product("B", 1.0)
        for partner, product in ((vendor, right), (other, wrong)):
            self.env["product.supplierinfo"].create(
                {
                    "partner_id": partner.id,
                    "product_tmpl_id": product.product_tmpl_id.id,
                    "product_code": "CFQ7TTC0LCHC:0002",
                }
            )
        article = self._articles(self._row())
        self.assertEqual(article.suggested_product_id, right)
        self.assertEqual(article.suggestion_score, 93)
        self.assertEqual(article.suggestion_reason, "same article number of the vendor")

    def test_pitfall_091_another_term_is_only_proposed_and_kept_apart(self):
        product = self._product("Irgendwas", 30.0)
        yearly = self._articles(self._row())
        yearly.product_id = product
        import_ = self._read(self._monthly(), name="b.csv")
        import_.action_assign()
        monthly = import_.product_mapping_ids
        self.assertNotEqual(monthly, yearly)
        self.assertEqual(monthly.suggested_product_id, product)
        self.assertEqual(monthly.suggestion_score, 80)
        self.assertEqual(
            monthly.suggestion_reason,
            "assigned with another term (1 year, billed monthly); check the price",
        )
        import_.action_accept_suggestions()
        self.assertFalse(monthly.product_id)

    def test_pitfall_091_a_number_without_term_does_not_tell_terms_apart(self):
        self._product("A", 1.0, default_code="CFQ7TTC0LCHC:0002")
        articles = self._articles(self._row(), self._monthly())
        self.assertEqual(articles.mapped("suggestion_score"), [80, 80])
        self.assertEqual(
            set(articles.mapped("suggestion_reason")),
            {"same article number; the article has other terms as well"},
        )

    def test_similar_name(self):
        product = self._product("Fabrikam Suites", 1.0)
        article = self._articles(self._row())
        self.assertEqual(article.suggested_product_id, product)
        self.assertEqual(article.suggestion_reason, "similar name: Fabrikam Suites")
        self.assertLess(article.suggestion_score, 90)

    def test_archived_and_foreign_products_are_not_suggested(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._product("Fabrikam Suite", 1.0, company_id=other.id)
        self._product("Fabrikam Suite", 1.0).action_archive()
        self.assertFalse(self._articles(self._row()).suggested_product_id)

    def test_pitfall_092_the_quantity_that_counts_is_remembered(self):
        contract = self._contract(self.customer, [(self.premium, 10, 20.0)])
        cells = seats(12)
        cells["Quantity"] = "15"
        import_ = self._prepared(cells)
        self.assertEqual(import_.change_ids.quantity, 12.0)
        import_.product_mapping_ids.quantity_column = "purchased"
        self.assertEqual(import_.state, "mapped")
        import_.action_prepare()
        self.assertEqual(import_.change_ids.quantity, 15.0)
        import_.action_apply()
        april = seats(
            13,
            ChargeStartDate="04/05/2026",
            ChargeEndDate="05/04/2026",
            InvoiceNumber="G2",
        )
        april["Quantity"] = "16"
        self._applied(april, name="b.csv")
        self.assertEqual(
            [quantity for _day, quantity in self._content(contract.position_ids)],
            [10.0, 15.0, 16.0],
        )

    def test_article_that_nobody_is_billed_for_is_information(self):
        self._contract(self.customer, [(self.premium, 10, 20.0)])
        import_ = self._prepared(seats(12))
        import_.product_mapping_ids.billing_mode = "none"
        self.assertFalse(import_.change_ids)
        self.assertEqual(import_.provider_charge_ids.state, "info")
        import_.action_prepare()
        self.assertFalse(import_.change_ids)
        self.assertEqual(import_.amount_info, 120.0)
        self.assertEqual(import_.amount_lost, 0.0)
