"""What something at a provider may be: names, numbers, domains, weighing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proposals import (
    Evidence,
    NameIndex,
    article_codes,
    choose,
    find_cells,
    host_of,
    mail_domain,
    plain_code,
    plain_name,
    plain_vat,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller & Söhne GmbH & Co. KG", "Mueller Soehne"),
        ("Acme B.V.", "ACME"),
        ("Foo A/S", "Foo"),
        ("Nordwind Oy", "nordwind oyj"),
        ("The Muster Company Ltd.", "Muster Limited"),
        ("Praxis Dr. Köhler", "dr praxis kohler"),
        ("Straße AG", "Strasse"),
        ("Łódź Sp. z o.o. Handel", "lodz sp zoo handel"),
    ],
)
def test_names_written_differently_are_the_same(one, other):
    assert plain_name(one) == plain_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Nordwind Holding", "Nordwind"), ("AG", "GmbH"), ("Muster 1", "Muster 2")],
)
def test_what_makes_another_company_of_it_is_kept(one, other):
    assert plain_name(one) != plain_name(other)


def test_articles_keep_words_that_are_legal_forms_elsewhere():
    assert plain_name("Office AS", is_company=False) == "as office"


@given(st.text(max_size=30))
def test_plain_name_of_a_plain_name_without_legal_form_is_itself_again(text):
    plain = plain_name(text, is_company=False)
    for _ in range(3):  # "aee" becomes "ae", then "a"
        again = plain_name(plain, is_company=False)
        if again == plain:
            break
        assert len(again) < len(plain)
        plain = again


def test_similar_names_are_found_the_nearest_first():
    index = NameIndex(
        [(1, "Nordwind Logistik GmbH"), (2, "Nordwind Logistics AG"), (3, "Südwind")]
    )
    assert index.find("Nordwind Logistik KG") == [
        (1, 100.0),
        (2, pytest.approx(100 * (1 - 3 / 35))),
    ]
    assert index.find("Ganz anders") == []
    assert index.find("") == []
    assert index.find("???") == []


def test_several_with_one_name_are_all_found():
    index = NameIndex([(1, "Muster GmbH"), (2, "Muster AG")])
    assert index.find("Muster") == [(1, 100.0), (2, 100.0)]


@pytest.mark.parametrize(
    ("written", "country", "plain"),
    [
        ("DE 136 695 976", "", "DE136695976"),
        ("136.695.976", "DE", "DE136695976"),
        ("de136695976", "NL", "DE136695976"),
        ("NL 0044.95.445.B01", "", "NL004495445B01"),
        ("2077474-0", "FI", "FI20774740"),
        ("DE 999 999 999", "", "DE999999999"),
        ("n/a", "DE", ""),
        ("19 %", "DE", ""),
        ("", "", ""),
    ],
)
def test_vat_numbers_are_compared_as_one(written, country, plain):
    assert plain_vat(written, country) == plain


def test_article_codes_say_most_first():
    assert article_codes("CFQ7:0002", "P1Y", "monthly") == [
        ("cfq70002p1ymonthly", "plan"),
        ("cfq70002p1y", "term"),
        ("cfq70002", "sku"),
    ]
    assert article_codes("X-1", "", "annual") == [("x1annual", "term"), ("x1", "sku")]
    assert article_codes("X-1", "", "") == [("x1", "sku")]
    assert article_codes("--", "P1Y", "monthly") == []
    assert plain_code(" x_1 / A ") == "x1a"


def test_domains():
    assert host_of("https://www.Muster.example/a?b") == "muster.example"
    assert host_of("muster.example") == "muster.example"
    assert host_of("http://[broken") == ""
    assert mail_domain("Eva <eva@Muster.example>") == "muster.example"
    assert mail_domain("eva@gmx.de") == ""
    assert mail_domain("eva") == ""


@pytest.mark.parametrize(
    "column",
    ["USt-IdNr.", "VAT", "CustomerVatId", "vat_number", "BTW-nummer", "ALV", "Tax ID"],
)
def test_columns_with_vat_numbers_are_recognised(column):
    assert find_cells({column: "DE1"}) == (["DE1"], [])


@pytest.mark.parametrize(
    "column",
    [
        "VAT rate",
        "VAT amount",
        "PartnerVatId",
        "Interval value",
        "Private",
        "BTW bedrag",
    ],
)
def test_columns_without_vat_numbers_of_the_customer_are_not(column):
    assert find_cells({column: "DE1"}) == ([], [])


def test_cells_in_tags_and_several_mails():
    raw = {
        "Tags": '{"vat-id": "DE1", "owner email": "A@b.example; c@d.example"}',
        "Broken": "{vat: 1",
        "Reseller E-Mail": "me@reseller.example",
        "Empty": None,
    }
    assert find_cells(raw) == (["DE1"], ["a@b.example", "c@d.example"])


def test_nothing_is_proposed_without_evidence():
    proposal = choose([])
    assert (proposal.best, proposal.score, proposal.rivals) == (None, 0, ())


def test_agreeing_evidence_counts_once_per_kind():
    proposal = choose(
        [
            Evidence(1, 94, "website"),
            Evidence(1, 94, "website"),
            Evidence(1, 90, "name"),
        ]
    )
    assert (proposal.best.kind, proposal.score) == ("website", 95)


def test_the_points_end_at_100():
    evidence = [Evidence(1, 100, kind) for kind in ("vat", "reference", "name")]
    assert choose(evidence).score == 100


@pytest.mark.parametrize(("second", "is_clear"), [(90, True), (91, False), (94, False)])
def test_a_small_lead_is_no_lead(second, is_clear):
    proposal = choose([Evidence(1, 94, "website"), Evidence(2, second, "name")])
    assert bool(proposal.best) == is_clear
    assert proposal.rivals == (() if is_clear else (1, 2))


@given(
    st.lists(
        st.builds(
            Evidence,
            st.integers(1, 4),
            st.integers(1, 100),
            st.sampled_from(["vat", "name", "mail"]),
        ),
        max_size=8,
    ),
    st.randoms(),
)
def test_the_order_of_the_evidence_does_not_matter(evidence, random):
    before = choose(evidence)
    random.shuffle(evidence)
    after = choose(evidence)
    assert (before.score, before.rivals) == (after.score, after.rivals)
    assert (before.best and before.best.key) == (after.best and after.best.key)
