import csv
import io
import json
import time
import zipfile

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ImportCommon

_ROW = {
    "BilledCost": "1.20",
    "BillingAccountId": "BA-1",
    "BillingCurrency": "EUR",
    "BillingPeriodStart": "2026-03-01T00:00:00Z",
    "BillingPeriodEnd": "2026-04-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "",
    "ChargePeriodStart": "2026-03-01T00:00:00Z",
    "ChargePeriodEnd": "2026-03-02T00:00:00Z",
    "ContractedCost": "1.20",
    "EffectiveCost": "1.20",
    "InvoiceId": "INV-77",
    "ListCost": "1.44",
    "PricingQuantity": "24",
    "PricingUnit": "Hours",
    "ProviderName": "Amazon Web Services",
    "ServiceName": "Virtual Machines",
    "SkuId": "VM-S",
    "SubAccountId": "sub-001",
    "SubAccountName": "Muster Bau",
}


def focus_csv(*rows):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, _ROW, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**_ROW, **cells} for cells in rows)
    return stream.getvalue().encode()


@tagged("post_install", "-at_install")
class TestProviderRecognised(ImportCommon):
    """Whose file it is follows from what it says; nobody types codes."""

    def _read(self, name, **cells):
        imports = self.env["msp.import"].with_user(self.clerk)
        file_name = f"{name}.csv"
        content = focus_csv({"ProviderName": name, **cells})
        return imports.import_file(self.env["msp.provider"], file_name, content)

    def test_code_follows_from_the_name(self):
        names = ["Amazon Web Services", "Google Cloud", "Azure", "Muster Cloud 24"]
        providers = self.env["msp.provider"].create([{"name": name} for name in names])
        self.assertEqual(
            providers.mapped("code"), ["aws", "google", "microsoft", "mustercloud24"]
        )
        providers[0].name = "Hyperscaler"
        self.assertEqual(providers[0].code, "aws")
        given = self.env["msp.provider"].create({"name": "Azure", "code": "plan"})
        self.assertEqual(given.code, "plan")

    def test_focus_files_say_whose_they_are(self):
        aws, google = self.env["msp.provider"].create(
            [{"name": "AWS"}, {"name": "Google Cloud"}]
        )
        self.assertEqual(self._read("Amazon Web Services").provider_id, aws)
        self.assertEqual(self._read("Google Cloud").provider_id, google)
        # Both have the format: the name decides still.
        (aws + google).format_id = "focus"
        self.assertEqual(self._read("AWS", InvoiceId="INV-78").provider_id, aws)

    def test_unknown_vendors_are_asked_for(self):
        with self.assertRaisesRegex(UserError, "Choose the provider"):
            self._read("Nobody's Cloud")
        self.env["msp.provider"].create({"name": "Nobody's Cloud"})
        self.assertTrue(self._read("Nobody's Cloud"))

    def test_a_vendor_exports_in_formats_of_several(self):
        self.provider.format_id = "microsoft_nce"
        imports = self.env["msp.import"].with_user(self.clerk)
        import_ = imports.import_file(
            self.provider, "focus.csv", focus_csv({"ProviderName": "Microsoft"})
        )
        self.assertEqual(import_.format_id, "focus")

    def test_parts_of_an_export_are_one_import(self):
        aws = self.env["msp.provider"].create({"name": "AWS"})
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("x/part_0_0001.csv", focus_csv({}, {"BilledCost": "2.50"}))
            archive.writestr("x/part_1_0001.csv", focus_csv({"BilledCost": "4.00"}))
            names = [{"blobName": f"x/part_{number}_0001.csv"} for number in (0, 1)]
            said = {"dataRowCount": 4, "blobs": names}
            archive.writestr("x/manifest.json", json.dumps(said))
        imports = self.env["msp.import"].with_user(self.clerk)
        (result,) = imports._take_files(
            self.env["msp.provider"],
            [("march.zip", data.getvalue())],
            time.monotonic() + 60,
        )
        import_ = imports.browse(result["import_id"])
        self.assertEqual((import_.provider_id, import_.row_count), (aws, 3))
        # 1.20 + 2.50 + 4.00
        self.assertAlmostEqual(import_.amount_read, 7.70, places=2)
        charge = import_.provider_charge_ids
        self.assertEqual((len(charge), charge.row_count), (1, 3))
        reasons = import_.problem_ids.mapped("reason")
        self.assertTrue([one for one in reasons if "states 4 rows" in one], reasons)
