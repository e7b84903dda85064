"""`python -m billing quote CASE.json`, as a person or a script calls it."""

import copy
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from billing.__main__ import main, quote
from billing.errors import BillingError
from billing_cases import case, claim, line, version

ADDON = Path(__file__).resolve().parents[3] / "addons" / "msp_contract_billing"

SAMPLE = {
    "currency_digits": 2,
    "until": "2026-03-01",
    "end": None,
    "policy": {
        "every": 1,
        "unit": "month",
        "anchor": "2026-01-01",
        "timing": "advance",
        "day_count": "actual",
    },
    "versions": [
        {
            "start": "2026-01-01",
            "lines": [
                {
                    "position": "seats",
                    "quantity": "10",
                    "unit_price": "12.50",
                    "discount": "0",
                }
            ],
        },
        {
            "start": "2026-02-15",
            "lines": [
                {
                    "position": "seats",
                    "quantity": "12",
                    "unit_price": "12.50",
                    "discount": "0",
                }
            ],
        },
    ],
    "claimed": [
        {
            "position": "seats",
            "start": "2026-01-01",
            "end": "2026-02-01",
            "amount": "125.00",
        }
    ],
}


def run(*arguments, stdin=None, **environment):
    return subprocess.run(
        [sys.executable, "-m", "billing", *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ADDON), **environment},
        timeout=60,
    )


def write(folder, content):
    path = folder / "case.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def test_sample(tmp_path):
    done = run("quote", write(tmp_path, json.dumps(SAMPLE)))
    assert (done.returncode, done.stderr) == (0, b"")
    output = json.loads(done.stdout)
    assert output["total"] == "287.50"
    assert [list(item.values()) for item in output["charges"]] == [
        [
            "seats",
            "2026-02-01",
            "2026-02-15",
            "10",
            "12.50",
            "0.5",
            "62.50",
            "regular",
            "14 of 28 days",
        ],
        [
            "seats",
            "2026-02-15",
            "2026-03-01",
            "12",
            "12.50",
            "0.5",
            "75.00",
            "regular",
            "14 of 28 days",
        ],
        [
            "seats",
            "2026-03-01",
            "2026-04-01",
            "12",
            "12.50",
            "1",
            "150.00",
            "regular",
            "Full period of 31 days",
        ],
    ]
    assert list(output["charges"][0]) == [
        "position",
        "start",
        "end",
        "quantity",
        "unit_price",
        "factor",
        "amount",
        "kind",
        "reason",
    ]


def test_nothing_due():
    done = run(
        "quote", "-", stdin=json.dumps({**SAMPLE, "until": "2026-01-31"}).encode()
    )
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"charges": [], "total": "0.00"}


def test_names_beyond_ascii_on_any_terminal(tmp_path):
    data = copy.deepcopy(SAMPLE)
    for item in (*data["versions"][0]["lines"], *data["versions"][1]["lines"]):
        item["position"] = "Sitzplätze \ud800"
    path = write(tmp_path, b"\xef\xbb\xbf" + json.dumps(data).encode())
    done = run("quote", path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, b"")
    names = {item["position"] for item in json.loads(done.stdout)["charges"]}
    assert names == {"Sitzplätze \ud800", "seats"}


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b"[]", "the case"),
        (b"null", "the case"),
        (b'{"until": "2026-01-01"}', "versions"),
        (json.dumps({**SAMPLE, "until": "2026-02-30"}).encode(), "until"),
    ],
    ids=str,
)
def test_malformed_file(tmp_path, content, word):
    for done in (
        run("quote", write(tmp_path, content)),
        run("explain", "-", stdin=content),
    ):
        assert (done.returncode, done.stdout) == (2, b"")
        message = done.stderr.decode()
        assert word in message
        assert message.count("\n") == 1
        assert "Traceback" not in message and "recursion" not in message


