"""Names of months as files write them: English, German, Dutch, Finnish."""

# Compared as whole words without case.
_MONTHS = (
    ("jan", "januar", "january", "januari", "jän", "jänner", "tammikuu"),
    ("feb", "februar", "february", "februari", "helmikuu"),
    ("mar", "märz", "mär", "mrz", "march", "maart", "mrt", "maaliskuu"),
    ("apr", "april", "huhtikuu"),
    ("may", "mai", "mei", "toukokuu"),
    ("jun", "juni", "june", "kesäkuu"),
    ("jul", "juli", "july", "heinäkuu"),
    ("aug", "august", "augustus", "elokuu"),
    ("sep", "sept", "september", "syyskuu"),
    ("oct", "okt", "october", "oktober", "lokakuu"),
    ("nov", "november", "marraskuu"),
    ("dec", "dez", "december", "dezember", "joulukuu"),
)
_NUMBER_OF = {name: n for n, names in enumerate(_MONTHS, 1) for name in names}


def month_number(word: str) -> int | None:
    """Return 1 to 12 for the name of a month, None for any other word."""
    return _NUMBER_OF.get(word.casefold())
