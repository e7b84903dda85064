"""The column profiles that are shipped as data, for the plain formats."""

from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import formats
from formats.profile_json import profile_from_dict

DATA = Path(formats.__file__).parents[1] / "data" / "msp_import_profile_data.xml"
_COMMAND = SimpleNamespace(create=lambda values: values)
_SETTINGS = {
    "default_term": "term",
    "default_billing_plan": "billing_plan",
    "changes_are_differences": "changes_are_differences",
}


def shipped_profiles(provider):
    """Return {xml id: format} of the profiles of a provider, for `open_file`."""
    found = {}
    for record in ElementTree.parse(DATA).iter("record"):
        values = {field.get("name"): field for field in record.iter("field")}
        refers = values.get("provider_id")
        if refers is None or refers.get("ref") != f"provider_{provider}":
            continue
        if values.get("states_counts") is not None:
            continue
        name = record.get("id")
        found[name] = formats.profile_format(profile_from_dict(_plain(name, values)))
    return found


def _plain(name, values):
    """Return the fields of `formats.Profile`."""
    plain = {"id": name, "title": values["name"].text}
    for field, own in _SETTINGS.items():
        if field in values:
            given = values[field]
            plain[own] = eval(given.get("eval")) if given.get("eval") else given.text
    lines = {
        field: eval(values[field].get("eval"), {"Command": _COMMAND})
        for field in ("column_ids", "word_ids")
        if field in values
    }
    plain["columns"] = {
        line["target"]: line["name"].split("\n") for line in lines["column_ids"]
    }
    plain["charge_types"] = {
        line["name"]: line["event"] for line in lines.get("word_ids", ())
    }
    return plain