def test_standard_input_is_read_like_a_file():
    text = b"\xef\xbb\xbf" + json.dumps(SAMPLE).replace("seats", "Plätze").encode()
    done = run("quote", "-", stdin=text, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["total"] == "287.50"


@pytest.mark.parametrize(
    ("pipe", "message"),
    [("- <&-", b"The case is not valid JSON"), ("{path} | true", b"")],
)
def test_closed_pipe_is_no_traceback(tmp_path, pipe, message):
    path = write(tmp_path, json.dumps({**SAMPLE, "until": "2099-12-31"}))
    command = f'"$0" -m billing quote {pipe.format(path=shlex.quote(str(path)))}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ADDON)},
        timeout=60,
    )
    assert done.stderr.startswith(message)
    assert done.stderr.count(b"\n") == bool(message)


def test_missing_file(tmp_path):
    for path in (str(tmp_path / "none.json"), str(tmp_path)):
        done = run("quote", path)
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr.decode().startswith(path)
        assert b"Traceback" not in done.stderr


def test_arguments():
    assert run().returncode == 2
    assert run("quote").returncode == 2
    assert run("--help").returncode == 0


# Malformed values of every field


def changed(path, value):
    """Return the sample with the value at `path` replaced, or taken out."""
    data = copy.deepcopy(SAMPLE)
    if path.startswith("versions[0].policy."):
        data["versions"][0]["policy"] = dict(SAMPLE["policy"])
    *way, last = [int(k) if k.isdigit() else k for k in re.findall(r"\w+", path)]
    place = data
    for key in way:
        place = place[key]
    if value is None and isinstance(place, dict):
        del place[last]
    else:
        place[last] = value
    return data


NOT_DAYS = ["2026-02-30", "2026-1-1", "20260101", "1.1.2026", "", 20260101, [], True]
NOT_NUMBERS = ["", "abc", "1,5", "1 000", "1_000", "NaN", "Infinity", "٣", [], {}, True]
LINE = "versions[0].lines[0]"
BAD = [
    ("currency_digits", [-1, 7, "2", 2.5, True, []]),
    ("until", [*NOT_DAYS, "1899-12-31", "2200-01-01", "2026-01-01\n"]),
    ("end", [*NOT_DAYS, "2025-12-31"]),
    ("policy", ["monthly", [], 1]),
    ("policy.every", [0, -1, 1001, "1", 1.5, True, []]),
    ("policy.unit", ["months", "fortnight", "", 1, []]),
    ("policy.anchor", NOT_DAYS),
    ("policy.timing", ["later", "", 1, {}]),
    ("policy.day_count", ["act/365", "", 360, []]),
    ("versions", [[], {}, "none"]),
    ("versions[1]", ["2026-01-01", [], 1]),
    ("versions[0].start", NOT_DAYS),
    ("versions[0].policy", ["monthly", []]),
    ("versions[0].policy.unit", ["months"]),
    ("versions[0].lines", [{}, "seats", 1]),
    (LINE, ["seats", [], 1]),
    (f"{LINE}.position", ["", 1, [], True]),
    (f"{LINE}.quantity", [*NOT_NUMBERS, "1e30", "1e-30", "9" * 31]),
    (f"{LINE}.unit_price", NOT_NUMBERS),
    (f"{LINE}.discount", [*NOT_NUMBERS, "-1", "100.01"]),
    ("claimed", [{}, "none", 1]),
    ("claimed[0]", ["seats", [], 1]),
    ("claimed[0].position", ["", 1, []]),
    ("claimed[0].start", NOT_DAYS),
    ("claimed[0].end", [*NOT_DAYS, "2026-01-01", "2025-12-31"]),
    ("claimed[0].amount", [*NOT_NUMBERS, "0.001", "9" * 31]),
]
MISSING = [
    "until",
    "versions",
    "versions[0].start",
    f"{LINE}.position",
    f"{LINE}.quantity",
    f"{LINE}.unit_price",
    "claimed[0].position",
    "claimed[0].start",
    "claimed[0].end",
    "claimed[0].amount",
]


