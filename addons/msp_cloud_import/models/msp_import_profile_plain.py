from odoo import models
from odoo.exceptions import UserError

from ..formats import Profile, check_profile
from ..formats.layout import normalised

DECIMAL_MARKS = {"auto": "", "point": ".", "comma": ","}
DATE_ORDERS = {"auto": "", "day": "day", "month": "month"}
# How a file is read besides its columns; a draft takes it over from what it resembles.
SETTINGS = (
    "end_is_inclusive",
    "default_term",
    "default_billing_plan",
    "changes_are_differences",
    "default_event",
    "decimal_mark",
    "date_order",
    "sign_rule",
    "states_counts",
)


class MspImportProfile(models.Model):
    """A column profile as the plain package needs it, and whether it can read a file."""

    _inherit = "msp.import.profile"

    def _get_columns(self):
        """Return {target: spellings} of the columns that are used."""
        columns = {}
        for column in self.column_ids.filtered("target"):
            columns[column.target] = (
                *columns.get(column.target, ()),
                *column._get_spellings(),
            )
        return columns

    def _get_filled(self):
        """Return the targets that are filled otherwise than by a column."""
        self.ensure_one()
        return ()

    def _to_plain(self, day=None):
        """Return the `formats.Profile` of the record.

        :param day: the day of the file, where its profile needs one; today
        """
        self.ensure_one()
        return Profile(
            id=f"profile_{self.id}",
            title=self.name,
            columns=self._get_columns(),
            fingerprint=self.fingerprint or None,
            end_is_inclusive=self.end_is_inclusive,
            currency=self.default_currency_id.name or None,
            term=self.default_term or None,
            billing_plan=self.default_billing_plan or None,
            changes_are_differences=self.changes_are_differences,
            charge_types={
                word.name: word.event for word in self.word_ids if word.event
            },
            default_event=self.default_event,
            decimal_mark=DECIMAL_MARKS[self.decimal_mark],
            date_order=DATE_ORDERS[self.date_order],
        )

    def _check_columns(self):
        """Refuse what no file can be read by, naming what is missing or twice."""
        sentence = self._explain_columns()
        if sentence:
            raise UserError(sentence)

    def _explain_columns(self):
        """Return what is wrong with the assignment of columns, empty if nothing."""
        self.ensure_one()
        titles = dict(
            self.column_ids._fields["target"]._description_selection(self.env)
        )
        for target, columns in self.column_ids.grouped("target").items():
            if target and len(columns) > 1:
                return self.env._(
                    "The columns %(columns)s both mean “%(target)s”. Choose one; the "
                    "others stay unused.",
                    columns=", ".join(f"“{column.name}”" for column in columns),
                    target=titles[target],
                )
        used = self._get_columns()
        groups = [
            self.env._(" or ").join(
                f"“{titles[target]}”" for target in group.split(" / ")
            )
            for group in check_profile(used, self._get_filled(), self.states_counts)
        ]
        if groups:
            return self.env._(
                "No column means %(missing)s. Choose the column of the file that holds "
                "it.",
                missing=self.env._(", none ").join(groups),
            )
        for words in self.word_ids.grouped(lambda word: normalised(word.name)).values():
            if len(words) > 1 and len(set(words.mapped("event"))) > 1:
                return self.env._(
                    "“%s” stands twice under Kinds of Charge. Keep one of the lines.",
                    words[0].name,
                )
        has_currency = self.default_currency_id or self.states_counts
        if "billing_currency" not in used and not has_currency:
            return self.env._(
                "No column means “%s”. Choose one, or enter the currency under Rules.",
                titles["billing_currency"],
            )
        return ""
