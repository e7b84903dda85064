"""Reading, checking and storing a file of daily usage, against PostgreSQL's COPY.

COPY stores the same file as text in a bare table, in the same run. Environment:
BENCH_USAGE_ROWS (default 10000,100000,1000000), the rows of the files.
"""

import csv
import os
import random
import resource
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

SIZES = [
    int(n)
    for n in os.environ.get("BENCH_USAGE_ROWS", "10000,100000,1000000").split(",")
]
# Each customer has so many rows: a month of some dozens of resources.
ROWS_PER_CUSTOMER, METERS, RESOURCES = 10_000, 40, 2000
FIRST = date(2026, 3, 1)


@tagged("post_install", "-at_install")
class BenchUsageImport(TransactionCase):
    """Each size is a file of its own, stored in a savepoint that is rolled back."""

    def test_usage_import(self):
        provider = self.env["msp.provider"].create(
            {"name": "Azure Plan", "code": "azure", "format_id": "microsoft_daily"}
        )
        print(
            f"\n{'rows':>9} {'COPY as text':>14} {'stored here':>14}  1 : x   MB more"
        )
        rates = {}
        for rows in SIZES:
            with tempfile.NamedTemporaryFile(suffix=".csv") as file:
                columns = _write_file(Path(file.name), rows)
                copied = self._copy_as_text(Path(file.name), columns)
                before = _peak()
                stored = self._import(provider, Path(file.name), rows)
                more = _peak() - before
            rates[rows] = rows / stored
            print(
                f"{rows:>9,} {rows / copied:>11,.0f}/s {rows / stored:>11,.0f}/s"
                f"  1 : {stored / copied:.1f} {more / 1024:>9,.0f}"
            )
        print(f"peak memory of the process: {_peak() / 1024:,.0f} MB")
        small, large = rates[SIZES[0]], rates[SIZES[-1]]
        print(f"rows/s, largest file against smallest: {large / small:.2f}")

    def _copy_as_text(self, path, columns):
        """Return the seconds in which COPY stores the file in a bare table."""
        with self.env.cr.savepoint() as savepoint:
            names = SQL(", ").join(
                SQL("%s text", SQL.identifier(name)) for name in columns
            )
            self.env.cr.execute(SQL("CREATE TABLE bench_usage (%s)", names))
            start = time.perf_counter()
            with path.open("rb") as file:
                self.env.cr.copy_expert(
                    "COPY bench_usage FROM STDIN (FORMAT csv, HEADER)", file
                )
            seconds = time.perf_counter() - start
            savepoint.rollback()
        return seconds

    def _import(self, provider, path, rows):
        """Return the seconds in which the file becomes rows and charges."""
        # Only in an addon's tests may its packages be named above.
        from odoo.addons.msp_cloud_import.formats import open_file

        imports = self.env["msp.import"]
        with self.env.cr.savepoint() as savepoint:
            # As the scheduler reads large files: from the disk, once they are kept.
            vals = imports._prepare_import_vals(provider, path.name, b"")
            import_ = imports._create_kept(vals, b"")
            start = time.perf_counter()
            with open_file(path) as reading:
                import_._store(reading)
            seconds = time.perf_counter() - start
            self.assertEqual((import_.state, import_.charge_count), ("read", rows))
            savepoint.rollback()
        self.env.invalidate_all()
        return seconds


def _peak():
    """Return the most memory the process had so far, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _write_file(path, rows):
    """Write a file of daily rated usage; return its columns."""
    columns = _columns()
    rng = random.Random(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(columns)
        for number in range(rows):
            cells = _cells(rng, number, -(-rows // ROWS_PER_CUSTOMER))
            writer.writerow([cells.get(name, "") for name in columns])
    return columns


def _columns():
    # Tests of an addon's package import Odoo; the list of columns does not.
    from odoo.addons.msp_cloud_import.formats.microsoft_daily_columns import (
        COLUMNS,
    )

    return COLUMNS


def _cells(rng, number, customers):
    customer = rng.randrange(customers)
    meter = rng.randrange(METERS)
    resource_ = f"vm{rng.randrange(RESOURCES):05}"
    group = f"rg-{rng.randrange(50)}"
    day = FIRST + timedelta(days=number * 31 // 1_000_000 % 31)
    quantity = f"{rng.randrange(1, 24)}.{rng.randrange(1_000_000):06}"
    cost = f"{rng.randrange(100)}.{rng.randrange(10**12):012}"
    subscription = f"{customer:08}-0000-4000-8000-0000000000aa"
    return {
        "PartnerId": "a1a1a1a1-0000-4000-8000-000000000000",
        "PartnerName": "Systemhaus",
        "CustomerId": f"{customer:08}-0000-4000-8000-000000000001",
        "CustomerName": f"Kunde {customer} GmbH",
        "CustomerDomainName": f"kunde{customer}.example",
        "CustomerCountry": "DE",
        "InvoiceNumber": "G100000001",
        "ProductId": "DZH318Z0BQ4B",
        "SkuId": f"{meter:04}",
        "AvailabilityId": "DZH318Z0BMTX",
        "SkuName": f"Meter {meter}",
        "ProductName": "Azure plan",
        "PublisherName": "Microsoft",
        "SubscriptionDescription": "Azure plan",
        "SubscriptionId": subscription,
        "ChargeStartDate": "03/01/2026",
        "ChargeEndDate": "03/31/2026",
        "UsageDate": day.strftime("%m/%d/%Y"),
        "MeterType": "Compute",
        "MeterCategory": "Virtual Machines",
        "MeterId": f"{meter:08}-0000-4000-8000-0000000000ee",
        "MeterSubCategory": "Dv5 Series",
        "MeterName": f"D{meter} v5",
        "MeterRegion": "EU West",
        "Unit": "1 Hour",
        "ResourceLocation": "westeurope",
        "ConsumedService": "Microsoft.Compute",
        "ResourceGroup": group,
        "ResourceURI": f"/subscriptions/{subscription}/resourceGroups/{group}"
        f"/providers/Microsoft.Compute/virtualMachines/{resource_}",
        "ChargeType": "New",
        "UnitPrice": "0.20",
        "Quantity": quantity,
        "UnitType": "1 Hour",
        "BillingPreTaxTotal": cost,
        "BillingCurrency": "EUR",
        "PricingPreTaxTotal": cost,
        "PricingCurrency": "USD",
        "Tags": f'{{"env": "e{rng.randrange(5)}"}}',
        "AdditionalInfo": '{"ServiceType": "Standard_D2_v5"}',
        "EffectiveUnitPrice": "0.17",
        "PCToBCExchangeRate": "0.92",
        "PCToBCExchangeRateDate": "03/31/2026",
        "EntitlementId": f"{customer:08}-0000-4000-8000-0000000000cc",
        "EntitlementDescription": "Production",
        "PartnerEarnedCreditPercentage": "15",
    }
