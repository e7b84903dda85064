"""The engine against a reading of the same cases day by day."""

import json

from billing.__main__ import quote
from billing_reference import assert_as_reference
from billing_strategies import cases, property_settings
from hypothesis import given


def quoted(case):
    return quote(json.dumps(case))


@property_settings(150)
@given(cases())
def test_due_is_what_a_look_at_each_day_gives(case):
    assert_as_reference(case, quoted(case))


@property_settings(100)
@given(cases(changing=False, claimed=False))
def test_first_billing_is_what_a_look_at_each_day_gives(case):
    assert_as_reference(case, quoted(case))
