from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import ImportCommon


@tagged("post_install", "-at_install")
class TestProductMappingPage(ImportCommon):
    """The articles of providers on the product."""

    def _article(self, plan, **vals):
        return self.env["msp.product.mapping"].create(
            {
                "provider_id": self.provider.id,
                "sku_id": "CFQ7TTC0LCHC:0002",
                "term": "P1Y",
                "billing_plan": plan,
                "product_id": self.premium.id,
                **vals,
            }
        )

    def test_product_lists_its_articles_by_term_and_plan(self):
        monthly, annual = self._article("monthly"), self._article("annual")
        template = self.premium.product_tmpl_id
        self.assertEqual(template.msp_mapping_ids, monthly | annual)
        other = self._product("Contoso Mail", 5.0).product_tmpl_id
        self.assertFalse(other.msp_mapping_ids)
        annual.product_id = other.product_variant_id
        (template | other).invalidate_recordset()
        self.assertEqual(template.msp_mapping_ids, monthly)
        self.assertEqual(other.msp_mapping_ids, annual)

    def test_clerk_adds_an_article_from_the_product(self):
        template = self.premium.product_tmpl_id.with_user(self.clerk)
        action = template.action_view_msp_mappings()
        model = self.env[action["res_model"]].with_user(self.clerk)
        view = self.env.ref("msp_cloud_import.msp_product_mapping_view_list")
        with Form(model.with_context(**action["context"]), view) as form:
            form.provider_id = self.provider
            form.sku_id = "CFQ7TTC0LCHC:0002"
            form.term, form.billing_plan = "P1M", "monthly"
        self.assertEqual(form.record.product_id, self.premium)
        self.assertEqual(form.record.state, "assigned")
        self.assertEqual(model.search(action["domain"]), form.record)
        template.invalidate_recordset()
        self.assertEqual(template.msp_mapping_ids, form.record)

    def test_an_article_without_term_is_edited(self):
        """Usage has neither term nor plan, and its article is set up all the same."""
        article = self._article("", term="", billing_mode="amounts")
        with Form(article.with_user(self.clerk)) as form:
            form.keep_apart = "subscription"
        self.assertEqual((article.keep_apart, article.term), ("subscription", ""))
        new = Form(self.env["msp.product.mapping"].with_user(self.clerk))
        new.provider_id = self.provider
        new.sku_id = "Backup"
        self.assertEqual(new.save().term, "")

    def test_who_sells_only_sees_the_product_without_them(self):
        self._article("monthly")
        seller = self._user("seller", "group_account_manager")
        seller.group_ids = self.env.ref("base.group_user") | self.env.ref(
            "sales_team.group_sale_salesman"
        )
        template = self.premium.product_tmpl_id.with_user(seller)
        self.assertNotIn("msp_mapping_ids", template.fields_get())
        with self.assertRaises(AccessError):
            template.read(["msp_mapping_ids"])
        self.assertNotIn("msp_mapping_ids", template.get_view()["arch"])
