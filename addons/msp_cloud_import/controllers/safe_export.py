"""Spreadsheets without live formulas: what a file says stays text.

A customer may be called ``=HYPERLINK(...)`` in a provider's file. Odoo marks such cells
in CSV, but in XLSX they would be formulas.
"""

import json

from werkzeug.datastructures import FileStorage

from odoo import http

from odoo.addons.web.controllers.export import (
    ExcelExport,
    ExportXlsxWriter,
    GroupExportXlsxWriter,
)
from odoo.addons.web.controllers.pivot import TableExporter

_STARTS = ("=", "+", "-", "@")


class SafeXlsxWriter(ExportXlsxWriter):
    """Writes texts as texts, never as formulas or links."""

    def __init__(self, fields, columns_headers, row_count):
        super().__init__(fields, columns_headers, row_count)
        self.worksheet.strings_to_formulas = False
        self.worksheet.strings_to_urls = False


class SafeGroupXlsxWriter(SafeXlsxWriter, GroupExportXlsxWriter):
    """The same with groups."""


class SafeExcelExport(ExcelExport):
    def from_group_data(self, fields, columns_headers, groups):
        with SafeGroupXlsxWriter(fields, columns_headers, groups.count) as writer:
            row, column = 1, 0
            for group_name, group in groups.children.items():
                row, column = writer.write_group(row, column, group_name, group)
        return writer.value

    def from_data(self, fields, columns_headers, rows):
        with SafeXlsxWriter(fields, columns_headers, len(rows)) as writer:
            for number, cells in enumerate(rows, 1):
                for column, cell in enumerate(cells):
                    writer.write_cell(number, column, cell)
        return writer.value


class SafeTableExporter(TableExporter):
    @http.route()
    def export_xlsx(self, data, **kw):
        plain = json.load(data) if isinstance(data, FileStorage) else json.loads(data)
        return super().export_xlsx(json.dumps(_safe(plain)), **kw)


def _safe(value):
    """Return what a pivot shows with the mark that Odoo sets in CSV."""
    if isinstance(value, dict):
        return {key: _safe(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_safe(each) for each in value]
    if isinstance(value, str) and value.startswith(_STARTS):
        return f"'{value}"
    return value
