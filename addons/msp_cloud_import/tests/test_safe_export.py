import json
from io import BytesIO

from openpyxl import load_workbook

from odoo import http
from odoo.tests import HttpCase, tagged

FORMULA = '=HYPERLINK("http://example.com","x")'


@tagged("post_install", "-at_install")
class TestSafeExport(HttpCase):
    """What a file says is no formula in any spreadsheet."""

    def setUp(self):
        super().setUp()
        self.provider = self.env["msp.provider"].create(
            {"name": FORMULA, "code": "formula"}
        )
        self.env.flush_all()
        self.authenticate("admin", "admin")

    def _cells(self, path, data):
        answer = self.url_open(
            path,
            data={
                "data": json.dumps(data),
                "csrf_token": http.Request.csrf_token(self),
            },
        )
        answer.raise_for_status()
        sheet = load_workbook(BytesIO(answer.content)).active
        return [cell for row in sheet.iter_rows() for cell in row if cell.value]

    def _export(self, **values):
        return self._cells(
            "/web/export/xlsx",
            {
                "model": "msp.provider",
                "fields": [
                    {"name": "name", "label": "Name", "type": "char"},
                    {"name": "code", "label": "Code", "type": "char"},
                ],
                "ids": self.provider.ids,
                "domain": [],
                "groupby": [],
                "context": {},
                "import_compat": False,
                **values,
            },
        )

    def _assert_text(self, cells):
        meant = [cell for cell in cells if "HYPERLINK" in str(cell.value)]
        self.assertTrue(meant)
        for cell in meant:
            self.assertEqual(cell.data_type, "s")
            self.assertFalse(cell.hyperlink)

    def test_list(self):
        self._assert_text(self._export())

    def test_grouped_list(self):
        domain = [("id", "=", self.provider.id)]
        self._assert_text(self._export(ids=False, domain=domain, groupby=["code"]))

    def test_pivot(self):
        self._assert_text(
            self._cells(
                "/web/pivot/export_xlsx",
                {
                    "title": "Providers",
                    "model": "msp.provider",
                    "measure_count": 1,
                    "origin_count": 1,
                    "col_group_headers": [
                        [{"title": FORMULA, "width": 1, "height": 1}],
                    ],
                    "measure_headers": [
                        {"title": "Count", "width": 1, "height": 1, "is_bold": False}
                    ],
                    "origin_headers": [],
                    "rows": [
                        {
                            "title": FORMULA,
                            "indent": 0,
                            "values": [{"value": 1, "is_bold": False}],
                        }
                    ],
                },
            )
        )
