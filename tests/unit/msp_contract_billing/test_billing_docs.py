"""The examples of `docs/billing-engine.md` do what the page says."""

import json
import re
from pathlib import Path

import pytest
from billing.__main__ import explain, quote
from billing.story import story

PAGE = Path(__file__).resolve().parents[3] / "docs" / "billing-engine.md"
BLOCKS = re.findall(
    r"^```json\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
)
EXAMPLES = list(zip(BLOCKS[::2], BLOCKS[1::2], strict=True))


def test_the_page_has_examples():
    assert len(EXAMPLES) == 40


@pytest.mark.parametrize(("case", "expected"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_example(case, expected):
    assert quote(case) == json.loads(expected)


def test_story_of_the_first_case():
    [told] = re.findall(
        r"^```text\n(seats.*?)\n```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert story(explain(BLOCKS[0])[-1]) == told