@pytest.mark.parametrize(
    ("path", "value"),
    [(path, value) for path, values in BAD for value in values]
    + [(path, None) for path in MISSING],
    ids=str,
)
def test_malformed_value(path, value):
    with pytest.raises(BillingError) as caught:
        quote(json.dumps(changed(path, value)))
    message = str(caught.value)
    assert message.startswith(f"{path}: found ")
    assert message.endswith(".") and "\n" not in message
    assert len(message) < 200


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (case(version("2026-01-01", line(), line())), "versions[0].lines[1].position"),
        (
            case(version("2026-01-01", line("abc")), version("2026-01-01", line())),
            "versions[0].lines[0].quantity",
        ),
        (
            case(version("2026-01-01", line("abc")), end="2026-01-01"),
            "versions[0].lines[0].quantity",
        ),
        (
            case(version("2026-01-01"), unit="week", day_count="30/360"),
            "policy.day_count",
        ),
        (
            case(version("2026-01-01", unit="day", day_count="30/360")),
            "versions[0].policy.day_count",
        ),
        (
            case(
                version("2026-01-01"),
                digits=0,
                claimed=[claim("2026-01-01", "2026-02-01", "0.5")],
            ),
            "claimed[0].amount",
        ),
    ],
    ids=str,
)
def test_values_that_contradict_each_other(data, field):
    with pytest.raises(BillingError, match=re.escape(field)):
        quote(json.dumps(data))


def test_claim_with_a_value_that_is_not_needed():
    data = copy.deepcopy(SAMPLE)
    data["claimed"][0] |= {"quantity": "ten", "unit_price": "12.50"}
    with pytest.raises(BillingError, match="quantity"):
        quote(json.dumps(data))


def test_main_without_a_process(tmp_path, capsys):
    path = write(tmp_path, json.dumps({**SAMPLE, "until": "soon"}))
    assert main(["quote", path]) == 2
    assert capsys.readouterr().err == (
        'until: found "soon", expected a day such as 2026-01-31 (1900 to 2199).\n'
    )


# What may be left out, and how values may be written


def test_values_with_a_default():
    short = copy.deepcopy(SAMPLE)
    for name in ("currency_digits", "end"):
        del short[name]
    del short["policy"]["timing"], short["policy"]["day_count"]
    for item in short["versions"]:
        del item["lines"][0]["discount"]
    assert quote(json.dumps(short)) == quote(json.dumps(SAMPLE))


@pytest.mark.parametrize("number", ['"12.5"', "12.5", '"1250E-2"', '"+12.500"'])
def test_ways_to_write_a_number(number):
    text = json.dumps(SAMPLE).replace('"12.50"', number)
    assert quote(text)["total"] == "287.50"


def test_charges_can_be_read_back_as_claims():
    data = copy.deepcopy(SAMPLE)
    for item in data["versions"]:
        item["lines"][0]["discount"] = "10"
    data["claimed"] = []
    data["claimed"] = quote(json.dumps(data))["charges"]
    assert quote(json.dumps(data)) == {"charges": [], "total": "0.00"}
    data["versions"][0]["lines"][0]["quantity"] = "11"
    january, february = quote(json.dumps(data))["charges"]
    # A printed charge does not say its discount, so nothing is said of it.
    assert january["reason"] == "Entitled 123.75, claimed 112.50"
    assert february["reason"] == "Entitled 129.38, claimed 123.75"
    data["claimed"].append(january)
    assert [item["start"] for item in quote(json.dumps(data))["charges"]] == [
        "2026-02-01"
    ]
    # Nor is "1 x 11.25" what January contained.
    data["versions"][0]["lines"][0]["quantity"] = "12"
    january = quote(json.dumps(data))["charges"][0]
    assert january["reason"] == "Entitled 135.00, claimed 123.75"


def test_reason_names_old_and_new_content():
    data = copy.deepcopy(SAMPLE)
    data["claimed"] += quote(json.dumps(data))["charges"]
    data["versions"][1]["lines"][0]["quantity"] = "13"
    february, march = quote(json.dumps(data))["charges"]
    assert february["reason"] == (
        "Entitled 143.75, claimed 137.50: 12 x 12.5 -> 13 x 12.5 "
        "from 2026-02-15 until before 2026-03-01"
    )
    assert march["reason"] == (
        "Entitled 162.50, claimed 150.00: 12 x 12.5 -> 13 x 12.5 "
        "from 2026-03-01 until before 2026-04-01"
    )


@pytest.mark.parametrize(("digits", "amount"), [(0, "63"), (2, "62.50"), (3, "62.500")])
def test_amounts_have_the_currencys_digits(digits, amount):
    data = {**SAMPLE, "currency_digits": digits, "until": "2026-01-01", "claimed": []}
    data["end"] = "2026-01-16"
    data["policy"] = {**SAMPLE["policy"], "day_count": "30/360"}
    assert quote(json.dumps(data))["total"] == amount


