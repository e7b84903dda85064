"""Provider files in, provider charges and problems out; plain Python, no Odoo.

>>> reading = open_file("invoice.csv")            # doctest: +SKIP
>>> for item in reading:                          # doctest: +SKIP
...     ...                                       # ProviderCharge or Problem
>>> reading.summary()                             # doctest: +SKIP
"""

from .archive import Member, likely_size, size_of_text, unpack_files
from .commitments import Commitment, commitments
from .errors import FormatsError, UnknownFormat, UnknownHeader, UnreadableFile
from .export_parts import find_parts, part_of
from .layout import Format, fingerprint
from .limits import Limits
from .problem import Notice, Problem
from .profile import (
    REQUIRED,
    TARGETS,
    Profile,
    RowFilter,
    Target,
    check_profile,
)
from .profile_format import profile_format
from .profile_formula import Formula, formula_of
from .profile_split import Split, split_of
from .provider_charge import ProviderCharge
from .quantities import QuantityChange, quantity_changes
from .reading import Reading
from .registry import FORMATS, detect, get_format, open_file, recognise
from .row_key import content_hash, line_key
from .row_match import Line, Matching, match
from .sentence import Count, Sentence
from .subscription_states import state_lines
from .suggestion import ColumnSuggestion, suggest_columns
from .totals import Totals
from .usage_reading import UsageBatch, UsageReading
from .vendor import format_vendor, vendor_code

__all__ = [
    "FORMATS",
    "REQUIRED",
    "TARGETS",
    "ColumnSuggestion",
    "Commitment",
    "Count",
    "Format",
    "FormatsError",
    "Formula",
    "Limits",
    "Line",
    "Matching",
    "Member",
    "Notice",
    "Problem",
    "Profile",
    "ProviderCharge",
    "QuantityChange",
    "Reading",
    "RowFilter",
    "Sentence",
    "Split",
    "Target",
    "Totals",
    "UnknownFormat",
    "UnknownHeader",
    "UnreadableFile",
    "UsageBatch",
    "UsageReading",
    "check_profile",
    "commitments",
    "content_hash",
    "detect",
    "find_parts",
    "fingerprint",
    "format_vendor",
    "formula_of",
    "get_format",
    "likely_size",
    "line_key",
    "match",
    "open_file",
    "part_of",
    "profile_format",
    "quantity_changes",
    "recognise",
    "size_of_text",
    "split_of",
    "state_lines",
    "suggest_columns",
    "unpack_files",
    "vendor_code",
]
