"""Changes of a subscription in Partner Center: its quantity, and whether it renews.

The whole subscription is sent back with what shall be different (PATCH), with the
version it was read in (If-Match) and the id of the order (MS-RequestId), by which
Microsoft recognises a repetition. Source: "Change the quantity of licenses in a customer
subscription", "Update autorenew", "Partner Center REST headers".
"""

import json
import uuid
from collections.abc import Mapping
from decimal import Decimal

from . import errors, values
from .errors import ConnectorError
from .json_values import BadValue, text, uniform
from .microsoft_customers import TIMEOUT, unknown
from .microsoft_service import Service
from .microsoft_states import Customer, read_state
from .reply import Reply
from .sentence import Sentence, _
from .values import Answer, Order, Subscription

# What Microsoft says no to: not allowed now, changed meanwhile, not possible.
_REFUSALS = (400, 409, 412, 422)
_MOST_UNITS = 1_000_000
_CHANGE = _("the change of a subscription")
_LATER = "scheduledNextTermInstructions"


def read_one(
    partner: Service, sub_account_id: str, subscription_id: str
) -> Subscription:
    """Return a subscription as it is now."""
    return _read(partner, sub_account_id, subscription_id)[0]


def send_order(partner: Service, order: Order) -> Answer:
    """Ask for a change, once.

    :raise ConnectorError: it is not known whether it was heard (`is_passing`), so the
        subscription has to be read before anything is sent again; or it could not be
        asked for
    """
    if reason := _impossible(order):
        return Answer(values.REFUSED, reason)
    now, body = _read(partner, order.sub_account_id, order.subscription_id)
    if _is_done(order, now):
        return Answer(values.DONE, _("It is so already; nothing was sent."), now)
    if order.expected is not None and now.purchased != order.expected:
        reason = _(
            "Expected %(expected)s units, but there are %(name)s now.",
            expected=_plain(order.expected),
            name=_plain(now.purchased),
        )
        return Answer(values.REFUSED, reason, now)
    if now.status == "ended":
        return Answer(values.REFUSED, _("The subscription has ended."), now)
    _change(body, order)
    reply = partner.call(
        "PATCH",
        _path(order.sub_account_id, order.subscription_id),
        _CHANGE,
        headers=_headers(order, now),
        data=json.dumps(body, default=_number).encode(),
        timeout=TIMEOUT,
        ok=(200, 202, 204, *_REFUSALS),
        # Nobody knows what became of it if there is no answer.
        is_safe=False,
    )
    if reply.status in _REFUSALS:
        return Answer(values.REFUSED, _words(reply))
    return _accepted(partner, order, reply, now)


def _read(
    partner: Service, sub_account_id: str, subscription_id: str
) -> tuple[Subscription, dict[str, object]]:
    what = _("the subscription %(name)s", name=subscription_id)
    path = _path(sub_account_id, subscription_id)
    said = partner.get_json(path, what, timeout=TIMEOUT)
    try:
        state = read_state(said, Customer(uniform(sub_account_id), None, None))
    except BadValue as error:
        raise unknown(partner, what, error.sentence) from None
    assert isinstance(said, dict)  # else it is no state
    if state.subscription_id != uniform(subscription_id):
        raise unknown(partner, what, _("it is of another subscription"))
    return state, said


def _path(sub_account_id: str, subscription_id: str) -> str:
    for name in (sub_account_id, subscription_id):
        if not name or not all(one.isalnum() or one in "-_" for one in name):
            host, what = "Partner Center", _("the id “%(name)s”", name=name[:80])
            raise ConnectorError(errors.NOT_FOUND, host, what=what)
    return f"/customers/{sub_account_id}/subscriptions/{subscription_id}"


def _impossible(order: Order) -> Sentence | None:
    """Return why an order cannot be sent to anybody."""
    if order.kind == values.AUTO_RENEW:
        is_said = order.auto_renew is not None
        return None if is_said else _("It does not say what is wanted.")
    if order.kind != values.QUANTITY:
        return _("Nothing like “%(name)s” can be ordered.", name=order.kind[:80])
    wanted = order.quantity
    if wanted is None or wanted != wanted.to_integral_value():
        return _("Microsoft sells whole units only.")
    if not 0 < wanted <= _MOST_UNITS:
        return _(
            "The quantity has to be between 1 and %(count)s; to end a subscription, "
            "turn off its renewal.",
            count=_MOST_UNITS,
        )
    return None


def _is_done(order: Order, now: Subscription) -> bool:
    if order.kind == values.AUTO_RENEW:
        return now.auto_renew == order.auto_renew
    return now.purchased == order.quantity


def _change(body: dict[str, object], order: Order) -> None:
    """Write what shall be different; links are the answer's own."""
    body.pop("links", None)
    if order.kind == values.QUANTITY:
        assert order.quantity is not None  # see _impossible
        body["quantity"] = int(order.quantity)
        return
    body["autoRenewEnabled"] = order.auto_renew
    if not order.auto_renew and body.get(_LATER) is not None:
        # Plans for a next term are refused where there is none.
        body[_LATER] = None


def _headers(order: Order, now: Subscription) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "MS-RequestId": _guid(order.request_id),
        "MS-CorrelationId": str(uuid.uuid4()),
    }
    if now.etag:
        headers["If-Match"] = now.etag
    return headers


def _guid(request_id: str) -> str:
    """Return the id as Microsoft wants it, the same one for the same order."""
    try:
        return str(uuid.UUID(request_id))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, request_id))


def _accepted(
    partner: Service, order: Order, reply: Reply, before: Subscription
) -> Answer:
    """Return what an answer says that is no refusal."""
    status = _("Status %(status)s.", status=reply.status)
    try:
        said = reply.json(_CHANGE)
        customer = Customer(before.sub_account_id, None, None)
        state = read_state(said, customer)
    except (ConnectorError, BadValue):
        # It was heard; what became of it is seen by reading.
        return Answer(values.ACCEPTED, status)
    if state.subscription_id != before.subscription_id:
        return Answer(values.ACCEPTED, status)
    if reply.status == 200 and _is_done(order, state):
        return Answer(values.DONE, "", state)
    return Answer(values.ACCEPTED, status, state)


def _words(reply: Reply) -> str:
    """Return the refusal in Microsoft's own words, with its number."""
    try:
        said = reply.json("")
    except ConnectorError:
        said = None
    number = said.get("code") if isinstance(said, Mapping) else None
    number = text(number) or (str(number) if isinstance(number, int) else "")
    words = reply.reason
    if reply.status == 412:
        words = _(
            "Somebody has changed the subscription meanwhile. %(words)s", words=words
        )
    if not number:
        return words
    return Sentence("%(words)s (%(number)s)", words=words, number=number)


def _number(value: object) -> object:
    # Given back as they came; no amount is calculated from them.
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


def _plain(number: Decimal | None) -> str:
    return _("none") if number is None else format(number.normalize(), "f")