# Hostile values


DEEP = "[" * 900 + "]" * 900


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"until": "2026-01-01", "until": "2026-01-02"}', '"until"'),
        (json.dumps(SAMPLE).replace('"12.50"', "NaN"), f"{LINE}.unit_price"),
        (json.dumps(SAMPLE).replace('"12.50"', "-Infinity"), f"{LINE}.unit_price"),
        (json.dumps(SAMPLE).replace('"12.50"', "1e400"), f"{LINE}.unit_price"),
        (json.dumps(SAMPLE).replace('"12.50"', "1e" + "9" * 25), f"{LINE}.unit_price"),
        (json.dumps(SAMPLE).replace('"12.50"', "9" * 5000), f"{LINE}.unit_price"),
        (json.dumps(SAMPLE).replace('"12.50"', DEEP), f"{LINE}.unit_price"),
        (json.dumps(SAMPLE).replace('"seats"', DEEP), f"{LINE}.position"),
        (json.dumps(SAMPLE).replace('"2026-03-01"', DEEP), "until"),
        (json.dumps(SAMPLE).replace("null", '{"a": {}}'), "end"),
        (json.dumps(SAMPLE).replace('"end"', '"' + "e" * 999 + '"'), "unknown field"),
    ],
    ids=range(11),
)
def test_hostile_json(text, named):
    with pytest.raises(BillingError) as caught:
        quote(text)
    message = str(caught.value)
    assert named in message
    assert "\n" not in message and len(message) < 200


def amounts(*entries):
    """Return the line of a position that bills dated amounts."""
    return {
        "position": "azure",
        "pricing": {"model": "amounts"},
        "amounts": [
            {"start": "2026-01-03", "amount": "1.00", **entry} for entry in entries
        ],
    }


NO_TIERS = {"model": "volume", "tiers": []}
ROW = f"{LINE}.amounts[0]"


@pytest.mark.parametrize(
    ("line_", "field"),
    [
        (line("-1"), f"{LINE}.quantity"),
        (line() | {"price_months": -1}, f"{LINE}.price_months"),
        (line() | {"price_months": 5}, None),
        (line() | {"price_months": 1201}, f"{LINE}.price_months"),
        (line() | {"included": "-1"}, f"{LINE}.included"),
        (line() | {"minimum": "5", "maximum": "4"}, f"{LINE}.maximum"),
        (line() | {"pricing": []}, f"{LINE}.pricing"),
        (line() | {"pricing": NO_TIERS}, f"{LINE}.pricing.tiers"),
        (line() | {"pricing": {"discount": "101"}}, f"{LINE}.pricing.discount"),
        ({"position": "x", "pricing": {"model": "flat"}}, f"{LINE}.pricing.amount"),
        (
            {"position": "x", "quantity": "1", "pricing": {"model": "package"}},
            f"{LINE}.pricing.price",
        ),
        (line() | {"policy": []}, f"{LINE}.policy"),
        (line() | {"policy": {"lead_days": -1}}, f"{LINE}.policy.lead_days"),
        (line() | {"policy": {"lead_days": 367}}, f"{LINE}.policy.lead_days"),
        (line() | {"policy": {"decrease": "later"}}, f"{LINE}.policy.decrease"),
        (line() | {"policy": {"increase": "never"}}, f"{LINE}.policy.increase"),
        (line() | {"policy": {"instalments": 0}}, f"{LINE}.policy.instalments"),
        (line() | {"policy": {"re_anchor": "yes"}}, f"{LINE}.policy.re_anchor"),
        (line() | {"policy": {"unit_rounding": 1}}, f"{LINE}.policy.unit_rounding"),
        (amounts({"start": "soon"}), f"{ROW}.start"),
        (amounts({"end": "2026-01-03"}), f"{ROW}.end"),
        (amounts({"end": "2025-12-31"}), f"{ROW}.end"),
        (amounts({"amount": "NaN"}), f"{ROW}.amount"),
        (amounts({"quantity": []}), f"{ROW}.quantity"),
        (amounts({"key": ""}), f"{ROW}.key"),
        (amounts({"key": "a"}, {"key": "a"}), f"{LINE}.amounts[1].key"),
    ],
    ids=str,
)
def test_malformed_line(line_, field):
    data = case(version("2026-01-01", line_))
    if field is None:
        # Any number of months fits a month.
        assert quote(json.dumps(data))["charges"]
        data["policy"]["every"] = 3
        field = f"{LINE}.price_months"
    with pytest.raises(BillingError) as caught:
        quote(json.dumps(data))
    assert str(caught.value).startswith(f"{field}: found ")
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("", "untill"),
        ("policy", "lead_day"),
        ("versions[0]", "line"),
        (LINE, "discont"),
        (f"{LINE}.policy", "lead_days "),
        (f"{LINE}.pricing", "tier"),
        (f"{LINE}.pricing", "tiers"),
        (f"{LINE}.pricing.tiers[0]", "upto"),
        (f"{LINE}.amounts[0]", "date"),
        ("claimed[0]", "quantitiy"),
    ],
)
def test_misspelt_field(path, field):
    """A discount under another name would be a wrong amount without a word."""
    data = copy.deepcopy(SAMPLE)
    item = data["versions"][0]["lines"][0]
    item |= {"policy": {}, "pricing": {}, "amounts": amounts({})["amounts"]}
    if "tiers[" in path:
        item["pricing"] = {"model": "volume", "tiers": [{"up_to": None}]}
    place = data
    for key in re.findall(r"\w+", path):
        place = place[int(key) if key.isdigit() else key]
    place[field] = "1"
    name = f"{path}.{field}".strip(". ")
    with pytest.raises(BillingError, match="found an unknown field") as caught:
        quote(json.dumps(data))
    assert str(caught.value).startswith(f"{name}: found an unknown field, expected one")


