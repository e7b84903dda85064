from odoo import api, fields, models

from odoo.addons.msp_cloud_import.models.msp_provider import format_month


class MspReconciliation(models.Model):
    """What is looked at first, as it makes all other differences meaningless."""

    _inherit = "msp.reconciliation"

    first_checks = fields.Text(
        "To Be Checked First",
        compute="_compute_first_checks",
        help="Missing invoice numbers, customers that are not assigned, and products "
        "that are: one sentence each, none if all is in order.",
    )

    @api.depends("provider_id", "company_id", "month")
    def _compute_first_checks(self):
        imports = self.import_ids
        charges = self.env["msp.provider.charge"]
        counted = [
            ("import_id", "in", imports.ids),
            ("known_charge_id", "=", False),
            ("superseded_by_id", "=", False),
            ("billed_cost", "!=", 0),
        ]
        unlinked = self._count_by_import(
            [*counted, ("state", "=", "unmapped_customer")], "customer_key"
        )
        unknown = self._count_by_import(
            [*counted, ("state", "=", "unmapped_product")], "sku_id"
        )
        # Without a number of its own a row has that of its file, which is a hash.
        nameless = {
            import_
            for import_, digest in charges._read_group(
                [*counted, ("invoice_id", "in", imports.mapped("sha256"))],
                ["import_id", "invoice_id"],
            )
            if import_.sha256 == digest
        }
        for one in self:
            texts = []
            own = one.import_ids
            if own & imports.browse(each.id for each in nameless):
                texts.append(
                    self.env._(
                        "Rows name no invoice of the provider: %s. They may be read "
                        "twice, and no vendor bill is found by its number.",
                        ", ".join(each.name for each in own if each in nameless),
                    )
                )
            customers = set().union(*(unlinked.get(each, ()) for each in own))
            if customers:
                texts.append(
                    self.env._(
                        "Customers of the provider that are not assigned: %(count)s. "
                        "What they are billed is unknown for %(month)s.",
                        count=len(customers),
                        month=format_month(self.env, one.month),
                    )
                )
            articles = set().union(*(unknown.get(each, ()) for each in own))
            if articles:
                texts.append(
                    self.env._(
                        "Articles of the provider that are no product of ours yet: %s.",
                        len(articles),
                    )
                )
            one.first_checks = "\n".join(texts) or False

    def _count_by_import(self, domain, name):
        """Return {import: values of a field} of the rows of a domain."""
        result = {}
        for import_, value in self.env["msp.provider.charge"]._read_group(
            domain, ["import_id", name]
        ):
            result.setdefault(import_, set()).add(value)
        return result
