import logging
import time
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.msp_contract_billing.models.money import to_decimal
from odoo.addons.msp_contract_billing.models.msp_contract_waiting import company_today

from ..connectors import ConnectorError, Order, errors, values
from . import storable
from .msp_connection_test import tell_apart
from .msp_connection_words import MISSING_ENTRY, explain
from .msp_provider_order import UNSETTLED
from .msp_provider_order_seen import SETTLED_AFTER
from .translated import translated

_logger = logging.getLogger(__name__)

SLICE_SECONDS = 40
# The provider has not heard of the order, or will not: nothing was done.
NOT_HEARD = frozenset({errors.THROTTLED, errors.UNTRUSTED, errors.EXPIRED_TOKEN})
RETRY = timedelta(minutes=10)
# Until a sent order that nobody can see at the provider becomes an activity.
OVERDUE_DAYS = 3


class MspProviderOrder(models.Model):
    """The way to the provider: never twice, whatever happens in between.

    That an order is being sent is stored before it is, so a process that dies leaves an
    order of which nobody knows, which is looked at and not sent again.
    """

    _inherit = "msp.provider.order"

    @api.model
    def _cron_send(self):
        """Send what is confirmed, look at what was sent."""
        now = fields.Datetime.now()
        self._find_lost()._system_write({"state": "unknown", "look_at": now})
        self.env["ir.cron"]._commit_progress(remaining=1)
        end = time.monotonic() + SLICE_SECONDS
        tried = self.browse()
        while time.monotonic() < end:
            order = self._find_next(tried)
            if not order:
                break
            tried += order
            order._for_asked()._take()
        self._mark_overdue()
        waiting = self.search(
            [("look_at", "!=", False), ("connection_id.state", "!=", "paused")],
            order="look_at",
            limit=1,
        )
        if waiting:
            self._wake_scheduler(at=max(waiting.look_at, fields.Datetime.now()))
        self.env["ir.cron"]._commit_progress(1, remaining=0)

    @api.model
    def _find_next(self, tried):
        now = fields.Datetime.now()
        return self.search(
            [
                ("id", "not in", tried.ids),
                "|",
                "&",
                ("state", "=", "confirmed"),
                ("look_at", "=", False),
                "&",
                ("state", "in", ("confirmed", "waiting", "unknown")),
                "&",
                ("look_at", "<=", now),
                "|",
                ("state", "=", "confirmed"),
                ("connection_id.state", "!=", "paused"),
            ],
            order="confirmed_at, id",
            limit=1,
        )

    @api.model
    def _find_lost(self):
        """Return orders that were being sent by a process that is gone."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM msp_provider_order WHERE state = 'sending' "
                "FOR UPDATE SKIP LOCKED"
            )
        )
        lost = self.browse([row[0] for row in rows])
        limit = fields.Datetime.now() - timedelta(minutes=5)
        return lost.filtered(lambda order: order.sent_at < limit)

    def _take(self):
        """Send one order, or look at what became of it; its errors stop no other."""
        connector = None
        try:
            missing = self.connection_id._find_missing_entries()
            if missing:
                details = {"names": missing}
                self._take_unasked(explain(self.env, MISSING_ENTRY, details))
            else:
                connector = self.connection_id._open_connector()
                go_on = self._send if self.state == "confirmed" else self._look
                go_on(connector)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            # A lost race or connection: what is stored decides how it goes on.
            _logger.info("order %s: begins again", self.id)
            self.env.cr.rollback()
        except Exception as error:  # noqa: BLE001 whatever it is, the others go on
            self.env.cr.rollback()
            self.env.invalidate_all()
            self._take_error(error)
        finally:
            if connector:
                connector.close()
        self.env["ir.cron"]._commit_progress(1)

    def _send(self, connector):
        self._lock()
        if self.state != "confirmed" or not self._is_still_allowed():
            return
        order = self._to_plain()
        self._system_write(
            {"state": "sending", "sent_at": fields.Datetime.now(), "look_at": False}
        )
        self.env["ir.cron"]._commit_progress(1)
        answer = connector.send_order(order)
        words = storable.text(translated(self.env, answer.text))
        if answer.status == values.REFUSED:
            self._settle_refused(words or self.env._("Refused"))
            return
        # Verified by looking, whatever the answer says.
        self._system_write(
            {
                "state": "waiting",
                "answer": words or False,
                "look_at": fields.Datetime.now() + RETRY,
            }
        )
        self._tell(self.env._("Sent to the provider"))

    def _is_still_allowed(self):
        """Return whether it may be sent, and say why not."""
        if not self._is_allowed():
            self._settle_refused(
                self.env._("Nothing may be ordered at this provider any more.")
            )
            return False
        if self.version_id and self.version_id.state != "active":
            self._settle_refused(self.env._("The version has been withdrawn."))
            return False
        return True

    def _to_plain(self):
        subscription = self.subscription_id
        return Order(
            kind=self.kind,
            request_id=self.request_id,
            sub_account_id=subscription.sub_account_id,
            subscription_id=subscription.subscription_id,
            quantity=to_decimal(self.quantity) if self.kind == "quantity" else None,
            auto_renew=self.auto_renew if self.kind == "auto_renew" else None,
            expected=to_decimal(self.old_quantity) if self.kind == "quantity" else None,
        )

    def _look(self, connector):
        """Read the subscription and settle the order if it can be seen."""
        subscription = self.subscription_id
        self.env["ir.cron"]._commit_progress(1)
        state = connector.read_subscription(
            subscription.sub_account_id, subscription.subscription_id
        )
        subscription._store_states(
            self.provider_id,
            self.company_id,
            [storable.state(state)],
            company_today(self.company_id),
        )
        # Once it has to be there; else the nightly sync looks again.
        settled = self.sent_at + SETTLED_AFTER
        is_early = fields.Datetime.now() < settled
        self._system_write({"look_at": settled if is_early else False})
        self._verify()

    def _take_error(self, error):
        code, details = tell_apart(error)
        text = explain(self.env, code, details)
        if self.state == "sending":
            not_heard = isinstance(error, ConnectorError) and (
                error.code in NOT_HEARD or not error.is_passing
            )
            if not_heard and error.code == errors.THROTTLED:
                wait = timedelta(seconds=error.retry_after or 0)
                vals = {
                    "state": "confirmed",
                    "answer": text,
                    "look_at": fields.Datetime.now() + max(wait, RETRY),
                }
                self._system_write(vals)
            elif not_heard:
                self._settle_refused(text)
            else:
                # It may have arrived: whoever sends it again may order twice.
                self._system_write(
                    {
                        "state": "unknown",
                        "answer": text,
                        "look_at": fields.Datetime.now() + RETRY,
                    }
                )
        else:
            self._take_unasked(text)

    def _take_unasked(self, text):
        """Settle what was not sent; what was sent goes on to wait."""
        if self.state == "confirmed":
            self._settle_refused(text)
        else:
            self._system_write({"answer": text, "look_at": False})

    @api.model
    def _mark_overdue(self):
        """Ask people about what was sent and is not seen for days."""
        limit = fields.Datetime.now() - timedelta(days=OVERDUE_DAYS)
        late = self.search(
            [
                ("state", "in", ("waiting", "unknown")),
                ("is_overdue", "=", False),
                ("sent_at", "<", limit),
            ]
        )
        late._system_write({"is_overdue": True})
        for found in late:
            order = found._for_asked()
            order._ask_about(
                order.env._("An order is not carried out for %s days", OVERDUE_DAYS),
                order.env._(
                    "It was sent, and the provider still says otherwise. Look at the "
                    "provider's portal."
                ),
            )


class MspSubscription(models.Model):
    """Orders are settled by what is read; until then nothing of them is undone."""

    _inherit = "msp.subscription"

    order_ids = fields.One2many("msp.provider.order", "subscription_id", "Orders")

    @api.model
    def _store_states(self, provider, company, states, day):
        result = super()._store_states(provider, company, states, day)
        self._find_unsettled(
            provider, company, [one.subscription_id for one in states]
        )._verify()
        return result

    @api.model
    def _find_untold(self, provider, company):
        untold = super()._find_untold(provider, company)
        return untold - self._find_unsettled(provider, company).subscription_id

    @api.model
    def _find_unsettled(self, provider, company, subscription_ids=None):
        """Return the orders that may still be carried out.

        :param subscription_ids: only of these subscriptions of the provider
        """
        domain = [
            ("provider_id", "=", provider.id),
            ("company_id", "=", company.id),
            ("state", "in", UNSETTLED),
        ]
        if subscription_ids is not None:
            domain.append(("subscription_id.subscription_id", "in", subscription_ids))
        # sudo: whose rights are used to import need not see orders
        return self.env["msp.provider.order"].sudo().search(domain)
