"""Column profiles as JSON, for the command line and for tests."""

from dataclasses import fields
from datetime import date

from .profile import (
    BILLING_PLANS,
    FILTER_KINDS,
    NUMBER_TARGETS,
    SIGN_RULES,
    SPLIT_TARGETS,
    TARGET_NAMES,
    BadProfile,
    Profile,
    RowFilter,
    check_profile,
)
from .profile_formula import formula_of
from .profile_split import split_of
from .provider_charge import EVENTS


def profile_from_dict(data: object) -> Profile:
    """Return the profile that decoded JSON describes; keys are `Profile`'s fields.

    :raise BadProfile: with a sentence that names what is wrong
    """
    if not isinstance(data, dict):
        raise BadProfile("The profile must be a JSON object with id, title, columns.")
    known = {one.name for one in fields(Profile)}
    for name in data:
        if name not in known:
            raise BadProfile(
                f"The profile has the unknown field “{name}”; known fields are "
                f"{', '.join(sorted(known))}."
            )
    for name in ("id", "title", "columns"):
        if not data.get(name):
            raise BadProfile(f"The profile lacks the field “{name}”.")
    columns, types = data["columns"], data.get("charge_types", {})
    if not isinstance(columns, dict) or not isinstance(types, dict):
        raise BadProfile("The fields “columns” and “charge_types” must be objects.")
    spellings = {}
    for target, found in columns.items():
        names = [found] if isinstance(found, str) else found
        if not isinstance(names, (list, tuple)) or not all(
            isinstance(n, str) for n in names
        ):
            raise BadProfile(f"The columns of “{target}” must be a list of names.")
        spellings[target] = tuple(names)
    profile = Profile(**{**data, "columns": spellings, **_rules(data)})
    _check_values(profile)
    return profile


def _rules(data: dict[str, object]) -> dict[str, object]:
    """Return formulas, patterns, filters and the day as `Profile` has them."""
    computed = _texts(data, "computed")
    rules: dict[str, object] = {
        "computed": {target: formula_of(text) for target, text in computed.items()},
        "splits": tuple(
            split_of(column, text, SPLIT_TARGETS)
            for column, text in _texts(data, "splits").items()
        ),
        "filters": tuple(map(_filter, _list(data, "filters"))),
        "count_day": None,
    }
    if data.get("count_day"):
        try:
            rules["count_day"] = date.fromisoformat(str(data["count_day"]))
        except ValueError:
            raise BadProfile(
                "The field “count_day” must be a day such as 2026-03-31."
            ) from None
    return rules


def _texts(data: dict[str, object], name: str) -> dict[str, str]:
    found = data.get(name, {})
    if not isinstance(found, dict) or not all(
        isinstance(text, str) for text in found.values()
    ):
        raise BadProfile(f"The field “{name}” must be an object of texts.")
    return found


def _list(data: dict[str, object], name: str) -> list[object]:
    found = data.get(name, [])
    if not isinstance(found, list):
        raise BadProfile(f"The field “{name}” must be a list.")
    return found


def _filter(data: object) -> RowFilter:
    if isinstance(data, dict) and set(data) == {"column", "kind", "words"}:
        column, kind, words = data["column"], data["kind"], data["words"]
        if isinstance(words, list) and kind in FILTER_KINDS and column:
            return RowFilter(str(column), kind, tuple(map(str, words)))
    raise BadProfile(
        "Each of “filters” must have column, kind (leave_out or keep_only) and words."
    )


def _check_values(profile: Profile) -> None:
    named = [("columns", name, TARGET_NAMES) for name in profile.columns] + [
        ("charge_types", event, EVENTS) for event in profile.charge_types.values()
    ]
    named += [
        ("default_event", profile.default_event, EVENTS),
        ("billing_plan", profile.billing_plan or "monthly", BILLING_PLANS),
        ("decimal_mark", profile.decimal_mark, ("", ".", ",")),
        ("date_order", profile.date_order, ("", "day", "month")),
        ("sign_rule", profile.sign_rule, SIGN_RULES),
    ]
    named += [("computed", name, NUMBER_TARGETS) for name in profile.computed]
    for place, value, allowed in named:
        if value not in allowed:
            raise BadProfile(
                f"The profile says “{value}” in {place}; expected one of "
                f"{', '.join(filter(None, allowed))}."
            )
    others = [*profile.computed, *(t for s in profile.splits for t in s.targets())]
    missing = check_profile(profile.columns, others, profile.count_day is not None)
    if missing:
        raise BadProfile(f"The profile names no column for {', '.join(missing)}.")
