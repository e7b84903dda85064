from odoo import api, models

from odoo.addons.msp_contract_billing.models.money import day_before, to_decimal

from ..formats import ProviderCharge

# Rows of these events say how many seats there are.
SEAT_EVENTS = (
    "purchase",
    "renewal",
    "recurring",
    "increase",
    "decrease",
    "cancel",
    "convert",
)


class MspProviderCharge(models.Model):
    """A row as the plain package has it, and back."""

    _inherit = "msp.provider.charge"

    @api.model
    def _prepare_vals(self, import_, charge, currencies):
        """Return the values of a row for a `formats.ProviderCharge`."""
        # lists of subscriptions state that they exist, not how many there are
        states_nothing = (
            "count_only" in charge.flags and charge.pricing_quantity is None
        )
        is_quantity = (
            charge.event in SEAT_EVENTS
            and not states_nothing
            and charge.subscription_id is not None
            and (charge.term is not None or charge.billing_plan is not None)
            and "trial" not in charge.flags
        )
        vals = {
            name: getattr(charge, name)
            for name in [
                "row",
                "row_key",
                "invoice_id",
                "sub_account_id",
                "sub_account_name",
                "customer_domain",
                "subscription_id",
                "sku_id",
                "availability_id",
                "service_name",
                "sku_name",
                "publisher_name",
                "charge_description",
                "event",
                "charge_type",
                "event_date",
                "charge_category",
                "charge_class",
                "term",
                "billing_plan",
                "group_ref",
                "pricing_unit",
                "pricing_currency",
                "exchange_rate_date",
                "charge_period_start",
                "charge_period_end",
                "term_start",
                "term_end",
            ]
        }
        numbers = [
            "quantity",
            "pricing_quantity",
            "list_unit_price",
            "contracted_unit_price",
            "billed_cost",
            "tax",
            "total",
            "exchange_rate",
        ]
        vals.update((name, getattr(charge, name) or 0) for name in numbers)
        return {
            **vals,
            "import_id": import_.id,
            "provider_id": import_.provider_id.id,
            "company_id": import_.company_id.id,
            "customer_key": charge.sub_account_id
            or charge.customer_domain
            or charge.sub_account_name,
            "flags": " ".join(charge.flags),
            "is_quantity": is_quantity,
            "is_difference": charge.is_difference,
            "has_pricing_quantity": charge.pricing_quantity is not None,
            "currency_id": currencies.get(charge.billing_currency),
            "charge_date_end": day_before(charge.charge_period_end) or None,
            "raw": dict(charge.raw),
        }

    def _to_plain(self):
        """Return the `formats.ProviderCharge` of each row, without raw cells."""
        return [
            ProviderCharge(
                row=charge.row,
                row_key=charge.row_key or "",
                invoice_id=charge.invoice_id or "",
                sub_account_id=charge.customer_key or None,
                subscription_id=charge.subscription_id or None,
                sku_id=charge.sku_id or None,
                event=charge.event,
                charge_type=charge.charge_type or "",
                event_date=charge.event_date or None,
                pricing_quantity=charge._get_counted_quantity(),
                billed_cost=to_decimal(charge.billed_cost),
                billing_currency=charge.currency_id.name or "",
                charge_period_start=charge.charge_period_start,
                charge_period_end=charge.charge_period_end or None,
                list_unit_price=to_decimal(charge.list_unit_price) or None,
                pricing_currency=charge.pricing_currency or None,
                exchange_rate=to_decimal(charge.exchange_rate) or None,
                term=charge.term or None,
                billing_plan=charge.billing_plan or None,
                term_start=charge.term_start or None,
                term_end=charge.term_end or None,
                group_ref=charge.group_ref or None,
                flags=tuple((charge.flags or "").split()),
                is_difference=charge.is_difference,
                raw={},
            )
            for charge in self
        ]
