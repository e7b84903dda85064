"""VAT numbers, however they are written."""

from stdnum import get_cc_module
from stdnum.eu import vat as eu_vat
from stdnum.util import clean

# Shorter texts are no numbers to recognise a company by.
SHORTEST = 6
_SEPARATORS = " -./,:"


def plain_vat(number: str, country_code: str = "") -> str:
    """Return a VAT number with its country's prefix, as it is compared.

    :param country_code: ISO code, used where the number has no prefix
    :return: empty if it is too short to be one; a number that fails its check is
        kept as written, without separators
    """
    text = clean(number, _SEPARATORS).strip().upper()
    if sum(char.isdigit() for char in text) < SHORTEST:
        return ""
    if eu_vat.is_valid(text):
        return eu_vat.compact(text)
    country = country_code.casefold()
    module = get_cc_module(country, "vat") if country else None
    local = text.removeprefix(country.upper())
    if module and module.is_valid(local):
        return country.upper() + module.compact(local).removeprefix(country.upper())
    return text
