import time
from datetime import timedelta

from odoo import api, fields, models

from .msp_connection_test import Unreadable
from .msp_connection_words import SUSPICIOUS

# When so many of the subscriptions vanish in one night, the list is believed to be wrong.
SUSPICIOUS_SHARE, SUSPICIOUS_COUNT = 0.2, 10
# Until the scheduler has prepared a large import.
LOOK_AGAIN = timedelta(minutes=2)
PREPARED = ("prepared", "applied", "withdrawn")


class MspSync(models.Model):
    """Subscriptions are stored page by page; what they say, contracts are told."""

    _inherit = "msp.sync"

    step = fields.Selection(
        selection_add=[("counts", "Comparing with contracts"), ("exports",)],
        ondelete={"counts": "set null"},
    )
    count_import_id = fields.Many2one(
        "msp.import", "Changes of Subscriptions", ondelete="set null", readonly=True
    )

    is_suspicious = fields.Boolean(compute="_compute_is_suspicious")
    change_count = fields.Integer("Changes", compute="_compute_change_count")

    def _get_steps(self, connection):
        steps = super()._get_steps(connection)
        if "subscriptions" in steps and connection.count_rule != "show":
            steps.insert(steps.index("subscriptions") + 1, "counts")
        return steps

    def _get_subscriptions(self):
        """Return all subscriptions of the provider, as the system reads them."""
        return self.env["msp.subscription"].search_fetch(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            ["subscription_id", "sub_account_id", "marker", "status", "seen_at"],
        )

    # Read

    def _get_known_markers(self):
        return {
            one.subscription_id: one.marker
            for one in self._get_subscriptions()
            if one.marker and one.status != "ended"
        }

    @api.depends("new_count", "changed_count", "gone_count")
    def _compute_change_count(self):
        for one in self:
            one.change_count = one.new_count + one.changed_count + one.gone_count

    def action_view_changes(self):
        """Show what was seen to have changed on the day of the sync."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_subscription_change_action"
        )
        return {
            **action,
            "domain": [
                ("provider_id", "in", self.provider_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("day", "in", [fields.Date.to_date(one.started_at) for one in self]),
            ],
        }

    def _take_page(self, page):
        super()._take_page(page)
        now = fields.Datetime.now()
        if now < self.started_at:
            # The clock was set back: what is seen now would count as seen before.
            self._system_write({"started_at": now})
        subscriptions = self.env["msp.subscription"]
        of = (self.provider_id, self.company_id)
        day = self._get_moment().date()
        new, changed = subscriptions._store_states(*of, page.subscriptions, day)
        subscriptions._store_seen(*of, list(page.unchanged))
        self._system_write(
            {
                "new_count": self.new_count + len(new),
                "changed_count": self.changed_count + len(changed),
            }
        )

    def _finish_subscriptions(self):
        """Let what the provider lists no longer be over, if the list can be believed.

        Only customers that were read to their end count: one that cannot be read keeps
        its subscriptions.
        """
        super()._finish_subscriptions()
        running, gone = self._find_gone()
        if len(gone) > SUSPICIOUS_COUNT and len(gone) > len(running) * SUSPICIOUS_SHARE:
            self._note_suspicious(len(gone), len(running))
            return
        self._let_be_gone(gone)

    def _find_gone(self):
        """Return the subscriptions that run, and those of them not listed any more."""
        running = self._get_subscriptions().filtered(
            lambda one: one.status not in ("ended", "pending")
        )
        unread = set(self.problem_ids.mapped("subject"))
        gone = running.filtered(
            lambda one: (
                (not one.seen_at or one.seen_at < self.started_at)
                and not unread.intersection((one.sub_account_id, one.subscription_id))
            )
        )
        return running, gone

    def _let_be_gone(self, gone):
        gone._store_gone(self._get_moment().date())
        self._system_write({"gone_count": len(gone)})

    def action_believe_gone(self):
        """Let what is not listed any more be over, as somebody has made sure of it."""
        for one in self:
            one.connection_id._check_may_run()
            if one.is_suspicious and not one.is_active:
                one._let_be_gone(one._find_gone()[1])
                one.problem_ids.filtered(
                    lambda two: two.code == SUSPICIOUS
                )._system_unlink()
        return True

    @api.depends("problem_ids.code")
    def _compute_is_suspicious(self):
        for one in self:
            one.is_suspicious = SUSPICIOUS in one.problem_ids.mapped("code")

    def _note_suspicious(self, gone, running):
        self.env["msp.sync.problem"]._system_create(
            [
                {
                    "sync_id": self.id,
                    "is_failure": True,
                    "code": SUSPICIOUS,
                    "details": {"gone": gone, "running": running},
                }
            ]
        )

    # Tell contracts

    def _take_counts(self, _connector, deadline):
        """Import what contracts have not heard of; apply it if the rule says so."""
        self._lock_active()
        if not self.count_import_id and not self._tell_contracts():
            is_left = self._end_step()
            self._commit()
            return is_left
        import_ = self.count_import_id
        if import_.is_running or import_.state not in PREPARED:
            self._system_write(
                {"state": "waiting", "look_at": fields.Datetime.now() + LOOK_AGAIN}
            )
            self._commit()
            return False
        is_left = False
        if import_.state == "prepared":
            import_ = self.connection_id._as_user(import_)
            if self.connection_id.count_rule == "apply":
                is_left = import_._apply_certain(lambda: time.monotonic() >= deadline)
            else:
                import_._finish_if_settled()
        is_left = is_left or self._end_step()
        self._commit()
        return is_left

    def _tell_contracts(self):
        """Begin the import of what has changed; return it, if there is anything."""
        untold = self.env["msp.subscription"]._find_untold(
            self.provider_id, self.company_id
        )
        if not untold:
            return None
        rows = untold._find_open_rows()
        name = f"subscriptions-{self._get_moment():%Y-%m-%d-%H%M}.jsonl"
        content = untold._write_lines(untold._get_lines_again(rows))
        (result,) = self.connection_id._import_as_user(
            [(name, content)], msp_read_later=True
        )
        import_ = self.env["msp.import"].browse(result["import_id"] or ())
        if not import_:
            self._note(name, Unreadable(result["sentence"]), is_failure=True)
            return None
        import_._system_write(
            {"connection_id": self.connection_id.id, "sync_id": self.id}
        )
        import_._say_instead(rows)
        untold._mark_told()
        self._system_write({"count_import_id": import_.id})
        return import_
