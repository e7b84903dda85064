from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..billing.rounding import to_decimal as round_money
from ..billing.vendor_commitment import VendorCommitment, value_left
from .guards import refuse_related
from .money import day_after, to_decimal
from .msp_contract_waiting import company_today
from .wording import format_number

PRICE_MONTHS = [
    ("1", "Month"),
    ("3", "Quarter"),
    ("12", "Year"),
    ("36", "3 Years"),
]
#: What follows from the position, stored for rights and lists.
RELATED_FIELDS = ("contract_id", "company_id", "partner_id")
STATES = [("future", "Not Begun"), ("running", "Running"), ("ended", "Ended")]


class MspVendorCommitment(models.Model):
    """Units of a position that were bought from a vendor for a term.

    It says nothing about what the customer pays: it is what the vendor charges until
    the end of the term even if the customer needs fewer. Seats that were added later
    are a commitment of their own, with a reduction window of their own.
    """

    _name = "msp.vendor.commitment"
    _description = "Vendor commitment"
    _order = "date_end, position_id, date_start, id"
    _check_company_auto = True

    position_id = fields.Many2one(
        "msp.contract.position",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    contract_id = fields.Many2one(
        related="position_id.contract_id", store=True, index=True
    )
    company_id = fields.Many2one(related="position_id.company_id", store=True)
    partner_id = fields.Many2one(
        related="position_id.partner_id", string="Customer", store=True
    )
    user_id = fields.Many2one(related="contract_id.user_id")
    vendor_id = fields.Many2one(
        "res.partner",
        compute="_compute_vendor_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        check_company=True,
    )
    sku = fields.Char("Article", help="The article's number at the vendor.")
    quantity = fields.Float(
        min_display_digits="Product Unit", required=True, default=1.0
    )
    price_unit = fields.Float(
        "Unit Price",
        min_display_digits="Product Price",
        help="What the vendor charges for one unit. 0: not known.",
    )
    price_months = fields.Selection(
        PRICE_MONTHS, "Price Per", required=True, default="1"
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    date_start = fields.Date(
        "First Day", required=True, default=fields.Date.context_today
    )
    date_end = fields.Date("Term Until", required=True, help="Last day of the term.")
    reduction_until = fields.Datetime(
        "Reducible Until",
        help="Until then the vendor takes units back and charges nothing for them. "
        "Empty: it takes none back before the end of the term, or nobody knows.",
    )
    auto_renew = fields.Boolean(
        "Renews by Itself",
        help="The vendor begins another term unless it is told before the end.",
    )
    is_reducible = fields.Boolean(compute="_compute_state")
    state = fields.Selection(STATES, compute="_compute_state")
    amount_left = fields.Monetary(
        "Still to Be Charged",
        compute="_compute_state",
        help="The price of all units from today to the end of the term.",
    )

    _days_check = models.Constraint(
        "CHECK (date_end >= date_start)",
        "The term at the vendor ends before it begins. Check first day and term end.",
    )
    _quantity_check = models.Constraint(
        "CHECK (quantity > 0)",
        "A vendor commitment is for more than 0 units. Delete it if it is over.",
    )
    _price_check = models.Constraint(
        "CHECK (price_unit >= 0)", "The price of a vendor cannot be negative."
    )
    # A day on either side, as days have no time zone and moments do.
    _window_check = models.Constraint(
        "CHECK (reduction_until IS NULL OR reduction_until BETWEEN "
        "date_start - INTERVAL '1 day' AND date_end + INTERVAL '2 days')",
        "The vendor takes units back within the term only. Check until when they are "
        "reducible.",
    )

    @api.depends("position_id")
    def _compute_vendor_id(self):
        for commitment in self:
            if not commitment.vendor_id:
                sellers = commitment.position_id.product_id.seller_ids
                company = commitment.position_id.company_id
                own = sellers.filtered(
                    lambda seller, company=company: (
                        seller.company_id in (company, company.browse())
                    )
                )
                commitment.vendor_id = own[:1].partner_id

    @api.depends("quantity", "date_end", "position_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for commitment in self:
            if not commitment.position_id or not commitment.date_end:
                commitment.display_name = self.env._("New")
                continue
            commitment.display_name = self.env._(
                "%(quantity)s × %(position)s until %(day)s",
                quantity=format_number(self.env, commitment.quantity),
                position=commitment.position_id.name,
                day=format_date(self.env, commitment.date_end),
            )

    @api.depends(
        "date_start",
        "date_end",
        "reduction_until",
        "quantity",
        "price_unit",
        "price_months",
        "currency_id",
    )
    def _compute_state(self):
        now = fields.Datetime.now()
        for commitment in self:
            today = company_today(commitment.company_id or self.env.company)
            first, last = commitment.date_start, commitment.date_end
            if not first or not last:
                commitment.update(
                    {"state": False, "is_reducible": False, "amount_left": 0}
                )
                continue
            if today < first:
                commitment.state = "future"
            else:
                commitment.state = "running" if today <= last else "ended"
            until = commitment.reduction_until
            commitment.is_reducible = bool(until) and until > now
            commitment.amount_left = commitment.currency_id and float(
                round_money(
                    value_left(commitment._to_plain(), today),
                    commitment.currency_id.decimal_places,
                )
            )

    @api.constrains("date_start", "date_end", "reduction_until", "quantity")
    def _check_term(self):
        """Say with contract and values what the database would refuse in general."""
        for commitment in self:
            first, last = commitment.date_start, commitment.date_end
            values = {
                "contract": commitment.contract_id.display_name,
                "position": commitment.position_id.display_name,
                "first": format_date(self.env, first),
                "last": format_date(self.env, last),
            }
            if last < first:
                raise ValidationError(
                    self.env._(
                        "Contract %(contract)s, %(position)s: the vendor's term cannot "
                        "end on %(last)s, before it begins on %(first)s. Check the two "
                        "days.",
                        **values,
                    )
                )
            until = commitment.reduction_until
            if until and not first <= until.date() <= day_after(last):
                raise ValidationError(
                    self.env._(
                        "Contract %(contract)s, %(position)s: the vendor's term lasts "
                        "from %(first)s to %(last)s, so units cannot be reducible "
                        "until %(until)s. Check the year.",
                        until=format_date(self.env, until.date()),
                        **values,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        refuse_related(self, vals_list, RELATED_FIELDS)
        return super().create(vals_list)

    def write(self, vals):
        refuse_related(self, [vals], RELATED_FIELDS)
        return super().write(vals)

    def _to_plain(self):
        """Return the `billing.vendor_commitment.VendorCommitment` of this record."""
        self.ensure_one()
        return VendorCommitment(
            position=self.position_id.id,
            start=self.date_start,
            end=day_after(self.date_end),
            quantity=to_decimal(self.quantity),
            unit_price=to_decimal(self.price_unit),
            months=int(self.price_months or 1),
            reduction_until=self.reduction_until or None,
        )

    def _get_vendor_name(self):
        """Return who charges, for sentences."""
        self.ensure_one()
        return self.vendor_id.name or self.env._("The vendor")


class MspContractPosition(models.Model):
    _inherit = "msp.contract.position"

    vendor_commitment_ids = fields.One2many(
        "msp.vendor.commitment", "position_id", "Vendor Commitments"
    )


class MspContract(models.Model):
    _inherit = "msp.contract"

    vendor_commitment_count = fields.Integer(compute="_compute_vendor_commitment_count")

    def _compute_vendor_commitment_count(self):
        groups = self.env["msp.vendor.commitment"]._read_group(
            [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
        )
        counts = {contract.id: count for contract, count in groups}
        for contract in self:
            contract.vendor_commitment_count = counts.get(contract.id, 0)

    def action_view_vendor_commitments(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_contract_billing.msp_vendor_commitment_action"
        )
        return {
            **action,
            "domain": [("contract_id", "=", self.id)],
            "context": {
                "only_contract_id": self.id,
                "default_position_id": self.position_ids.id
                if len(self.position_ids) == 1
                else False,
            },
        }
