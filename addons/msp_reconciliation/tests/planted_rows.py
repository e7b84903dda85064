"""The cells of a planted month's files; what is not said is usual."""

from datetime import date, timedelta

from .planted import BEFORE, END, MONTH, cut, rest

LAST = timedelta(days=1)
MONTHLY = "One-Month commitment for monthly billing"
YEARLY = "One-Year commitment for monthly/yearly billing"
INVOICES = {BEFORE: "G02", MONTH: "G03"}
TERM = {
    "SubscriptionStartDate": date(2026, 2, 1),
    "SubscriptionEndDate": date(2027, 1, 31),
}
#: The invoice's article for usage, which is passed on by the daily file.
INVOICED_SKU = "DZH318Z0AAAA:0002"


def seat_row(seats, month=MONTH, quantity=None, price=None, start=None, **cells):
    """Return a row that bills seats from `start` to the month's end.

    :param price: of a unit for these days; negative gives back
    """
    end = MONTH if month == BEFORE else END
    quantity = seats.quantity if quantity is None else quantity
    price = seats.article.cost if price is None else price
    money = seats.money
    unit = cut(abs(price) * money.rate) if money.rate != 1 else abs(price)
    subtotal = unit * quantity * (-1 if price < 0 else 1)
    product_id, sku_id = seats.article.sku.split(":")
    return {
        "CustomerId": seats.customer.tenant,
        "CustomerName": seats.customer.name,
        "CustomerDomainName": f"customer{seats.customer.number}.example",
        "SubscriptionId": seats.subscription,
        "ProductId": product_id,
        "SkuId": sku_id,
        "SkuName": f"Article {seats.article.number}",
        "ProductName": f"Article {seats.article.number}",
        "Quantity": quantity,
        "BillableQuantity": quantity,
        "UnitPrice": abs(price),
        "EffectiveUnitPrice": price,
        "Subtotal": subtotal,
        "TaxTotal": "0.00",
        "Total": subtotal,
        "Currency": money.billed,
        "PricingCurrency": money.priced,
        "PCToBCExchangeRate": money.rate,
        "PCToBCExchangeRateDate": month,
        "OrderDate": start or month,
        "ChargeStartDate": start or month,
        "ChargeEndDate": end - LAST,
        "TermAndBillingCycle": YEARLY,
        "InvoiceNumber": INVOICES[month],
        **TERM,
        **cells,
    }


def moved(seats, quantity, day, price=None, reference="0", old=None):
    """Return the pair of rows by which a quantity changes on a day of March.

    :param price: of a unit for the rest of the month, if not its part of a whole one
    """
    old = seats.quantity if old is None else old
    whole = rest(seats.article.cost, day)
    cells = {
        "ChargeType": "addQuantity" if quantity > old else "removeQuantity",
        "OrderDate": day,
        "ReferenceId": f"b3a1b3a1-0000-4000-8000-{int(reference):012}",
    }
    return [
        {
            **seat_row(seats, quantity=old, price=-whole),
            **cells,
        },
        {
            **seat_row(seats, quantity=quantity, price=price or whole, start=day),
            **cells,
        },
    ]


def cancelled(seats, day):
    """Return the row by which the provider ends a subscription on a day of March."""
    price = -rest(seats.article.cost, day)
    return {
        **seat_row(seats, price=price),
        "ChargeType": "cancelImmediate",
        "OrderDate": day,
    }


def monthly(seats, price):
    """Return the row of March at the monthly term."""
    return {
        **seat_row(seats, price=price),
        "TermAndBillingCycle": MONTHLY,
        "SubscriptionStartDate": MONTH,
        "SubscriptionEndDate": END - LAST,
    }


def used_row(usage, one, invoice, currency):
    """Return the cells of a row of daily usage, `day` and `cost` among them."""
    first = one.day.replace(day=1)
    return {
        "CustomerId": usage.customer.tenant,
        "CustomerName": usage.customer.name,
        "CustomerDomainName": f"customer{usage.customer.number}.example",
        "InvoiceNumber": invoice,
        "SubscriptionId": usage.plan,
        "EntitlementId": usage.entitlement,
        "ChargeStartDate": first,
        "ChargeEndDate": (MONTH if first == BEFORE else END) - LAST,
        "day": one.day,
        "cost": one.cost,
        "MeterId": f"m-{one.meter:04}",
        "UnitPrice": one.price,
        "EffectiveUnitPrice": one.price * (100 - one.percent) / 100,
        "Quantity": one.quantity,
        "PricingPreTaxTotal": one.cost,
        "BillingCurrency": currency,
        "PricingCurrency": currency,
        "PartnerEarnedCreditPercentage": one.percent,
    }


def invoiced_row(usage, currency):
    """Return the invoice's row about the usage of March."""
    product_id, sku_id = INVOICED_SKU.split(":")
    return {
        "CustomerId": usage.customer.tenant,
        "CustomerName": usage.customer.name,
        "CustomerDomainName": f"customer{usage.customer.number}.example",
        "SubscriptionId": usage.plan,
        "ProductId": product_id,
        "SkuId": sku_id,
        "ChargeType": "new",
        "TermAndBillingCycle": "1 Hour",
        "MeterDescription": "Virtual Machines - D2 v5",
        "BillingFrequency": "",
        "SubscriptionStartDate": "",
        "SubscriptionEndDate": "",
        "InvoiceNumber": INVOICES[MONTH],
        "OrderDate": MONTH,
        "ChargeStartDate": MONTH,
        "ChargeEndDate": END - LAST,
        "Quantity": 1,
        "BillableQuantity": 1,
        "UnitPrice": usage.invoiced,
        "EffectiveUnitPrice": usage.invoiced,
        "Subtotal": usage.invoiced,
        "TaxTotal": "0.00",
        "Total": usage.invoiced,
        "Currency": currency,
        "PricingCurrency": currency,
    }
