from odoo import Command, api, fields, models

from odoo.addons.msp_contract_billing.billing import add_months
from odoo.addons.msp_contract_billing.models.msp_content_mixin import (
    price_fits,
    to_pricing,
)


class MspContract(models.Model):
    """Contracts that an import lets begin, as a contract template says.

    Until the import is applied they are empty. The first version is of the day on which
    the file begins.
    """

    _inherit = "msp.contract"

    import_template_id = fields.Many2one(
        "msp.contract.template",
        "Begins as Template",
        ondelete="restrict",
        index="btree_not_null",
        readonly=True,
        copy=False,
        check_company=True,
        help="Chosen for rows of a provider's file that had no contract.",
    )

    @api.model
    def _plan(self, partner, company, template):
        """Return the empty contract of a customer that begins as `template`.

        One that is planned already is taken, so each customer gets one.
        """
        commercial = partner.commercial_partner_id
        planned = self.search(
            [
                ("commercial_partner_id", "=", commercial.id),
                ("company_id", "=", company.id),
                ("import_template_id", "=", template.id),
                ("state", "!=", "active"),
            ],
            limit=1,
        )
        if planned:
            return planned
        # sudo: whoever may import may let contracts begin by a file, though only
        # account managers enter them by hand
        contract = self.sudo().create(
            {
                "partner_id": commercial.id,
                "company_id": company.id,
                "currency_id": commercial._msp_get_currency(company).id,
                "user_id": (commercial.user_id or self.env.user).id,
                "title": template.name,
                "import_template_id": template.id,
            }
        )
        return contract.sudo(False)

    def _is_planned(self):
        """Return whether the contract begins with what a file says."""
        self.ensure_one()
        return bool(self.import_template_id) and self.state != "active"

    def _get_planned_policy(self, day):
        self.ensure_one()
        # sudo: whoever imports need not read templates
        template = self.sudo().import_template_id
        return template._to_policy(template._get_anchor(day, template.anchor))

    def _product_fits(self, product, day):
        if not self._is_planned():
            return super()._product_fits(product, day)
        product = product.with_company(self.company_id)
        return price_fits(
            self._get_planned_policy(day),
            int(product.msp_price_interval or 0),
            to_pricing(product._msp_get_pricing_data()),
        )

    def _drop_planned(self):
        """Delete those of these contracts that nothing begins in any more."""
        planned = self.filtered(
            lambda contract: contract._is_planned() and not contract.version_ids
        )
        used = [("contract_id", "in", planned.ids)]
        for model in (
            "msp.position.mapping",
            "msp.position.share",
            "msp.import.change",
        ):
            planned -= self.env[model].search(used).contract_id
        # sudo: what an import has planned, whoever imports may take back
        planned.sudo().unlink()


class MspImport(models.Model):
    _inherit = "msp.import"

    def _get_policy(self, vals, history):
        policy = super()._get_policy(vals, history)
        contract = self.env["msp.contract"].browse(vals["contract_id"] or ())
        if not policy and contract and contract._is_planned():
            return contract._get_planned_policy(vals["date_start"])
        return policy


class MspImportChange(models.Model):
    _inherit = "msp.import.change"

    def _begin_planned(self, contract):
        """Return the drafts with which a planned contract begins, else none.

        Terms, term and notice, and those products of the template that the file does
        not bring.
        """
        versions = contract.env["msp.contract.version"]
        is_begun = "terms" in contract.version_ids.filtered(
            lambda version: version.state == "draft"
        ).change_ids.mapped("action")
        if not contract._is_planned() or is_begun:
            return versions
        day = min(self.mapped("date_start"))
        template = contract.import_template_id
        start = contract.env["msp.contract.start"].create(
            {
                "contract_id": contract.id,
                "template_id": template.id,
                "partner_id": contract.partner_id.id,
                "company_id": contract.company_id.id,
                "currency_id": contract.currency_id.id,
                "date_start": day,
            }
        )
        changes = start._prepare_terms_changes()
        rest = start.line_ids.filtered(
            lambda line: line.product_id not in self.product_id
        )
        for number, line in enumerate(rest, 1):
            changes += line._prepare_changes(contract, number, number)
        vals = {
            "contract_id": contract.id,
            "cause": "import",
            "reason": self._get_reason(),
            "import_id": self.import_id.id,
        }
        versions |= versions.create(
            {
                **vals,
                "date_start": day,
                "change_ids": [Command.create(change) for change in changes],
            }
        )
        if start.renewal == "end":
            versions |= versions.create(
                {
                    **vals,
                    "date_start": add_months(day, start.term_months),
                    "change_ids": [Command.create({"action": "terminate"})],
                }
            )
        return versions