def test_value_that_would_have_no_effect():
    data = copy.deepcopy(SAMPLE)
    data["versions"][0]["lines"][0]["markup"] = "10"
    with pytest.raises(BillingError, match=f"^{re.escape(LINE)}.markup: found 10, "):
        quote(json.dumps(data))
    data = copy.deepcopy(SAMPLE)
    data["claimed"][0]["kind"] = "good will"
    with pytest.raises(BillingError, match=r"^claimed\[0\].kind: found "):
        quote(json.dumps(data))


@pytest.mark.parametrize("value", [0, -1, "2", 1.5, True, [], 1001])
def test_malformed_catch_up(value):
    with pytest.raises(BillingError, match="^catch_up: found "):
        quote(json.dumps({**SAMPLE, "catch_up": value}))


def test_amount_that_no_line_bills_is_a_warning_and_no_error():
    rows = [
        {"key": "early", "start": "2025-12-31"},
        {"key": "over", "start": "2026-01-30", "end": "2026-02-02"},
        {"key": "inside"},
    ]
    data = case(version("2026-01-01", amounts(*rows)), end="2026-02-01")
    output = quote(json.dumps(data))
    assert [text.split(" from ")[0] for text in output["warnings"]] == [
        "azure: the amount early",
        "azure: the amount over",
    ]
    # The two days of January are billed all the same.
    assert output["total"] == "1.67"


def test_price_per_unit_said_in_so_many_words_is_the_same():
    plain, long = (copy.deepcopy(SAMPLE) for _ in range(2))
    item = long["versions"][0]["lines"][0]
    item["pricing"] = {"model": "unit", "unit_price": item.pop("unit_price")}
    for data in (plain, long):
        data["policy"]["unit_rounding"] = True
        data["claimed"] = []
        # It is no change, so nothing is cut on that day.
        data["versions"][1]["lines"] = plain["versions"][0]["lines"]
    assert quote(json.dumps(long)) == quote(json.dumps(plain))
    assert len(quote(json.dumps(long))["charges"]) == 3


def test_discount_may_stand_with_the_price():
    data = copy.deepcopy(SAMPLE)
    for item in (version_["lines"][0] for version_ in data["versions"]):
        del item["discount"]
        item["pricing"] = {"unit_price": item.pop("unit_price"), "discount": "10"}
    # 90 % of 287.50, and of January, that was billed without
    assert quote(json.dumps(data))["total"] == "246.25"
