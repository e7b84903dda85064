from odoo import api, fields, models

from ..billing.commitment import Commitment
from .msp_contract_terms import MAX_MONTHS
from .wording import describe_months

RENEWALS = [
    ("extend", "It is extended"),
    ("open", "It goes on until notice is given"),
    ("end", "It ends"),
]
NOTICE_UNITS = [("day", "Days"), ("week", "Weeks"), ("month", "Months")]
NOTICE_TO = [
    ("term", "To the end of a term"),
    ("month", "To the end of a month"),
    ("any", "To any day"),
]
#: Fields of `msp.commitment.mixin`.
COMMITMENT = (
    "term_months",
    "minimum_months",
    "renewal",
    "extension_months",
    "notice_count",
    "notice_unit",
    "notice_to",
)
#: Those with which something is agreed; an extension needs a term.
_NUMBERS = ("term_months", "minimum_months", "notice_count")


class MspCommitmentMixin(models.AbstractModel):
    """How long a contract runs, and how it can be ended: no matter of billing.

    Nothing ends by itself, save that a contract which ends with its term is recorded
    with that end from the beginning.
    """

    _name = "msp.commitment.mixin"
    _description = "Term and notice"

    term_months = fields.Integer(
        "Term in Months",
        help="How long the contract is agreed for, from its first day. 0: it has no "
        "term.",
    )
    minimum_months = fields.Integer(
        "Minimum Term in Months",
        help="Before it is over, the contract cannot be ended by notice. 0: the first "
        "term.",
    )
    renewal = fields.Selection(
        RENEWALS, "After the Term", default="open", help="Unless notice was given."
    )
    extension_months = fields.Integer("Extended by Months")
    notice_count = fields.Integer("Notice", help="0: no notice period.")
    notice_unit = fields.Selection(NOTICE_UNITS, "Notice In", default="month")
    notice_to = fields.Selection(
        NOTICE_TO,
        default="month",
        help="The days on which a contract can end, once its term is over or if it has "
        "none. As long as it is extended, it is the end of a term.",
    )

    _commitment_numbers_check = models.Constraint(
        f"CHECK (term_months BETWEEN 0 AND {MAX_MONTHS} "
        f"AND minimum_months BETWEEN 0 AND {MAX_MONTHS} "
        f"AND extension_months BETWEEN 0 AND {MAX_MONTHS} "
        "AND notice_count BETWEEN 0 AND 366)",
        "Terms have at most 120 months and a notice period at most 366 days, weeks or "
        "months; none of them is negative.",
    )

    def _has_commitment(self):
        """Return whether anything is agreed on term and notice."""
        self.ensure_one()
        return any(self[name] for name in _NUMBERS)

    def _get_commitment_error(self):
        """Return why term and notice make no sense together, or False."""
        self.ensure_one()
        if self.renewal == "extend" and not (
            self.term_months and self.extension_months
        ):
            return self.env._(
                "A contract that is extended needs a term and the months by which it "
                "is extended."
            )
        if self.renewal == "end" and not self.term_months:
            return self.env._("A contract that ends with its term needs a term.")
        if not all((self.renewal, self.notice_unit, self.notice_to)):
            return self.env._(
                "Say what happens after the term and how notice is given."
            )
        if self.term_months and self._notice_days() > self.term_months * 31:
            return self.env._(
                "It says %(notice)s, which is longer than the term of %(term)s. Enter "
                "a shorter notice period or a longer term.",
                notice=self._get_notice_length(),
                term=describe_months(self.env, self.term_months),
            )
        return False

    def _notice_days(self):
        """Return about how many days before the end notice is given, at least."""
        self.ensure_one()
        return self.notice_count * {"day": 1, "week": 7, "month": 28}[self.notice_unit]

    def _to_commitment(self):
        """Return the `billing.commitment.Commitment` of this record."""
        self.ensure_one()
        return Commitment(**self._copy_commitment(self))

    def _get_commitment_label(self):
        """Return term and notice in words, "" if nothing is agreed."""
        self.ensure_one()
        if not self._has_commitment():
            return ""
        env, parts = self.env, []
        if self.term_months:
            term = describe_months(env, self.term_months)
            parts.append(env._("term of %s", term))
        if self.minimum_months:
            minimum = describe_months(env, self.minimum_months)
            parts.append(env._("at least %s", minimum))
        if self.term_months and self.renewal == "extend":
            extension = describe_months(env, self.extension_months)
            parts.append(env._("extended by %s", extension))
        elif self.term_months and self.renewal == "end":
            parts.append(env._("ends with the term"))
        if self.notice_count:
            parts.append(self._get_notice_label())
        return "; ".join(parts)

    def _get_notice_label(self):
        self.ensure_one()
        env = self.env
        ends = {
            "term": env._("to the end of a term"),
            "month": env._("to the end of a month"),
            "any": env._("to any day"),
        }
        # As long as terms follow one another it is the end of one of them.
        is_extended = self.term_months and self.renewal == "extend"
        end = ends["term" if is_extended else self.notice_to]
        return f"{self._get_notice_length()} {end}"

    def _get_notice_length(self):
        self.ensure_one()
        env, count = self.env, self.notice_count
        lengths = {
            "day": env._("notice %s days", count),
            "week": env._("notice %s weeks", count),
            "month": env._("notice %s", describe_months(env, count)),
        }
        return lengths[self.notice_unit]

    @api.model
    def _copy_commitment(self, record):
        """Return the values of term and notice that `record` has."""
        return {name: record[name] for name in COMMITMENT}
