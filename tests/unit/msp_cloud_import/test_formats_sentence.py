"""Sentences that can be told in another language."""

import ast
import copy
import pickle
import re
from pathlib import Path

import connectors
import formats
import pytest
from formats.oddities import unknown_charge_type, unlisted_charge_type
from formats.problem import Notice, Problem
from formats.sentence import Count, Sentence, _, joined
from hypothesis import given
from hypothesis import strategies as st

FILES = sorted(
    path
    for package in (connectors, formats)
    for path in Path(package.__file__).parent.glob("*.py")
)
PLACE = re.compile(r"%(?:\((\w+)\)s|(.))")
SPOKEN = {"UnreadableFile", "UnknownHeader", "BadCell", "BadFormula", "BadPattern"}
SPOKEN |= {"Problem", "Notice", "Member"}


@given(value=st.text(), other=st.text())
def test_values_are_filled_in_as_they_are(value, other):
    sentence = _("found “%(value)s” {here}, %(other)s", value=value, other=other)
    assert sentence == f"found “{value}” {{here}}, {other}"
    assert sentence.template % sentence.values == sentence


@given(text=st.text())
def test_without_values_a_per_cent_sign_is_one(text):
    assert Sentence(text) == text
    assert Sentence(text).template == text


@given(texts=st.lists(st.text(), max_size=4), mark=st.sampled_from([", ", " × ", "%"]))
def test_joined_texts(texts, mark):
    assert joined(texts, mark) == mark.join(texts)


def test_it_is_a_text():
    sentence = _("row %(row)s is odd", row=7)
    assert sentence == "row 7 is odd"
    assert hash(sentence) == hash("row 7 is odd")
    assert {"row 7 is odd": 1}[sentence] == 1
    assert "odd" in sentence
    assert sentence[:5] == "row 7"
    assert f"{sentence}." == "row 7 is odd."
    assert len({sentence, "row 7 is odd"}) == 1


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_copy_can_still_be_translated(copied):
    inner = _("price %(number)s", number="1.20")
    sentence = _("%(factors)s of %(count)s", factors=inner, count=Count(1200))
    again = copied(Problem(3, "Price", "x", sentence)).reason
    assert again == sentence == "price 1.20 of 1,200"
    assert again.template == "%(factors)s of %(count)s"
    assert again.values["factors"].template == "price %(number)s"
    assert isinstance(again.values["count"], Count)


def test_places_are_part_of_the_sentence():
    reason = _("the day of use is missing; correct the file or download it again")
    for one in (Problem(3, "Day", "", reason), Problem(3, "", "", reason)):
        assert str(one) == one.sentence
        assert one.sentence.values["reason"] is reason
    assert str(Problem(3, "Day", "", reason)).startswith(
        "row 3, column Day: the day of"
    )
    notice = Notice(None, "parts", reason)
    assert notice.sentence is reason
    assert Notice(4, "parts", reason).sentence.values == {"row": 4, "reason": reason}


def test_advice_on_charge_types_is_two_sentences():
    assert unknown_charge_type("Fee")[1] == (
        "charge type “Fee” is not known; decide by hand what it means"
    )
    assert unlisted_charge_type("Fee")[1] == (
        "charge type “Fee” is not known; add it to the column profile or decide by hand "
        "what it means"
    )


def _calls(tree):
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: f"{path.parent.name}.{path.stem}"
)
def test_templates_name_their_values(path):
    """What Odoo's export finds is a plain text whose places are all filled in."""
    for call in _calls(ast.parse(path.read_text())):
        if call.func.id != "_":
            continue
        (template,) = call.args
        assert isinstance(template, ast.Constant), ast.unparse(call)
        assert isinstance(template.value, str), ast.unparse(call)
        given_names = {one.arg for one in call.keywords}
        if not given_names:
            continue
        places = PLACE.findall(template.value)
        assert all(name or sign == "%" for name, sign in places), template.value
        if None not in given_names:
            assert {name for name, _sign in places if name} == given_names


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: f"{path.parent.name}.{path.stem}"
)
def test_no_text_for_people_is_a_bare_literal(path):
    for call in _calls(ast.parse(path.read_text())):
        if call.func.id in SPOKEN:
            for one in [*call.args, *(keyword.value for keyword in call.keywords)]:
                is_text = isinstance(one, ast.JoinedStr) or (
                    isinstance(one, ast.Constant)
                    and isinstance(one.value, str)
                    and " " in one.value
                )
                assert not is_text, ast.unparse(call)


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: f"{path.parent.name}.{path.stem}"
)
def test_nothing_hides_the_marker(path):
    """A loop variable or parameter `_` would be called instead of the marker."""
    for function in ast.walk(ast.parse(path.read_text())):
        if not isinstance(function, ast.FunctionDef):
            continue
        if not any(call.func.id == "_" for call in _calls(function)):
            continue
        inner = [
            set(map(id, ast.walk(node)))
            for node in ast.walk(function)
            if isinstance(
                node, (ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)
            )
        ]
        hidden = set().union(*inner)
        for node in ast.walk(function):
            is_set = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            name = node.arg if isinstance(node, ast.arg) else is_set and node.id
            assert name != "_" or id(node) in hidden, function.name
