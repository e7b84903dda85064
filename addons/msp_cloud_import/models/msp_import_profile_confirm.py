import hashlib
import time
from collections import Counter
from datetime import date

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from ..formats import FormatsError, Problem, profile_format
from ..formats.layout import normalised
from .msp_import_profile_plain import SETTINGS
from .translated import translated

# Sentences and charges shown of a file that is checked.
SHOWN = 5
# Rows that are looked at of a large file, however long it took to open it.
LEAST = 1000


class MspImportProfile(models.Model):
    """Checking a draft with the file that waits for it, and confirming it."""

    _inherit = "msp.import.profile"

    def action_check(self):
        """Read the waiting file without storing anything but what is shown."""
        self.ensure_one()
        self.check_access("write")
        if not self.waiting_import_id:
            raise UserError(
                self.env._(
                    "No file waits for column profile %s. Import one first.", self.name
                )
            )
        import_ = self.waiting_import_id
        if not import_._is_large_file():
            self._check_with(import_)
            return True
        import_._begin_later("check")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "“%s” is large and checked in the background. Reload the page in "
                    "a minute.",
                    import_.file_name,
                ),
            },
        }

    def _check_with(self, import_, deadline=None):
        """Keep with the import what its file yields by these columns.

        :param deadline: `time.monotonic()` after which no more rows are looked at
        """
        result = {"columns": self._get_signature(), "error": self._explain_columns()}
        if not result["error"]:
            try:
                plain = self._to_plain(import_._get_file_day())
                with import_._open([profile_format(plain)]) as reading:
                    result.update(self._look_through(reading, deadline))
            except FormatsError as error:
                result["error"] = translated(self.env, error.sentence)
        import_._system_write({"check_result": result})

    def _get_signature(self):
        """Return a text that changes with what the file is read by."""
        plain = repr(self._to_plain(date.min))
        return hashlib.sha256(plain.encode()).hexdigest()

    def _look_through(self, reading, deadline=None):
        """Return what the form shows of a file; note words that are not known."""
        words, first, last, charges = Counter(), None, None, []
        is_part = False
        for number, item in enumerate(reading):
            if deadline and number >= LEAST and time.monotonic() >= deadline:
                is_part = True
                break
            if isinstance(item, Problem):
                continue
            words[item.charge_type] += 1
            start = item.charge_period_start
            end = item.charge_period_end or start + date.resolution
            first, last = min(first or start, start), max(last or end, end)
            if len(charges) < SHOWN:
                charges.append(self._describe(item))
        self._note_words(words)
        amounts = {
            code: str(total.billed_cost) for code, total in reading.totals.items()
        }
        return {
            "rows": reading.rows,
            "is_part": is_part,
            "problem_count": reading.problem_count,
            "problems": [
                translated(self.env, problem.sentence)
                for problem in reading.problems[:SHOWN]
            ],
            "totals": amounts,
            "first": first and first.isoformat(),
            "end": last and last.isoformat(),
            "charges": charges,
        }

    def _describe(self, charge):
        return {
            "row": charge.row,
            "customer": charge.sub_account_name
            or charge.sub_account_id
            or charge.customer_domain,
            "article": charge.service_name or charge.sku_id,
            "event": charge.event,
            "quantity": charge.pricing_quantity is not None
            and f"{charge.pricing_quantity.normalize():f}",
            "amount": str(charge.billed_cost),
            "currency": charge.billing_currency,
            "first": charge.charge_period_start.isoformat(),
            "end": charge.charge_period_end and charge.charge_period_end.isoformat(),
        }

    def _note_words(self, words):
        """List the words of the file, so that unknown ones can be assigned."""
        counts = Counter()
        spelling = {}
        for word, count in words.items():
            if word:
                counts[normalised(word)] += count
                spelling.setdefault(normalised(word), word)
        for line in self.word_ids:
            line.row_count = counts.pop(normalised(line.name), 0)
        self.word_ids.create(
            [
                {
                    "profile_id": self.id,
                    "name": spelling[word],
                    "row_count": count,
                    "sequence": 0,
                }
                for word, count in counts.items()
            ]
        )

    @api.depends(
        "column_ids.name",
        "column_ids.target",
        "word_ids.event",
        *SETTINGS,
        "default_currency_id",
        "rule_ids.kind",
        "rule_ids.target",
        "rule_ids.name",
        "rule_ids.expression",
        "import_ids.check_result",
        "import_ids.state",
    )
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_check_html(self):
        for profile in self:
            result = profile.waiting_import_id.check_result
            profile.check_html = result and profile._render_check(result)

    def _render_check(self, result):
        by_code = {
            currency.name: currency
            for currency in self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "in", list(result.get("totals", ())))])
        }

        def money(amount, code):
            currency = by_code.get(code)
            number = float(amount)
            if currency:
                return format_amount(self.env, number, currency)
            return f"{number:,.2f} {code}"

        def day(text, is_end=False):
            moment = fields.Date.to_date(text)
            if moment and is_end:
                moment = fields.Date.subtract(moment, days=1)
            return moment and format_date(self.env, moment)

        return self.env["ir.qweb"]._render(
            "msp_cloud_import.profile_check",
            {
                "result": result,
                "file": self.waiting_import_id.file_name,
                # An unsaved record of a form has the values typed so far.
                "is_old": result["columns"] != self._get_signature(),
                "events": dict(
                    self._fields["default_event"]._description_selection(self.env)
                ),
                "money": money,
                "day": day,
            },
        )

    # Confirm

    def action_confirm(self):
        """Read the waiting files by these columns, now and whenever they come."""
        self.ensure_one()
        self.check_access("write")
        self._check_columns()
        if self.is_template:
            raise UserError(
                self.env._(
                    "%s only gives suggestions. Import a file; what its columns mean "
                    "is confirmed for that file.",
                    self.name,
                )
            )
        imports = self.import_ids.filtered(lambda one: one.state == "columns")
        imports = imports._filtered_access("write")
        if self.state != "confirmed":
            self._system_write(
                {
                    "state": "confirmed",
                    "confirmed_by_id": self.env.uid,
                    "confirmed_at": fields.Datetime.now(),
                }
            )
            self.message_post(body=self._get_confirmation(imports))
        result = imports._take_steps(lambda import_: import_._read_by_profile())
        read = imports.filtered(lambda one: one.state == "read")
        # The scheduler reads large ones.
        done = read | imports.filtered(lambda one: one.state == "new")
        if imports and not done:
            raise UserError(result["params"]["message"])
        read.action_assign()
        if result is True:
            return done._action_open()
        # What could not be read still waits and stops no other file.
        result["params"]["next"] = done._action_open()
        return result

    def _get_confirmation(self, imports):
        files = Markup(", ").join(one._get_html_link() for one in imports)
        if not imports:
            return self.env._("Confirmed by %s", self.env.user.name)
        return Markup("%s: %s") % (
            self.env._("Confirmed by %s with", self.env.user.name),
            files,
        )

    def action_reopen(self):
        """Let a confirmed profile be changed; an administrator's decision."""
        self.check_access("write")
        self._check_may_change()
        self.filtered(lambda profile: not profile.is_template)._system_write(
            {"state": "unconfirmed", "confirmed_by_id": False, "confirmed_at": False}
        )
        return True

    def action_view_imports(self):
        self.ensure_one()
        return self.import_ids._action_open(always_list=True)
