import ast
from pathlib import Path
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from .. import connectors
from ..models.msp_connection_phrases import is_known, say
from ..models.msp_connection_words import MISSING_ENTRY, NOT_ALLOWED, explain

# Who is given what was asked for, or what is wrong with it.
_TAKERS = {"BadValue", "_incomplete", "_odd", "_unknown", "unknown"}
_NAMES = {"LIST", "_LIST", "_WHAT", "reason", "what", "words"}


def _text(node):
    """Return a literal; what is put into it looks like a number."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        parts = node.values
        return "".join(
            part.value if isinstance(part, ast.Constant) else "7" for part in parts
        )
    return None


def _literals(node):
    """Return the literals of an expression, such as both sides of an `or`."""
    if isinstance(node, ast.BoolOp):
        return [one for value in node.values for one in _literals(value)]
    if isinstance(node, ast.IfExp):
        return _literals(node.body) + _literals(node.orelse)
    if isinstance(node, ast.Tuple):
        return [one for value in node.elts for one in _literals(value)]
    return [_text(node)] if _text(node) else []


def _said(tree):
    """Yield what a connector says to people, of the parts of its source."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
            for keyword in node.keywords:
                if keyword.arg in ("what", "reason"):
                    yield from _literals(keyword.value)
            if name in _TAKERS or name in ("call", "get_json", "download", "Pages"):
                for argument in node.args:
                    yield from _literals(argument)
            if name == "Answer" and len(node.args) > 1:
                yield from _literals(node.args[1])
        elif isinstance(node, ast.Assign):
            if any(getattr(one, "id", "") in _NAMES for one in node.targets):
                yield from _literals(node.value)
        elif isinstance(node, ast.FunctionDef) and node.name in (
            "_what",
            "_impossible",
        ):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value:
                    yield from _literals(inner.value)


@tagged("post_install", "-at_install")
class TestConnectionWords(TransactionCase):
    """Sentences of connections are whole in the language of whoever reads them."""

    def test_all_that_connectors_say_can_be_translated(self):
        folder = Path(connectors.__file__).parent
        said = {
            text
            for path in folder.glob("*.py")
            for text in _said(ast.parse(path.read_text()))
            # What is no phrase: methods, paths, names of fields, technical values.
            if " " in text and not text.startswith(("/", "{", "https:"))
        }
        self.assertGreater(len(said), 60)
        self.assertFalse([one for one in sorted(said) if not is_known(one)])

    def test_words_of_providers_stay_as_they_are(self):
        for words in (
            "AADSTS7000215: Invalid client secret provided.",
            "12 of your licences",
            "100% of 5 (it's “special”)",
            "%(name)s %s %",
            "",
        ):
            self.assertEqual(say(self.env, words), words)
            sentence = explain(
                self.env, "refused", {"host": "h", "what": "x", "reason": words}
            )
            self.assertEqual(sentence, f"h refuses x: {words}".strip())

    def test_values_stay_in_a_phrase(self):
        for phrase in (
            "the subscription 5b5b",
            "part 2 of the report costs:2026-03",
            "1024 of 2048 bytes",
            "the subscriptions of Müller & <b>Söhne</b>",
        ):
            self.assertEqual(say(self.env, phrase), phrase)

    def test_parts_are_said_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("de_DE")
        german = self.env(context={**self.env.context, "lang": "de_DE"})
        code = "odoo.tools.translate.code_translations.get_python_translations"
        words = {
            "the parts of %(inner)s": "die Teile von %(inner)s",
            "the export %(name)s": "Export %(name)s",
            "%(count)s of %(total)s rows": "%(count)s von %(total)s Zeilen",
        }
        with patch(code, lambda *_arguments: words):
            self.assertEqual(
                say(german, "the parts of the export billed:G1"),
                "die Teile von Export billed:G1",
            )
            self.assertEqual(say(german, "3 of 7 rows"), "3 von 7 Zeilen")
            self.assertIn(
                "3 von 7 Zeilen",
                explain(
                    german,
                    "incomplete",
                    {"host": "h", "what": "b.json", "reason": "3 of 7 rows"},
                ),
            )

    def test_what_is_missing_on_our_side(self):
        self.assertEqual(
            explain(self.env, MISSING_ENTRY, {"names": ["client_secret", "tenant_id"]}),
            "Enter first: Client Secret, Tenant.",
        )
        self.assertEqual(
            explain(
                self.env, NOT_ALLOWED, {"user": "U", "company": "C", "record": "R"}
            ),
            "U may not import files for C. Choose a billing clerk of that company as "
            "the user of R.",
        )
