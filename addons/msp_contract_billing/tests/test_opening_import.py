import base64
import io

from openpyxl import load_workbook

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import day
from .opening_common import HEADER, OpeningCommon


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestOpeningImport(OpeningCommon):
    """Opening claims from a file: preview, problems as data, all or nothing."""

    def test_preview_then_claims(self):
        one = self._import(
            self._row(position="BP-1", amount="125.00"),
            self._row(days="01.01.2026;31.01.2026"),
            self._row(self.other, position="1", amount="20"),
        )
        one.action_read()
        self.assertEqual(one.state, "preview")
        self.assertEqual(self._states(one), ["ready"] * 3)
        self.assertFalse(one.charge_ids)
        positions = self.seat_position + self.backup_position + self.other.position_ids
        self.assertEqual(one.row_ids.position_id, positions)
        one.action_enter()
        self.assertEqual(one.state, "done")
        self.assertEqual(sorted(one.charge_ids.mapped("amount")), [20.0, 30.0, 125.0])
        self.assertEqual(set(one.charge_ids.mapped("opening_reference")), {"R-17"})
        self.assertSettled(self.contract + self.other, day(1, 31))

    def test_rows_have_a_list_of_their_own(self):
        """A button leads to it, as the rows on the form cannot be filtered."""
        one = self._import(self._row(), self._row(position="Printer"))
        one.action_read()
        self.assertIn("action_view_rows", one.get_view(view_type="form")["arch"])
        action = one.action_view_rows()
        rows = self.env[action["res_model"]]
        self.assertEqual(rows.search(action["domain"]), one.row_ids)
        self.assertIn("problem", rows.get_view(view_type="list")["arch"])

    def test_problems_are_data_and_name_row_cell_and_remedy(self):
        one = self._import(
            "C-unknown;Backup;2026-01-01;2026-01-31;30.00;R-1",
            self._row(self.other, position="Printer"),
            self._row(position="Backup", amount="1.234"),
            self._row(days="01/02/2026;2026-01-31"),
            self._row(amount="30.0015"),
        )
        one.action_read()
        self.assertEqual(self._states(one), ["problem"] * 5)
        problems = one.row_ids.mapped("problem")
        for problem, words in zip(
            problems,
            (
                'no contract "C-unknown"',
                'no position "Printer". It has: Business Premium',
                "may be a thousand",
                "Write the day as 2026-01-31",
                "more decimal places than",
            ),
            strict=True,
        ):
            self.assertIn(words, problem)
        with self.assertRaisesRegex(UserError, "No row of old.csv is ready"):
            one.action_enter()

    def test_contract_with_a_problem_is_left_out_whole_the_others_are_not(self):
        one = self._import(
            self._row(position="BP-1", amount="125.00"),
            self._row(amount="much"),
            self._row(self.other, position="BP-1", amount="20.00"),
        )
        one.action_read()
        self.assertEqual(self._states(one), ["problem", "problem", "ready"])
        self.assertIn("row 3 of contract", one.row_ids[0].problem)
        one.action_enter()
        self.assertEqual(one.charge_ids.contract_id, self.other)
        again = self._import(
            self._row(position="BP-1", amount="125.00"),
            self._row(amount="30.00"),
            self._row(self.other, position="BP-1", amount="20.00"),
        )
        again.action_enter()
        # What was entered before is not entered twice.
        self.assertEqual(again.charge_ids.contract_id, self.contract)
        self.assertIn("is already claimed", again.row_ids[2].problem)

    def test_same_file_twice_enters_nothing_the_second_time(self):
        self._import(self._row()).action_enter()
        with self.assertRaisesRegex(UserError, "No row"):
            self._import(self._row()).action_enter()
        self.assertEqual(len(self.contract.charge_ids), 1)

    def test_claims_made_since_the_preview_are_seen(self):
        one = self._import(self._row())
        one.action_read()
        invoice = self._run(day(1), contracts=self.contract).move_ids
        with self.assertRaisesRegex(UserError, "No row"), self.env.cr.savepoint():
            one.action_enter()
        one.action_read()
        self.assertIn(invoice.name, one.row_ids.problem)

    def test_positions_of_one_name_are_told_apart_by_days_or_place(self):
        self._end(self.backup_position, day(2))
        position = self.env["msp.contract.position"].create(
            {"contract_id": self.contract.id, "product_id": self.backup.id}
        )
        begin = {
            "action": "begin",
            "position_id": position.id,
            "quantity_mode": "set",
            "quantity": 1,
            "sets_price": True,
            "price_unit": 35.00,
        }
        self._version(self.contract, day(2), [begin])
        one = self._import(
            self._row(),
            self._row(days="2026-02-01;2026-02-28", amount="35"),
            self._row(days="2026-01-01;2026-02-28", amount="1"),
        )
        one.action_read()
        self.assertEqual(
            [row.position_id for row in one.row_ids],
            [self.backup_position, position, self.env["msp.contract.position"]],
        )
        self.assertIn("several positions", one.row_ids[2].problem)
        by_place = self._import(self._row(position="3", days="2026-02-01;2026-02-28"))
        by_place.action_read()
        self.assertEqual(by_place.row_ids.position_id, position)

    def test_days_outside_the_contract_are_a_warning(self):
        one = self._import(self._row(days="2025-12-01;2025-12-31"))
        one.action_read()
        self.assertEqual((one.ready_count, one.warning_count), (1, 1))
        self.assertIn("not under contract", one.row_ids.warning)

    def test_files_that_cannot_be_read_say_so(self):
        for content, words in (
            (b"\x89PNG\r\n\x00\x00", "neither a CSV file nor an XLSX"),
            (b"Contract;Amount\nC1;3", "no column for: Position, First Day, Last Day"),
            (HEADER.encode(), "headings but no rows"),
        ):
            one = self.env["msp.opening.import"].create(
                {"file": base64.b64encode(content), "file_name": "old.csv"}
            )
            with self.assertRaisesRegex(UserError, words):
                one.action_read()
        with self.assertRaisesRegex(UserError, "Choose a file first"):
            self.env["msp.opening.import"].create({}).action_read()

    def test_template_lists_what_is_not_claimed_and_can_be_read_at_once(self):
        self._run(day(1), contracts=self.other)
        one = self.env["msp.opening.import"].create({})
        self.assertEqual(one.date_until, day(2, 28))
        content = base64.b64decode(one.template_file)
        _header, *rows = load_workbook(io.BytesIO(content)).active.values
        mine = [row for row in rows if row[0] == self.contract.name]
        self.assertEqual([row[1] for row in mine], ["Business Premium", "Backup"])
        self.assertEqual([row[4] for row in mine], [250, 60])
        self.assertNotIn(self.other.name, [row[0] for row in rows])
        one.write({"file": base64.b64encode(content), "file_name": "t.xlsx"})
        one.action_enter()
        mine = one.charge_ids.filtered(lambda one: one.contract_id == self.contract)
        self.assertEqual(sum(mine.mapped("amount")), 310.00)
        self.assertSettled(self.contract, day(2, 28))

    def test_names_that_look_like_formulas_stay_text(self):
        self.seat_position.name = "=1+1"
        one = self.env["msp.opening.import"].create({})
        content = base64.b64decode(one.template_file)
        book = load_workbook(io.BytesIO(content))
        cells = [cell for row in book.active.iter_rows() for cell in row]
        self.assertIn("=1+1", [cell.value for cell in cells])
        self.assertFalse([cell for cell in cells if cell.data_type == "f"])

    def _export(self, charges, lang):
        """Return the file that "Export All" makes of the charges' list."""
        charges = charges.with_context(lang=lang)
        names = [
            "contract_id/display_name",
            "position_id/display_name",
            "date_start",
            "date_end",
            "kind",
            "amount",
            "counts",
            "move_id/display_name",
        ]
        heads = [
            charges._fields[name.split("/")[0]]._description_string(charges.env)
            for name in names
        ]
        rows = charges.export_data(names)["datas"]
        return "\n".join(
            ";".join(str(cell) for cell in row) for row in [heads, *rows]
        ).encode()

    def test_export_of_the_ledger_is_read_back(self):
        """What is known of the past survives an uninstallation."""
        self.env["res.lang"]._activate_lang("de_DE")
        contract = self.contract
        self.env["msp.one.off"].create(
            {"contract_id": contract.id, "product_id": self.backup.id, "date": day(1)}
        )
        self._run(day(1), contracts=contract)
        self._set(self.seat_position, day(1, 16), quantity=12)
        self._run(day(1), "differential", contract)
        invoice = self._run(day(2), contracts=contract, post=False).move_ids
        invoice.unlink()
        charges = contract.charge_ids
        for lang in ("en_US", "de_DE"):
            twin = self._contract(
                day(1), [(self.seats, 10, 12.50), (self.backup, 1, 30.00)]
            )
            self._set(twin.position_ids[0], day(1, 16), quantity=12)
            content = self._export(charges, lang)
            content = content.replace(
                contract.display_name.encode(), twin.name.encode()
            )
            one = self.env["msp.opening.import"].create(
                {"file": base64.b64encode(content), "file_name": "ledger.csv"}
            )
            one.action_enter()
            self.assertEqual(one.problem_count, 0, one.row_ids.mapped("problem"))
            # What was released, and the one-off charge.
            self.assertEqual(one.left_out_count, 3)
            self.assertSettled(twin, day(1, 31))
            due = twin._compute_due(day(2), "regular")[twin.id].charges
            self.assertEqual(float(sum(charge.amount for charge in due)), 180.00)

    def test_all_claims_of_a_file_are_taken_back(self):
        one = self._import(self._row(), self._row(self.other, "BP-1", "20"))
        one.action_enter()
        action = one.action_take_back()
        wizard = self.env["msp.opening.take.back"].with_context(**action["context"])
        wizard.create({"reason": "Wrong file"}).action_take_back()
        self.assertEqual((one.entered_count, one.open_count), (2, 0))
        with self.assertRaisesRegex(UserError, "has been entered already"):
            one.action_enter()
        with self.assertRaisesRegex(UserError, "stays as their record"):
            one.unlink()
        self._import(self._row()).action_enter()
        self.assertEqual(self._claims(self.contract), [(day(1), day(1, 31), 30.00)])

    def test_only_administrators_read_files_and_companies_stay_apart(self):
        clerk = self._role_user("clerk", "group_billing_clerk")
        with self.assertRaises(AccessError):
            self._import(self._row(), user=clerk)
        one = self._import(self._row())
        with self.assertRaises(AccessError):
            one.with_user(clerk).action_enter()
        self.assertFalse(one.charge_ids)
        other = self.setup_other_company()["company"]
        self.env.user.write({"company_ids": [Command.link(other.id)]})
        elsewhere = self.env["msp.opening.import"].create(
            {
                "company_id": other.id,
                "file": one.file,
                "file_name": "old.csv",
            }
        )
        elsewhere.action_read()
        self.assertIn("no contract", elsewhere.row_ids.problem)
