"""Provider files in, provider charges and problems out; plain Python, no Odoo.

>>> reading = open_file("invoice.csv")            # doctest: +SKIP
>>> for item in reading:                          # doctest: +SKIP
...     ...                                       # ProviderCharge or Problem
>>> reading.summary()                             # doctest: +SKIP
"""

from .container import Limits
from .errors import FormatsError, UnknownFormat, UnreadableFile
from .layout import Format, fingerprint
from .problem import Notice, Problem
from .provider_charge import ProviderCharge
from .quantities import QuantityChange, quantity_changes
from .reading import Reading, Totals
from .registry import FORMATS, detect, get_format, open_file

__all__ = [
    "FORMATS",
    "Format",
    "FormatsError",
    "Limits",
    "Notice",
    "Problem",
    "ProviderCharge",
    "QuantityChange",
    "Reading",
    "Totals",
    "UnknownFormat",
    "UnreadableFile",
    "detect",
    "fingerprint",
    "get_format",
    "open_file",
    "quantity_changes",
]
