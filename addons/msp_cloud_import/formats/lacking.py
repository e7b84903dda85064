"""What is said of a row that lacks what every charge needs."""

from .sentence import _

NO_AMOUNT = _("the net amount is missing; correct the file or download it again")
NO_FIRST_DAY = _(
    "the charge's first day is missing; correct the file or download it again"
)
NO_DAY_OF_CHANGE = _(
    "the day on which the change took effect is missing; correct the file or download "
    "it again"
)
NO_DAY_OF_USE = _("the day of use is missing; correct the file or download it again")
NO_DAY_OF_STATE = _(
    "the day of the state is missing; correct the file or download it again"
)
NO_UNITS = _("the number of units is missing; correct the file or download it again")
NO_CUSTOMER = _("the customer is missing; correct the file or download it again")
NO_PRODUCT = _("the product is missing; correct the file or download it again")
NO_SUBSCRIPTION = _(
    "the subscription is missing; correct the file or download it again"
)
NO_ARTICLE = _("the article is missing; correct the file or download it again")
NO_CURRENCY = _(
    "expected a currency code of three letters such as EUR; correct the file or "
    "download it again"
)
NAMES_NO_CUSTOMER = _(
    "the row names no customer, neither id nor domain nor name; download the file again"
)
NAMES_NO_PRODUCT = _("the row names no product; download the file again")
ENDS_BEFORE_START = _(
    "the charge ends before it starts; correct the file or download it again"
)
