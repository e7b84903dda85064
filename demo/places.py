"""Where the demo's company lives; one choice of `DEMO_LOCALE` each.

Everything here is invented. Bank accounts and VAT numbers are the specimens of
their formats' documentation.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Place:
    """A country with what the demo needs to know of it.

    :param chart: Odoo's chart of accounts
    :param tax_rate: of the providers' invoices; the chart's usual one
    :param language: of the users' screens and the customers' invoices
    :param legal_form: ends the names of the demo's companies
    :param towns: (postal code, town)
    """

    chart: str
    tax_rate: Decimal
    language: str
    country: str
    company: str
    street: str
    postal_code: str
    town: str
    vat: str
    iban: str
    legal_form: str
    streets: tuple[str, ...]
    towns: tuple[tuple[str, str], ...]


_GERMANY = {
    "chart": "de_skr03",
    "tax_rate": Decimal("0.19"),
    "country": "DE",
    "company": "Nordlicht Systemhaus GmbH",
    "street": "Speicherstraße 12",
    "postal_code": "20457",
    "town": "Hamburg",
    "vat": "DE123456788",
    "iban": "DE89370400440532013000",
    "legal_form": "GmbH",
    "streets": (
        "Hafenstraße",
        "Bahnhofstraße",
        "Lindenallee",
        "Gewerbering",
        "Am Markt",
        "Schillerstraße",
        "Industrieweg",
    ),
    "towns": (
        ("20095", "Hamburg"),
        ("24103", "Kiel"),
        ("23552", "Lübeck"),
        ("28195", "Bremen"),
        ("18055", "Rostock"),
        ("30159", "Hannover"),
        ("25524", "Itzehoe"),
        ("21335", "Lüneburg"),
    ),
}

PLACES = {
    "en": Place(language="en_US", **_GERMANY),
    "de": Place(language="de_DE", **_GERMANY),
    "nl": Place(
        chart="nl",
        tax_rate=Decimal("0.21"),
        language="nl_NL",
        country="NL",
        company="Noorderlicht ICT B.V.",
        street="Havenstraat 12",
        postal_code="9711 AB",
        town="Groningen",
        vat="NL123456782B90",
        iban="NL91ABNA0417164300",
        legal_form="B.V.",
        streets=("Stationsweg", "Dorpsstraat", "Industrieweg", "Marktplein"),
        towns=(
            ("9711 AB", "Groningen"),
            ("8911 AC", "Leeuwarden"),
            ("8011 AD", "Zwolle"),
            ("7511 AE", "Enschede"),
        ),
    ),
    "fi": Place(
        chart="fi",
        tax_rate=Decimal("0.255"),
        language="fi_FI",
        country="FI",
        company="Revontuli IT Oy",
        street="Satamakatu 12",
        postal_code="00160",
        town="Helsinki",
        vat="FI12345671",
        iban="FI2112345600000785",
        legal_form="Oy",
        streets=("Asemakatu", "Kauppakatu", "Teollisuustie", "Rantatie"),
        towns=(
            ("00100", "Helsinki"),
            ("20100", "Turku"),
            ("33100", "Tampere"),
            ("90100", "Oulu"),
        ),
    ),
}
