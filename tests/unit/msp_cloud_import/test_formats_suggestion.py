"""Files nobody has described yet: their header is found and columns are guessed."""

import formats
import pytest
from formats.profile import TARGET_NAMES
from formats.spellings import SPELLINGS
from hypothesis import given, settings
from hypothesis import strategies as st
from nce_files import COLUMNS, nce_file, seats
from profile_files import (
    INGRAM,
    INGRAM_HEADER,
    SKYKICK,
    csv_file,
    german_csv,
    profile,
    xls_file,
    xlsx_file,
)

GERMAN = (
    ("Kundennummer", "Kunde", "Artikel-Nr", "Bezeichnung", "Menge", "Einzelpreis")
    + ("Betrag", "Währung", "Von", "Bis"),
    *[
        (f"K{n}", "Muster GmbH", f"A-{n}", "Büro", n, "1,50", "1.234,50", "EUR")
        + ("01.03.2026", "31.03.2026")
        for n in range(1, 9)
    ],
)


def unknown(data: bytes, formats_=None) -> formats.UnknownHeader:
    """Return the error of a file that no format reads."""
    with pytest.raises(formats.UnknownHeader) as caught:
        formats.open_file(data, name="f.csv", formats=formats_)
    return caught.value


def suggested(header, rows=(), profiles=()) -> dict[str, str | None]:
    found = formats.suggest_columns(header, rows, profiles)
    return {one.column: one.target for one in found}


# -- unknown headers -----------------------------------------------------------


def test_unknown_header_with_decimal_commas_is_no_data_row():
    error = unknown(german_csv(GERMAN))
    assert error.header == GERMAN[0]
    assert error.header_row == 1
    assert error.samples[0][:3] == ("K1", "Muster GmbH", "A-1")
    assert len(error.samples) == 5
    assert error.fingerprint == formats.fingerprint(GERMAN[0])
    assert "found the columns Kundennummer, Kunde" in str(error)


def test_unknown_header_below_titles():
    title = ("Reseller Export; vertraulich, 12,5 Prozent, a, b, c",)
    error = unknown(german_csv((title, (), *GERMAN)))
    assert (error.header_row, error.header) == (3, GERMAN[0])


@pytest.mark.parametrize("write", [csv_file, german_csv, xlsx_file, xls_file])
def test_header_without_any_usual_name_is_the_first_full_row_of_words(write):
    table = (("Alpha", "Beta", "Gamma"), (1, 2, 3), (4, 5, 6))
    error = unknown(write((("Report",), *table)))
    assert (error.header, error.header_row) == (table[0], 2)
    assert error.samples == (("1", "2", "3"), ("4", "5", "6"))


def test_profile_without_its_columns_is_an_unknown_header():
    form = formats.profile_format(profile("skykick"))
    error = unknown(csv_file(INGRAM), [form])
    assert error.header == INGRAM_HEADER
    assert "skykick also needs" in str(error)


def test_microsoft_file_that_lacks_columns_is_known_all_the_same():
    columns = [name for name in COLUMNS if name != "Subtotal"]
    error = unknown(nce_file([seats()], columns=columns))
    assert "looks like Microsoft" in str(error)
    assert error.header == tuple(columns)


def test_fingerprint_of_an_unknown_file_makes_a_profile_for_it():
    error = unknown(german_csv(GERMAN))
    columns = {
        one.target: (one.column,)
        for one in formats.suggest_columns(error.header, error.samples, ())
        if one.target
    }
    assert formats.check_profile(columns) == []
    made = formats.Profile("x", "X", columns, fingerprint=error.fingerprint)
    form = formats.profile_format(made)
    with formats.open_file(german_csv(GERMAN), formats=[form]) as reading:
        charges = list(reading)
    assert len(charges) == 8
    assert charges[0].billed_cost == formats.reading.Decimal("1234.50")


# -- suggestions ---------------------------------------------------------------


