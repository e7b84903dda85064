"""Policies in case files: those of a contract, and those of one position."""

from dataclasses import fields as fields_of
from dataclasses import replace

from .errors import CaseError
from .history import Overrides
from .periods import (
    DAY_COUNTS,
    DECREASES,
    INCREASES,
    MONTHLY_DAY_COUNTS,
    TIMINGS,
    UNIT_ROUNDINGS,
    UNITS,
    Policy,
)
from .values import (
    Fields,
    one_of,
    optional,
    to_count,
    to_day,
    to_days,
    to_flag,
    to_months,
)

_RHYTHM = {"every", "unit", "instalments"}


def read_policy(value: object, name: str) -> Policy:
    """Return the policy that a case states; see `in_instalments`.

    :raise CaseError: a field is malformed; names the field
    """
    return _read(Fields(value, name), Policy())


def read_overrides(item: Fields, policy: Policy) -> Overrides:
    """Return the policy fields that a line states otherwise than its contract.

    :param policy: of the contract, as the case states it
    :raise CaseError: a field is malformed; names the field
    """
    if "policy" not in item.data:
        return ()
    fields = item.get("policy", Fields)
    own = in_instalments(_read(fields, policy))
    names = set(fields.data)
    if names & _RHYTHM:
        # Instalments divide the period, so one is nothing without the other.
        names |= _RHYTHM
    return tuple(
        (field.name, getattr(own, field.name))
        for field in fields_of(Policy)
        if field.name in names
    )


def in_instalments(policy: Policy) -> Policy:
    """Return the policy whose periods are the instalments of the period stated.

    A year in 12 instalments is billed monthly, at prices that 12 months share;
    where the period cannot be divided, it is an instalment itself.
    """
    months = policy.months
    if policy.instalments == 1 or not months or months % policy.instalments:
        return policy
    return replace(policy, every=months // policy.instalments, unit="month")


def _read(fields: Fields, base: Policy) -> Policy:
    """Return `base` with what `fields` name."""
    fields.only(*(field.name for field in fields_of(Policy)))
    policy = Policy(
        every=fields.get("every", to_count, base.every),
        unit=fields.get("unit", one_of(UNITS), base.unit),
        anchor=fields.get("anchor", optional(to_day), base.anchor),
        timing=fields.get("timing", one_of(TIMINGS), base.timing),
        day_count=fields.get("day_count", one_of(DAY_COUNTS), base.day_count),
        lead_days=fields.get("lead_days", to_days, base.lead_days),
        increase=fields.get("increase", one_of(INCREASES), base.increase),
        decrease=fields.get("decrease", one_of(DECREASES), base.decrease),
        term_months=fields.get("term_months", to_months, base.term_months),
        unit_rounding=fields.get("unit_rounding", _unit_rounding, base.unit_rounding),
        instalments=fields.get("instalments", to_count, base.instalments),
        re_anchor=fields.get("re_anchor", to_flag, base.re_anchor),
        own_start=fields.get("own_start", to_flag, base.own_start),
        credit_cap=fields.get("credit_cap", to_flag, base.credit_cap),
    )
    if policy.day_count in MONTHLY_DAY_COUNTS and not policy.months:
        raise CaseError(
            fields.name("day_count"),
            f'"{policy.day_count}"',
            '"actual" or "none" for days and weeks',
        )
    return policy


def _unit_rounding(value: object, name: str) -> str:
    if isinstance(value, bool):
        return "half_up" if value else "none"
    return one_of(UNIT_ROUNDINGS)(value, name)
