import base64
import io

from openpyxl import load_workbook

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import day
from .opening_common import HEADER, OpeningCommon


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestOpeningRows(OpeningCommon):
    """What rows of a file mean, and what must not be entered by mistake."""

    def _read(self, *rows, **values):
        one = self._import(*rows, **values)
        one.action_read()
        return one

    def _read_workbook(self, content):
        one = self.env["msp.opening.import"].create(
            {"file": base64.b64encode(content), "file_name": "t.xlsx"}
        )
        one.action_read()
        return one

    def _template(self, lang="en_US"):
        one = self.env["msp.opening.import"].with_context(lang=lang).create({})
        return base64.b64decode(one.template_file)

    # The same twice

    def test_row_that_repeats_another_is_refused_with_its_contract(self):
        one = self._read(
            self._row(position="BP-1", amount="125.00"),
            self._row(position="Business Premium", amount="125,00"),
            self._row(self.other, "1", "20.00"),
        )
        self.assertEqual(self._states(one), ["problem", "problem", "ready"])
        self.assertIn("the same as row 2", one.row_ids[1].problem)
        self.assertIn("row 3 of contract", one.row_ids[0].problem)
        one.action_enter()
        self.assertEqual(one.charge_ids.contract_id, self.other)

    def test_rows_that_share_days_are_pointed_out(self):
        one = self._read(
            self._row(amount="30.00"),
            self._row(amount="30.00", number="R-18", days="2026-01-31;2026-02-27"),
            self._row(amount="1.07", number="R-19", days="2026-02-28;2026-02-28"),
        )
        self.assertEqual(self._states(one), ["ready"] * 3)
        warnings = one.row_ids.mapped("warning")
        self.assertIn("Row 2 claims some of these days", warnings[1])
        self.assertEqual([bool(text) for text in warnings], [False, True, False])

    def test_amounts_that_are_not_as_agreed_are_pointed_out(self):
        one = self._read(
            self._row(position="BP-1", amount="125.00"),
            self._row(amount="29.00"),
            self._row(amount="33.00", days="2026-02-01;2026-02-28"),
            # 30.00 x 15 / 31
            self._row(amount="14.52", days="2026-03-01;2026-03-15"),
        )
        self.assertEqual(self._states(one), ["ready"] * 4)
        self.assertEqual(one.warning_count, 2)
        self.assertRegex(one.row_ids[1].warning, "says ..30.00 .* bill ..1.00 more")
        self.assertRegex(one.row_ids[2].warning, "says ..30.00 .* credit ..3.00")

    def test_corrections_of_an_exported_ledger_share_days(self):
        header = f"{HEADER};Kind;Counts"
        one = self._read(
            self._row(position="BP-1", amount="125.00", number="I-1") + ";Regular;True",
            self._row(position="BP-1", amount="25.00", number="I-2")
            + ";Correction;True",
            header=header,
        )
        self.assertEqual(self._states(one), ["ready"] * 2)
        self.assertFalse(any(one.row_ids.mapped("warning")))

    # Whose row it is

    def test_row_without_a_contract_stops_the_one_above_it(self):
        """Merged cells: the second position would be billed again."""
        merged = self._row(position="BP-1", amount="125.00").partition(";")[2]
        one = self._read(
            self._row(), f";{merged}", self._row(self.other, "BP-1", "20.00")
        )
        self.assertEqual(self._states(one), ["problem", "problem", "ready"])
        self.assertIn("Contract is empty", one.row_ids[1].problem)
        one.action_enter()
        self.assertEqual(one.charge_ids.contract_id, self.other)

    def test_of_many_bad_rows_the_first_are_named(self):
        rows = [self._row(amount="much", number=f"R-{n}") for n in range(7)]
        one = self._read(self._row(position="BP-1", amount="125.00"), *rows)
        self.assertIn("row 3, 4, 5, 6, 7, … of", one.row_ids[0].problem)

    def test_contract_by_number_and_title_with_blanks(self):
        self.contract.title = "Licences  of 2026"
        self.other.title = f"{self.contract.name} old"
        one = self._read(
            self._row().replace(self.contract.name, self.contract.display_name),
            self._row(position="BP-1", amount="125.00"),
        )
        self.assertEqual(one.row_ids.contract_id, self.contract)
        self.assertEqual(self._states(one), ["ready", "ready"])

    def test_giant_cells_are_no_contract_and_no_position(self):
        one = self._read(
            self._row().replace(self.contract.name, "x " * 30_000),
            self._row(self.other, position="y" * 100_000),
            self._row(self.other, amount="z" * 100_000),
        )
        self.assertEqual(self._states(one), ["problem"] * 3)
        self.assertLess(max(len(text) for text in one.row_ids.mapped("problem")), 500)

    def test_description_comes_before_the_name_of_another_product(self):
        self.seat_position.name = "Backup"
        self.backup_position.name = "Server"
        one = self._read(
            self._row(amount="125.00"),
            self._row(position="Server"),
        )
        self.assertEqual(
            one.row_ids.mapped("position_id.id"),
            [self.seat_position.id, self.backup_position.id],
        )

    def test_place_in_the_contract_is_no_product_code(self):
        self.seats.default_code = "2"
        one = self._read(
            self._row(position="#2"),
            self._row(position="2", amount="125.00"),
            self._row(position="#3"),
            self._row(position="#\u00b2"),
            self._row(position="#" + "9" * 40),
        )
        rows = one.row_ids
        self.assertEqual(rows[0].position_id, self.backup_position)
        # Left out, as the others are not in order, but understood.
        self.assertEqual(rows[1].position_id, self.seat_position)
        for row in rows[2:]:
            self.assertIn("has no position", row.problem)

    def test_amount_in_another_currency_is_refused(self):
        currency = self.contract.currency_id
        header = f"{HEADER};Currency"
        one = self._read(
            self._row(amount="GBP 30.00"),
            self._row(amount=f"{currency.name} 30.00", days="2026-02-01;2026-02-28"),
            self._row(days="2026-03-01;2026-03-31") + ";GBP",
            self._row(days="2026-04-01;2026-04-30") + f";{currency.name}",
            header=header,
        )
        for row, is_wrong in zip(one.row_ids, (True, False, True, False), strict=True):
            self.assertEqual(
                f"contract {self.contract.name} is in {currency.name}" in row.problem,
                is_wrong,
            )

    # Files

    def test_template_names_positions_so_that_they_are_found(self):
        self.seats.default_code = "2"
        self.seat_position.name = "Office  365"
        self.backup_position.name = "#1"
        twins = self._contract(day(1), [(self.backup, 1, 30.0), (self.backup, 2, 30.0)])
        content = self._template()
        rows = [row[1] for row in load_workbook(io.BytesIO(content)).active.values]
        self.assertIn("Office 365", rows)
        one = self._read_workbook(content)
        mine = one.row_ids.filtered(
            lambda row: row.contract_id in self.contract | twins
        )
        positions = self.contract.position_ids | twins.position_ids
        self.assertEqual(mine.position_id, positions)
        self.assertEqual(len(mine), len(positions))
        self.assertFalse(any(mine.mapped("problem")))

    def test_problem_names_the_column_as_the_file_does(self):
        one = self._read(
            self._row(days="soon;2026-01-31"),
            header="Vertrag;Artikel;Von;Bis;Nettobetrag;Rechnung",
        )
        self.assertIn('Von is "soon"', one.row_ids.problem)

    def test_template_has_the_headings_of_its_reader(self):
        self.env["res.lang"]._activate_lang("de_DE")
        heads = next(load_workbook(io.BytesIO(self._template("de_DE"))).active.values)
        titles = (
            self.env["msp.opening.import"].with_context(lang="de_DE")._column_titles()
        )
        self.assertEqual(list(heads), list(titles.values()))
        self.assertTrue(self._read_workbook(self._template("de_DE")).ready_count)

    def test_file_chosen_after_the_preview_is_previewed(self):
        one = self._read(self._row())
        with self.assertRaisesRegex(UserError, "No row"), self.env.cr.savepoint():
            one.file = self._import(self._row(amount="much")).file
            self.assertEqual((one.state, len(one.row_ids)), ("draft", 0))
            one.action_enter()
        one.action_enter()
        with self.assertRaisesRegex(UserError, "has been entered already"):
            one.file = self._import(self._row()).file

    def test_open_quotation_mark_is_explained(self):
        with self.assertRaisesRegex(UserError, "quotation mark is not closed in row 2"):
            self._read(self._row(number='"R-17'), self._row(position="BP-1"))

    def test_charges_of_one_offs_are_read_back_as_nothing(self):
        self.env["msp.one.off"].create(
            {"contract_id": self.contract.id, "product_id": self.backup.id}
        )
        header = f"{HEADER};Kind;Counts"
        days = "2026-02-01;2026-02-01"
        one = self._read(
            self._row(days=days, amount="30.00") + ";One-off;True",
            self._row(days=days, amount="-10.00", number="RC") + ";Credit note;True",
            self._row(amount="30.00") + ";Regular;True",
            header=header,
        )
        self.assertEqual(self._states(one), ["left_out", "left_out", "ready"])
        self.assertEqual(one.row_ids[2].position_id, self.backup_position)

    # The wizard

    def test_days_without_end_are_refused(self):
        form = self._dialog(self.contract.action_enter_opening())
        with self.assertRaisesRegex(UserError, "Check the year"):
            form.date_until = day(12, 31, 9999)
        rows = [
            {
                "position": self.seat_position,
                "start": day(1),
                "end": day(12, 31, 9999),
                "amount": 1.0,
            }
        ]
        with self.assertRaisesRegex(UserError, "Check the year"):
            self.env["msp.charge"]._enter_opening(rows)

    def test_one_off_charges_take_no_opening_claim(self):
        one_off = self.env["msp.one.off"].create(
            {"contract_id": self.contract.id, "product_id": self.backup.id}
        )
        wizard = self.env["msp.opening.enter"].create(
            {
                "contract_id": self.contract.id,
                "line_ids": [
                    Command.create(
                        {
                            "position_id": one_off.position_id.id,
                            "date_start": day(1),
                            "date_end": day(1),
                            "amount": 30.0,
                        }
                    )
                ],
            }
        )
        with self.assertRaisesRegex(UserError, "does not belong to contract"):
            wizard.action_enter()
