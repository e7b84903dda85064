"""What connectors say can be told in another language; what providers say stays."""

import ast
import re
from pathlib import Path

import connectors
import pytest
from connectors import CONNECTORS, errors
from connectors.errors import ConnectorError
from connectors.json_values import BadValue, flag
from connectors.sentence import Sentence, _

FILES = sorted(Path(connectors.__file__).parent.glob("*.py"))
PHRASE = re.compile(r"\w \w")
# What has a blank and is no part of a sentence for people.
TECHNICAL = {
    *(one.title for one in CONNECTORS.values()),
    # The program's own English, for logs.
    *errors.SENTENCES.values(),
    "x cannot do this; see abilities: x",
    # What the other side says, wants or is called.
    "bytes x-",
    "lifetime validation failed",
    "not yet valid",
    "Bearer x",
    "Cloud Backup",
    "MSP x",
    "Partner Center",
}


def _is_marked(node):
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_"


def _literals(node):
    """Yield the texts of a source that are no docstrings and not marked."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts = node.values
        yield "".join(
            one.value if isinstance(one, ast.Constant) else "x" for one in parts
        )
    elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        children = ast.iter_child_nodes(node)
        for child in node.keywords if _is_marked(node) else children:
            yield from _literals(child)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_phrase_is_unmarked(path):
    found = {
        one for one in _literals(ast.parse(path.read_text())) if PHRASE.search(one)
    }
    assert found <= TECHNICAL


def test_an_error_without_secrets_is_still_a_sentence():
    inner = _("the export %(name)s", name="of s3cret")
    what = _("part %(number)s of %(inner)s", number=2, inner=inner)
    error = ConnectorError(errors.REFUSED, "h", 7, what=what, reason="s3cret, says h")
    clean = error.without("s3cret", "of")
    assert str(clean) == "h refuses part 2 of the export of …: …, says h"
    found = clean.details["what"]
    assert found.template == "part %(number)s of %(inner)s"
    assert found.values["number"] == 2
    assert found.values["inner"].template == "the export %(name)s"
    assert clean.retry_after == 7
    assert clean.details["reason"] == "…, says h"


def test_what_is_wrong_with_a_value_is_a_sentence():
    with pytest.raises(BadValue) as caught:
        flag("100%", "autoRenew")
    assert caught.value.sentence == "autoRenew is “100%”, expected true or false"
    assert isinstance(caught.value.sentence, Sentence)


def test_the_request_is_a_sentence():
    assert isinstance(ConnectorError(errors.FAULTY, "h").details["what"], Sentence)
