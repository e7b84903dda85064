"""What holds for the views of all addons together."""

from collections import Counter

from lxml import etree

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestViews(TransactionCase):
    def test_no_two_filters_of_a_search_have_one_name(self):
        """Else an action that switches one on by default switches both on."""
        views = self.env["ir.ui.view"].search(
            [("model", "=like", "msp.%"), ("type", "=", "search")]
        )
        for view in views.filtered(lambda view: not view.inherit_id):
            arch = self.env[view.model].get_view(view.id, "search")["arch"]
            names = Counter(
                one.get("name") for one in etree.fromstring(arch).iter("filter")
            )
            twice = [name for name, count in names.items() if count > 1]
            self.assertFalse(twice, view.name)

    def test_sums_of_money_are_those_that_pivots_show(self):
        """Odoo's client adds the sum in the company's currency itself.

        Named as the field's own, it shows nothing where all is in one currency.
        """
        for name in self.env.registry:
            if not name.startswith("msp."):
                continue
            for field in self.env[name]._fields.values():
                if field.type == "monetary":
                    self.assertNotEqual(field.aggregator, "sum_currency", field)
