from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..formats import FormatsError, RowFilter, formula_of, split_of
from ..formats.layout import spelled
from ..formats.profile import NUMBER_TARGETS, SPLIT_TARGETS, TARGETS
from .translated import translated

KINDS = [
    ("compute", "Compute"),
    ("split", "Cut a text into parts"),
    ("leave_out", "Leave out rows"),
    ("keep_only", "Keep only rows"),
]


class MspImportProfile(models.Model):
    """What a profile can say besides the names of columns."""

    _inherit = "msp.import.profile"

    rule_ids = fields.One2many(
        "msp.import.profile.rule", "profile_id", "Computed and Cut Columns", copy=True
    )
    sign_rule = fields.Selection(
        [
            ("amount", "The amount: negative ones take back"),
            ("quantity", "The quantity: amounts have no sign"),
            ("event", "The kind of charge: neither has a sign"),
        ],
        "Credits Are Told By",
        default="amount",
        required=True,
        tracking=True,
    )
    states_counts = fields.Boolean(
        "Counts without Money",
        tracking=True,
        help="Set: rows state how many there are on the day of the import. They have "
        "neither amounts nor periods; nothing is billed or credited for earlier days.",
    )

    def _get_filled(self):
        filled = super()._get_filled()
        for rule in self.rule_ids:
            filled += rule._get_targets()
        return filled

    def _explain_columns(self):
        sentence = super()._explain_columns()
        if sentence or self.is_template:
            return sentence
        titles = {one.name: translated(self.env, one.title) for one in TARGETS}
        used = self._get_columns()
        header = {spelled(name) for name in self.header or ()}
        for rule in self.rule_ids:
            for column in rule._get_needed_columns():
                if spelled(column) not in header:
                    return self.env._(
                        "The rule “%(rule)s” needs the column “%(column)s”, which this "
                        "file does not have. Correct the rule or delete it.",
                        rule=rule.expression,
                        column=column,
                    )
            if rule.kind == "compute" and rule.target in used:
                return self.env._(
                    "“%(target)s” is computed by %(rule)s and also read from a column. "
                    "Choose one of both.",
                    target=titles[rule.target],
                    rule=rule.expression,
                )
        return ""

    def _to_plain(self, day=None):
        """:param day: on which counts without money were counted; today"""
        plain = super()._to_plain(day)
        rules = self.rule_ids
        plain = replace(
            plain,
            computed={
                rule.target: formula_of(rule.expression)
                for rule in rules.filtered(lambda one: one.kind == "compute")
            },
            splits=tuple(
                split_of(rule.name.strip(), rule.expression, SPLIT_TARGETS)
                for rule in rules.filtered(lambda one: one.kind == "split")
            ),
            filters=tuple(
                RowFilter(rule.name.strip(), rule.kind, rule._get_words())
                for rule in rules.filtered(
                    lambda one: one.kind in ("leave_out", "keep_only")
                )
            ),
            sign_rule=self.sign_rule,
        )
        if not self.states_counts:
            return plain
        company = self.company_id or self.env.company
        return replace(
            plain,
            count_day=day or fields.Date.context_today(self),
            # only so that each row has one: there is no money
            currency=plain.currency or company.currency_id.name,
        )


class MspImportProfileRule(models.Model):
    """How a number is computed, a text cut, or which rows are left out."""

    _name = "msp.import.profile.rule"
    _description = "Rule of a column profile"
    _inherit = "msp.import.profile.line.mixin"

    kind = fields.Selection(KINDS, required=True, default="compute")
    target = fields.Selection(
        [
            (target.name, str(target.title))
            for target in TARGETS
            if target.name in NUMBER_TARGETS
        ],
        "Number",
        help="The number that is computed.",
    )
    name = fields.Char(
        "Column", help="The column whose text is cut, or whose cells decide."
    )
    expression = fields.Char(
        "Formula, Pattern or Words",
        required=True,
        help="To compute: [Included] + [Additional], with the names of columns in "
        "brackets, + - * / and parentheses. To cut a text: {service_name} from "
        "{charge_period_start} through {charge_period_end}, with * for what does not "
        "matter. For rows: the words in the column, separated by |.",
    )

    _target_of_formula = models.Constraint(
        "CHECK ((kind = 'compute') = (target IS NOT NULL))",
        "Choose the number that a formula computes; other rules compute none.",
    )
    _column_of_others = models.Constraint(
        "CHECK (kind = 'compute' OR name IS NOT NULL)",
        "Enter the column whose text is cut or whose cells decide.",
    )
    _target_unique = models.UniqueIndex(
        "(profile_id, target) WHERE target IS NOT NULL",
        "A number is computed by one formula only.",
    )

    @api.constrains("kind", "expression", "name")
    def _check_expression(self):
        for rule in self:
            try:
                if rule.kind == "compute":
                    formula_of(rule.expression)
                elif rule.kind == "split":
                    split_of(rule.name or "", rule.expression, SPLIT_TARGETS)
            except FormatsError as error:
                sentence = translated(self.env, error.sentence)
                raise ValidationError(sentence) from error

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind == "compute":
            self.name = False
        else:
            self.target = False

    def _get_words(self):
        return tuple(filter(None, map(str.strip, self.expression.split("|"))))

    def _get_targets(self):
        """Return the names of targets that the rule fills."""
        if self.kind == "compute":
            return (self.target,)
        if self.kind == "split":
            return split_of(self.name, self.expression, SPLIT_TARGETS).targets()
        return ()

    def _get_needed_columns(self):
        """Return the names of columns without which the rule cannot work."""
        if self.kind == "compute":
            return formula_of(self.expression).columns
        return (self.name.strip(),)
