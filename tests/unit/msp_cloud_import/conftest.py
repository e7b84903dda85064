"""What a file is refused or warned with can be translated, in every test."""

import sys

import pytest
from formats.archive import Member
from formats.errors import BadCell, FormatsError, UnreadableFile
from formats.problem import Notice, Problem
from formats.sentence import Sentence
from formats.suggestion import ColumnSuggestion
from formats.tabular import Row

# Of the command line, which speaks English.
ENGLISH = {"formats.__main__", "formats.profile_json"}
# class -> the argument that people read: its name, and its place
SPOKEN = {
    FormatsError: ("sentence", 0),
    UnreadableFile: ("reason", 1),
    BadCell: ("expected", 0),
    Problem: ("reason", 3),
    Notice: ("reason", 2),
    Member: ("reason", 2),
    Row: ("broken", 2),
    ColumnSuggestion: ("reason", 2),
}


@pytest.fixture(scope="session")
def bare_texts():
    """Texts that the package gave people without marking them, as they come."""
    found = []

    def watch(patch, kind, name, place):
        init = kind.__init__

        def watched(self, *args, **kwargs):
            text = kwargs.get(name, args[place] if len(args) > place else None)
            if text and not isinstance(text, Sentence):
                module = sys._getframe(1).f_globals["__name__"]
                if module.startswith("formats.") and module not in ENGLISH:
                    found.append((module, kind.__name__, text))
            init(self, *args, **kwargs)

        patch.setattr(kind, "__init__", watched)

    with pytest.MonkeyPatch.context() as patch:
        for kind, (name, place) in SPOKEN.items():
            watch(patch, kind, name, place)
        yield found


@pytest.fixture(autouse=True)
def _all_texts_are_sentences(bare_texts):
    bare_texts.clear()
    yield
    assert not bare_texts