def test_profile_spellings_come_first():
    rows = [[str(cell) for cell in row] for row in INGRAM[1:]]
    ingram = profile("ingram_micro_cloud")
    found = suggested(INGRAM_HEADER, rows, [ingram])
    assert found["Customer Account ID"] == "sub_account_id"
    assert found["Net Cost"] == "billed_cost"
    assert found["MPN"] == "sku_id"
    assert found["Reseller ID"] is None
    (one,) = formats.suggest_columns(["Duration"], [], [ingram])
    assert one.reason == "same name as in Ingram Micro Cloud, billing data export"


def test_usual_names_in_two_languages():
    found = suggested(GERMAN[0], [[str(c) for c in row] for row in GERMAN[1:]])
    assert found == {
        "Kundennummer": "sub_account_id",
        "Kunde": "sub_account_name",
        "Artikel-Nr": "sku_id",
        "Bezeichnung": "charge_description",
        "Menge": "pricing_quantity",
        "Einzelpreis": "contracted_unit_price",
        "Betrag": "billed_cost",
        "Währung": "billing_currency",
        "Von": "charge_period_start",
        "Bis": "charge_period_end",
    }
    found = suggested(SKYKICK[0], [[str(cell) for cell in row] for row in SKYKICK[1:]])
    assert found["Seats"] == "pricing_quantity"
    assert found["Amount"] == "billed_cost"
    assert found["Period End"] == "charge_period_end"


def test_similar_names_only_where_the_cells_fit():
    assert suggested(["Quantitys"], [["12"]]) == {"Quantitys": "pricing_quantity"}
    assert suggested(["Quantitys"], [["many"]]) == {"Quantitys": None}
    (one,) = formats.suggest_columns(["Quantitty"], [["1"], [""], ["2"]], [])
    assert one == formats.ColumnSuggestion(
        "Quantitty", "pricing_quantity", "name like “Quantity”", ("1", "2")
    )


def test_usual_name_with_cells_of_another_kind_is_not_taken():
    assert suggested(["Start"], [["yes"]]) == {"Start": None}


def test_cells_alone_say_currency_and_period_but_never_the_amount():
    header = ["A1", "B1", "C1", "D1"]
    rows = [["EUR", "01.03.2026", "31.03.2026", "114.00"]] * 3
    assert suggested(header, rows) == {
        "A1": "billing_currency",
        "B1": "charge_period_start",
        "C1": "charge_period_end",
        "D1": None,
    }
    rows = [["EUR", "31.03.2026", "01.03.2026", "114.00"]] * 3
    assert suggested(header, rows)["B1"] is None


def test_samples_are_filled_cells_and_few():
    rows = [[str(n)] for n in range(9)] + [["-"], [""]]
    (one,) = formats.suggest_columns(["Menge"], rows, [])
    assert one.samples == ("0", "1", "2", "3", "4")


def test_usual_spellings_are_consistent():
    assert set(SPELLINGS) == set(TARGET_NAMES)
    seen = {}
    for target, spellings in SPELLINGS.items():
        for spelling in spellings:
            key = formats.layout.normalised(spelling)
            assert seen.setdefault(key, target) == target, spelling


NAMES = st.one_of(
    st.sampled_from([s for found in SPELLINGS.values() for s in found]),
    st.text(max_size=12),
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(NAMES, max_size=40),
    st.lists(
        st.lists(st.sampled_from(["1", "x", "01.03.2026", "EUR", ""])), max_size=5
    ),
)
def test_no_target_is_suggested_twice_and_no_column_is_left_out(header, rows):
    found = formats.suggest_columns(header, rows, [profile("skykick")])
    assert [one.column for one in found] == header
    targets = [one.target for one in found if one.target]
    assert len(set(targets)) == len(targets)
    assert set(targets) <= set(TARGET_NAMES)
    assert all(bool(one.reason) == bool(one.target) for one in found)
