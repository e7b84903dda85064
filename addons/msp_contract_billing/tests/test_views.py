from lxml import etree

from odoo.tests import freeze_time, tagged

from .sale_common import SaleContractCommon


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestViews(SaleContractCommon):
    """What opens where people click."""

    def test_rows_open_only_where_a_form_was_made_for_them(self):
        """Else Odoo makes one of all fields, data of programs among them."""
        views = self.env["ir.ui.view"]
        with_form = set(views.search([("type", "=", "form")]).mapped("model"))
        found = []
        for model in self.env.values():
            if not model._name.startswith("msp.") or model._name not in with_form:
                continue
            arch = etree.fromstring(model.get_view(view_type="form")["arch"])
            found += [
                f"{model._name}.{node.getparent().get('name')}"
                for node in arch.iterfind(".//field/list")
                if not node.get("editable")
                and not node.get("no_open")
                and node.getparent().find("form") is None
                and self._comodel(model, node) not in with_form
            ]
        self.assertFalse(found)

    def _comodel(self, model, node):
        """Return the name of the model of the rows of a list in a form."""
        parents = [parent.get("name") for parent in node.iterancestors("field")]
        for name in reversed(parents):
            model = self.env[model._fields[name].comodel_name]
        return model._name

    def test_account_manager_opens_what_he_has_invoiced(self):
        manager = self._role_user("manager", "group_account_manager")
        _contract, order = self._confirm((self.seats, 10), (self.work, 1))
        order.user_id = manager
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_user(manager)
            .with_context(active_model="sale.order", active_ids=order.ids)
        )
        wizard.create({"advance_payment_method": "delivered"}).create_invoices()
        self.env.flush_all()
        self.env.invalidate_all()
        invoice = order.invoice_ids.with_user(manager)
        arch = etree.fromstring(invoice.get_view(view_type="form")["arch"])
        names = {node.get("name") for node in arch.iter("field")} & set(invoice._fields)
        self.assertIn("payment_count", names)
        (values,) = invoice.read([*names, "amount_total"])
        self.assertEqual(values["payment_count"], 0)
        self.assertEqual(values["amount_total"], 115)
