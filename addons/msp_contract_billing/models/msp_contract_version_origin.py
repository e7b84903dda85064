from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date, format_datetime


class MspContractVersion(models.Model):
    """Since when, why, by whom and from what a version is, in one line."""

    _inherit = "msp.contract.version"

    origin_html = fields.Html("Origin", compute="_compute_origin_html", sanitize=False)

    @api.depends("date_start", "date_end", "cause", "reason", "user_id", "activated_at")
    @api.depends_context("lang", "tz", "uid")
    def _compute_origin_html(self):
        causes = dict(self._fields["cause"]._description_selection(self.env))
        origins = self._origin._get_origins()
        for version in self:
            cause = causes.get(version.cause)
            parts = [
                version._get_days_label(),
                ": ".join(filter(None, (cause, version.reason))),
                version._get_recorder_label(),
                *map(_link, origins.get(version._origin.id, ())),
            ]
            version.origin_html = Markup(" · ").join(filter(None, parts))

    def _get_origins(self):
        """Return the records from which each version was made, by its id.

        A hook: addons that make versions (imports, findings, price revisions) add
        theirs.
        """
        return {
            version.id: [version.sale_order_id]
            for version in self
            if version.sale_order_id
        }

    def _get_days_label(self):
        self.ensure_one()
        if not self.date_start:
            return ""
        first = format_date(self.env, self.date_start)
        if not self.date_end:
            return self.env._("From %s", first)
        last = format_date(self.env, self.date_end)
        return self.env._("From %(first)s to %(last)s", first=first, last=last)

    def _get_recorder_label(self):
        self.ensure_one()
        if not self.activated_at:
            return self.env._("entered by %s", self.user_id.name)
        moment = format_datetime(self.env, self.activated_at, dt_format="short")
        return self.env._(
            "recorded by %(user)s on %(moment)s", user=self.user_id.name, moment=moment
        )


def _link(record):
    """Return a link to a record; just its name if the reader may not open it."""
    if not record.has_access("read"):
        # sudo: the name alone, as the trace shows it
        return record.sudo().display_name
    return Markup('<a href="/odoo/%s/%s">%s</a>') % (
        record._name,
        record.id,
        record.display_name,
    )
