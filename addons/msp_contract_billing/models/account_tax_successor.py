from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date


class AccountTax(models.Model):
    """Taxes whose rate changes on a day: each names the one that replaces it."""

    _inherit = "account.tax"

    msp_successor_id = fields.Many2one(
        "account.tax",
        "Replaced By",
        ondelete="restrict",
        index="btree_not_null",
        copy=False,
        help="Contracts bear the replacing tax for services from the given day on. "
        "Leave this tax on products: older services are still billed with it.",
    )
    msp_successor_date = fields.Date(
        "Replaced From",
        copy=False,
        help="First day of service that bears the replacing tax. A service period "
        "that crosses it is billed in two lines.",
    )

    @api.constrains(
        "msp_successor_id",
        "msp_successor_date",
        "company_id",
        "type_tax_use",
        "price_include_override",
    )
    def _check_msp_successor(self):
        for tax in self:
            if bool(tax.msp_successor_id) != bool(tax.msp_successor_date):
                raise ValidationError(
                    self.env._(
                        "Tax %s: enter both the tax that replaces it and the first day "
                        "of that, or neither.",
                        tax.display_name,
                    )
                )
        linked = self + self.search([("msp_successor_id", "in", self.ids)])
        if linked._has_cycle("msp_successor_id"):
            raise ValidationError(
                self.env._(
                    "A tax cannot replace itself, directly or by way of others. For a "
                    "rate that returns, create another tax."
                )
            )
        for tax in linked.filtered("msp_successor_id"):
            tax._msp_check_successor()

    def _msp_check_successor(self):
        """Refuse a successor that could not stand on the same invoice lines."""
        self.ensure_one()
        successor = self.msp_successor_id
        values = {"tax": self.display_name, "successor": successor.display_name}
        if successor.company_id != self.company_id:
            message = self.env._(
                "Tax %(tax)s cannot be replaced by %(successor)s of another company.",
                **values,
            )
        elif successor.type_tax_use != self.type_tax_use:
            message = self.env._(
                "Tax %(tax)s cannot be replaced by %(successor)s: one is for sales, "
                "the other is not.",
                **values,
            )
        elif successor.price_include != self.price_include:
            message = self.env._(
                "Tax %(tax)s cannot be replaced by %(successor)s: one is included in "
                "prices, the other is not, so prices would change their meaning.",
                **values,
            )
        elif (
            successor.msp_successor_date
            and successor.msp_successor_date <= self.msp_successor_date
        ):
            message = self.env._(
                "Tax %(tax)s is replaced by %(successor)s from %(day)s on, but that is "
                "itself replaced from %(end)s on. Check the days.",
                day=format_date(self.env, self.msp_successor_date),
                end=format_date(self.env, successor.msp_successor_date),
                **values,
            )
        else:
            return
        raise ValidationError(message)

    def _msp_chain(self):
        """Return this tax and those that replace it, in order."""
        self.ensure_one()
        chain = self
        while chain[-1:].msp_successor_id:
            chain |= chain[-1:].msp_successor_id
        return chain

    def _msp_on(self, day):
        """Return what these taxes are for a service on `day`, in the same order."""
        result = self.browse()
        for tax in self:
            result |= tax._msp_chain().filtered(
                lambda one: not one.msp_successor_date or day < one.msp_successor_date
            )[:1]
        return result

    def _msp_change_days(self):
        """Return the days from which on one of these taxes is replaced."""
        days = {
            one.msp_successor_date
            for tax in self
            for one in tax._msp_chain()
            if one.msp_successor_date
        }
        return sorted(days)
