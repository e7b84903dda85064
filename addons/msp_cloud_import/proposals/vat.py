"""VAT numbers, however they are written."""

from stdnum import get_cc_module
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
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
    try:
        return eu_vat.validate(text)
    except ValidationError:
        pass
    country = country_code.casefold()
    module = get_cc_module(country, "vat") if country else None
    if module:
        try:
            number = module.validate(text.removeprefix(country.upper()))
        except ValidationError:
            pass
        else:
            return country.upper() + number.removeprefix(country.upper())
    return text
