import json
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from ..connectors import ConnectorError
from ..connectors.sentence import Sentence
from ..models.msp_connection_test import tell_apart
from ..models.msp_connection_words import MISSING_ENTRY, NOT_ALLOWED, explain

# What the sentence of a refusal ends with.
ADVICE = "(Correct what it names, or ask the provider.)"


@tagged("post_install", "-at_install")
class TestConnectionWords(TransactionCase):
    """Sentences of connections are whole in the language of whoever reads them."""

    @staticmethod
    def _stored(*secrets, **details):
        """Return code and details of an error as the database keeps them."""
        error = ConnectorError("refused", "h", **details).without(*secrets)
        code, kept = tell_apart(error)
        return code, json.loads(json.dumps(kept))

    def test_words_of_providers_stay_as_they_are(self):
        for words in (
            "AADSTS7000215: Invalid client secret provided.",
            "12 of your licences",
            "100% of 5 (it's “special”)",
            "%(name)s %s %",
            "",
        ):
            stored = self._stored(what="x", reason=words)
            self.assertEqual(
                explain(self.env, *stored), f"h refuses x: {words} {ADVICE}"
            )

    def test_values_stay_in_a_sentence(self):
        for name in ("5b5b", "Müller & <b>Söhne</b>", "%(name)s %s %", "{0}"):
            stored = self._stored(
                what=Sentence("the export %(name)s", name=name), reason="no"
            )
            self.assertEqual(
                explain(self.env, *stored),
                f"h refuses the export {name}: no {ADVICE}",
            )

    def test_parts_are_said_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("de_DE")
        german = self.env(context={**self.env.context, "lang": "de_DE"})
        code = "odoo.tools.translate.code_translations.get_python_translations"
        words = {
            "the parts of %(inner)s": "die Teile von %(inner)s",
            "the export %(name)s": "Export %(name)s",
            "%(count)s of %(total)s rows": "%(count)s von %(total)s Zeilen",
        }
        export = Sentence("the export %(name)s", name="billed:G1")
        stored = self._stored(
            what=Sentence("the parts of %(inner)s", inner=export),
            reason=Sentence("%(count)s of %(total)s rows", count=3, total=7),
        )
        with patch(code, lambda *_arguments: words):
            self.assertEqual(
                explain(german, *stored),
                f"h refuses die Teile von Export billed:G1: 3 von 7 Zeilen {ADVICE}",
            )
            self.assertEqual(
                explain(self.env(context={}), *stored),
                f"h refuses the parts of the export billed:G1: 3 of 7 rows {ADVICE}",
            )

    def test_what_is_stored_is_bounded_and_without_secrets(self):
        inner = Sentence("the export %(name)s", name="of geheim " + "n" * 5000)
        stored = self._stored(
            "geheim",
            what=Sentence("the parts of %(inner)s", inner=inner),
            reason="geheim" + "r" * 5000,
        )
        self.assertLess(len(json.dumps(stored)), 1500)
        self.assertNotIn("geheim", json.dumps(stored))
        self.assertTrue(
            explain(self.env, *stored).startswith(
                "h refuses the parts of the export of … nnn"
            )
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
