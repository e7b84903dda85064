import ast
from pathlib import Path
from unittest.mock import patch

from babel.messages.extract import extract

from odoo.exceptions import UserError
from odoo.tests import tagged

from .. import connectors, formats
from ..formats import Count, Sentence
from ..models import msp_import_arrival
from ..models.translated import translated
from .common import ImportCommon, microsoft_csv, seats

WRONG_DATE = (
    "gefunden „soon“, erwartet wird ein Datum wie 03/31/2026; berichtigen Sie die Datei "
    "oder laden Sie sie erneut herunter"
)


@tagged("post_install", "-at_install")
class TestImportWords(ImportCommon):
    """What is wrong with a file is told in the language of who imports it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.clerk.lang = "de_DE"
        cls.imports = cls.env["msp.import"].with_user(cls.clerk)
        cls.imports = cls.imports.with_context(lang="de_DE")

    @staticmethod
    def _broken_file():
        broken = seats(3, SubscriptionId="5b5b5b5b-0000-4000-8000-000000000009")
        broken["ChargeStartDate"] = "soon"
        return microsoft_csv(broken, seats(12))

    def test_row_that_cannot_be_read(self):
        import_ = self.imports.import_file(
            self.provider.id, "G01.csv", self._broken_file()
        )
        self.assertEqual(import_.problem_ids.reason, WRONG_DATE)

    def test_file_that_cannot_be_read(self):
        with self.assertRaises(UserError) as caught:
            self.imports.import_file(self.provider.id, "leer.csv", b"")
        self.assertEqual(
            str(caught.exception),
            "„leer.csv“ ist leer; laden Sie sie erneut herunter.",
        )

    def test_file_that_is_read_in_the_background(self):
        with patch.object(msp_import_arrival, "LARGE_BYTES", 0):
            import_ = self._kept()
        self.assertEqual(import_.state, "new")
        cron = self.env.ref("msp_cloud_import.ir_cron_continue_imports")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        import_.invalidate_recordset()
        self.assertEqual(import_.problem_ids.reason, WRONG_DATE)

    def _kept(self):
        files = [("G01.csv", self._broken_file())]
        (result,) = self.imports._take_files(self.provider, files, float("inf"))
        return self.imports.browse(result["import_id"])

    def test_numbers_are_written_as_the_language_does(self):
        sentence = Sentence(
            "has %(count)s columns, which no known billing file has; download it again",
            count=Count(1200),
        )
        self.assertIn("1,200 columns", sentence)
        self.assertIn("hat 1.200 Spalten", translated(self.imports.env, sentence))
        self.assertEqual(translated(self.env(context={}), sentence), str(sentence))

    def test_text_that_is_no_sentence_stays(self):
        self.assertEqual(translated(self.imports.env, "100 % {own}"), "100 % {own}")
        self.assertIs(translated(self.imports.env, False), False)

    def test_values_are_never_taken_for_places(self):
        sentence = Sentence("%(reason)s here", reason=Sentence("50 %(x)s {y} %"))
        self.assertEqual(translated(self.imports.env, sentence), "50 %(x)s {y} % here")

    def test_every_sentence_is_exported_to_translators(self):
        folders = [Path(one.__file__).parent for one in (connectors, formats)]
        for path in [path for folder in folders for path in folder.glob("*.py")]:
            written = {
                call.args[0].value
                for call in ast.walk(ast.parse(path.read_text()))
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "_"
            }
            with path.open("rb") as stream:
                found = extract(
                    "odoo.tools.babel:extract_python",
                    stream,
                    keywords={"_": None},
                    options={"encoding": "UTF-8"},
                )
                exported = {message for _line, message, *_rest in found}
            self.assertEqual(exported, written, path.name)

    def test_names_of_formats(self):
        field = self.imports._fields["format_id"]
        names = dict(field._description_selection(self.imports.env))
        self.assertEqual(
            names["microsoft_nce"],
            "Microsoft Partner Center, Rechnungsabstimmung des neuen Handelsmodells",
        )
        names = dict(field._description_selection(self.env))
        self.assertEqual(
            names["microsoft_nce"],
            "Microsoft Partner Center, new-commerce invoice reconciliation",
        )
