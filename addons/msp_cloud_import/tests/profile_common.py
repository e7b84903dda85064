import csv
import io
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import xlwt

from odoo import Command

from .common import ImportCommon

INGRAM_COLUMNS = (
    "Reseller ID",
    "Reseller Company Name",
    "Customer Account ID",
    "End Customer Name",
    "Subscription ID",
    "Subscription Name",
    "Subscription Expiration Date",
    "Plan ID",
    "MPN",
    "Order Type",
    "From",
    "To",
    "Quantity",
    "Duration",
    "Unit Cost",
    "Net Cost",
    "Currency",
)
SKYKICK_COLUMNS = (
    "Invoice Number",
    "Invoice Date",
    "Customer",
    "Domain",
    "Product",
    "Plan",
    "Seats",
    "Unit Price",
    "Amount",
    "Currency",
    "Period Start",
    "Period End",
)
NUMBERS = {"Quantity", "Duration", "Unit Cost", "Net Cost"}


def ingram(**cells):
    """Return the cells of one invented row of an Ingram export, by column."""
    base = {
        "Reseller ID": "1000123",
        "Reseller Company Name": "Example IT Services",
        "Customer Account ID": "1004567",
        "End Customer Name": "Muster Bau GmbH",
        "Subscription ID": "2001001",
        "Subscription Name": "Contoso Office Suite (annual)",
        "Subscription Expiration Date": "2027-03-04",
        "Plan ID": "50012",
        "MPN": "CFQ7TTC0AAAA:0001",
        "Order Type": "Recurring",
        "From": "2026-03-05",
        "To": "2026-04-04",
        "Quantity": "12",
        "Duration": "1.00",
        "Unit Cost": "9.50",
        "Net Cost": "114.00",
        "Currency": "EUR",
    }
    unknown = set(cells) - set(base)
    assert not unknown, unknown
    return {**base, **cells}


def recurring(quantity, start="2026-03-05", end="2026-04-04", **cells):
    """Return a row that bills `quantity` seats for a whole period."""
    cost = Decimal("9.50") * quantity
    days = {"From": start, "To": end}
    return ingram(**{"Quantity": str(quantity), "Net Cost": str(cost), **days, **cells})


def change(difference, start, end="2026-04-04", **cells):
    """Return a row that says how many seats more or fewer from a day on."""
    cost = Decimal("4.75") * difference
    return ingram(
        **{
            "Order Type": "Change",
            "Quantity": str(difference),
            "Duration": "0.50",
            "Net Cost": str(cost),
            "From": start,
            "To": end,
            **cells,
        }
    )


def csv_file(rows, columns=INGRAM_COLUMNS, names=None, delimiter=","):
    """Return the rows as CSV; `names` are other names of columns."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerow([(names or {}).get(name, name) for name in columns])
    for cells in rows:
        writer.writerow([cells[name] for name in columns])
    return stream.getvalue().encode()


def _typed(name, cell):
    """Return a cell as a spreadsheet stores it."""
    if name in NUMBERS:
        return float(cell)
    if name in ("From", "To") and cell[:1].isdigit():
        return datetime.combine(date.fromisoformat(cell), datetime.min.time())
    return cell


def xlsx_file(rows, columns=INGRAM_COLUMNS):
    book = openpyxl.Workbook()
    book.active.append(list(columns))
    for cells in rows:
        book.active.append([_typed(name, cells[name]) for name in columns])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def xls_file(rows, columns=INGRAM_COLUMNS):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    style = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for number, cells in enumerate([dict(zip(columns, columns, strict=True)), *rows]):
        for index, name in enumerate(columns):
            cell = _typed(name, cells[name]) if number else name
            args = [style] if isinstance(cell, datetime) else []
            sheet.write(number, index, cell, *args)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class ProfileCommon(ImportCommon):
    """The shipped providers, and a contract of twelve seats."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ingram = cls.env.ref("msp_cloud_import.provider_ingram")
        cls.skykick = cls.env.ref("msp_cloud_import.provider_skykick")
        cls.template = cls.env.ref("msp_cloud_import.profile_ingram")
        cls.suite = cls._product(
            "Contoso Office Suite", 15.0, default_code="CFQ7TTC0AAAA:0001"
        )
        cls.administrator = cls._user("administrator", "group_administrator")
        cls.manager = cls._user("manager", "group_account_manager")

    def _import(self, content, name="export.csv", provider=None, user=None):
        provider = self.ingram if provider is None else provider
        return (
            self.env["msp.import"]
            .with_user(user or self.clerk)
            .import_file(provider and provider.id, name, content)
        )

    def _confirmed(self, *rows, name="export.csv", **options):
        """Import the first file of a kind and confirm its columns as suggested."""
        import_ = self._import(csv_file(rows, **options), name)
        import_.profile_id.action_confirm()
        return import_

    def _ready(self, import_):
        import_.action_assign()
        import_.action_accept_suggestions()
        import_.action_prepare()
        return import_

    def _upload(self, files, provider=None, user=None):
        """Drop (name, content) in the window; return wizard and action."""
        user = user or self.clerk
        attachments = (
            self.env["ir.attachment"]
            .with_user(user)
            .create([{"name": name, "raw": content} for name, content in files])
        )
        wizard = (
            self.env["msp.import.upload"]
            .with_user(user)
            .create(
                {
                    "provider_id": provider and provider.id,
                    "attachment_ids": [Command.set(attachments.ids)],
                }
            )
        )
        return wizard, wizard.action_import()
