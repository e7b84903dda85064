import csv
import io
from datetime import date

from odoo import Command
from odoo.tests import TransactionCase, new_test_user

from ..formats.microsoft_nce_columns import COLUMNS

MONTHLY = "One-Month commitment for monthly billing"
YEARLY = "One-Year commitment for monthly/yearly billing"


def us(day):
    """Return a day as Microsoft writes it."""
    return day.strftime("%m/%d/%Y")


def row(**cells):
    """Return the cells of one row of a reconciliation file; the rest is usual.

    Keys are column names; dates may be `date`.
    """
    base = {
        "PartnerId": "a1a1a1a1-0000-4000-8000-000000000000",
        "CustomerId": "11111111-0000-4000-8000-000000000001",
        "CustomerName": "Muster Bau GmbH",
        "CustomerDomainName": "musterbau.example",
        "CustomerCountry": "DE",
        "InvoiceNumber": "G012345678",
        "OrderId": "abc123def456",
        "OrderDate": date(2026, 3, 5),
        "ProductId": "CFQ7TTC0LCHC",
        "SkuId": "0002",
        "AvailabilityId": "CFQ7TTC0K18P",
        "SkuName": "Contoso Business Premium",
        "ProductName": "Contoso Business Premium",
        "ChargeType": "cycleCharge",
        "UnitPrice": "10.00",
        "Quantity": "12",
        "Subtotal": "120.00",
        "TaxTotal": "22.80",
        "Total": "142.80",
        "Currency": "EUR",
        "PublisherName": "Microsoft Corporation",
        "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000001",
        "ChargeStartDate": date(2026, 3, 5),
        "ChargeEndDate": date(2026, 4, 4),
        "TermAndBillingCycle": YEARLY,
        "EffectiveUnitPrice": "10.00",
        "BillableQuantity": "12",
        "BillingFrequency": "Monthly",
        "PricingCurrency": "EUR",
        "PCToBCExchangeRate": "1",
        "ReferenceId": "",
        "SubscriptionStartDate": date(2026, 3, 5),
        "SubscriptionEndDate": date(2027, 3, 4),
    }
    unknown = set(cells) - set(COLUMNS)
    assert not unknown, unknown
    base.update(cells)
    return {
        name: us(cell) if isinstance(cell, date) else str(cell)
        for name, cell in base.items()
    }


def seats(quantity, price="10.00", **cells):
    """Return a row that bills `quantity` seats for a whole period."""
    subtotal = f"{float(price) * quantity:.2f}"
    return row(
        Quantity=quantity,
        BillableQuantity=quantity,
        UnitPrice=price,
        EffectiveUnitPrice=price,
        Subtotal=subtotal,
        TaxTotal="0.00",
        Total=subtotal,
        **cells,
    )


def microsoft_csv(*rows, columns=COLUMNS, encoding="utf-8-sig"):
    """Return a file as Microsoft writes it: BOM, CRLF, everything quoted."""
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    for cells in rows:
        writer.writerow([cells.get(name, "") for name in columns])
    return stream.getvalue().encode(encoding)


class ImportCommon(TransactionCase):
    """A company in euro with one customer, one product and one contract."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.eur = cls.env.ref("base.EUR")
        cls.eur.active = True
        cls.company = cls.env["res.company"].create(
            {"name": "Systemhaus Test", "currency_id": cls.eur.id}
        )
        cls.env.user.write(
            {
                "company_ids": [Command.link(cls.company.id)],
                "company_id": cls.company.id,
            }
        )
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids}
        )
        cls.provider = cls.env["msp.provider"].create(
            {"name": "Microsoft CSP", "code": "microsoft", "format_id": "microsoft_nce"}
        )
        cls.customer = cls._partner(
            "Muster Bau GmbH", website="https://musterbau.example"
        )
        cls.premium = cls._product("Contoso Business Premium", 20.0)
        cls.clerk = cls._user("clerk", "group_billing_clerk")

    @classmethod
    def _user(cls, login, group):
        return new_test_user(
            cls.env,
            login=f"import_{login}",
            groups=f"base.group_user,msp_contract_billing.{group}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def _partner(cls, name, **vals):
        return cls.env["res.partner"].create({"name": name, "is_company": True, **vals})

    @classmethod
    def _product(cls, name, price, **vals):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "list_price": price,
                "msp_recurring": True,
                **vals,
            }
        )

    @classmethod
    def _contract(cls, partner, positions, start=date(2026, 1, 1)):
        """Return an active monthly contract.

        :param positions: (product, quantity, price) of each position
        """
        contract = cls.env["msp.contract"].create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "currency_id": cls.eur.id,
            }
        )
        changes = [
            {
                "action": "terms",
                "billing_every": 1,
                "billing_unit": "month",
                "billing_timing": "advance",
                "billing_day_count": "actual",
                "anchor_date": start.replace(day=1),
            }
        ]
        for product, quantity, price in positions:
            position = cls.env["msp.contract.position"].create(
                {"contract_id": contract.id, "product_id": product.id}
            )
            changes.append(
                {
                    "action": "begin",
                    "position_id": position.id,
                    "quantity_mode": "set",
                    "quantity": quantity,
                    "sets_price": True,
                    "price_unit": price,
                    "price_interval": "1",
                }
            )
        cls._version(contract, start, *changes)
        return contract

    @classmethod
    def _version(cls, contract, start, *changes):
        version = cls.env["msp.contract.version"].create(
            {
                "contract_id": contract.id,
                "date_start": start,
                "change_ids": [Command.create(vals) for vals in changes],
            }
        )
        version.action_activate()
        return version

    def _read(self, *rows, name="G012345678.csv", user=None, **options):
        """Import a file with these rows as a billing clerk; return the import."""
        imports = self.env["msp.import"].with_user(user or self.clerk)
        return imports.import_file(
            self.provider.id, name, microsoft_csv(*rows, **options)
        )

    def _assign(self, import_, **customers):
        """Assign, then accept what is suggested."""
        import_.action_assign()
        import_.action_accept_suggestions()

    def _prepared(self, *rows, **options):
        import_ = self._read(*rows, **options)
        self._assign(import_)
        import_.action_prepare()
        return import_

    def _applied(self, *rows, **options):
        import_ = self._prepared(*rows, **options)
        import_.action_apply()
        return import_

    def _content(self, position):
        """Return (first day, quantity) of each line of a position, oldest first."""
        return [
            (line.date_start, line.quantity)
            for line in position.line_ids.sorted("date_start")
        ]
