"""Microsoft's sign-in, Graph, blob storage and Partner Center on one local server.

Behaves as the page "Microsoft partner billing APIs" describes; data are plain and may
be changed at any time.
"""

import hashlib
import json
from typing import Any

from .microsoft_graph import MicrosoftGraph
from .server import Answered, Request


class MicrosoftServer(MicrosoftGraph):
    """The vendor; `data` is what it knows. Its own part is Partner Center.

    :param page_size: most customers on one page, whatever is asked for
    """

    def __init__(self, latency: float = 0) -> None:
        super().__init__(latency)
        self.page_size = 500
        self._answers: dict[str, tuple[int, Any]] = {}
        self.route("GET", "/v1/invoices")(self._invoices)
        self.route("GET", "/v1/customers")(self._customers)
        one = "/v1/customers/(?P<customer>[^/]+)/subscriptions"
        self.route("GET", one)(self._subscriptions)
        self.route("GET", f"{one}/(?P<id>[^/]+)")(self._subscription)
        self.route("PATCH", f"{one}/(?P<id>[^/]+)")(self._patch)

    def _invoices(self, request: Request) -> Answered:
        if refused := self._refused(request):
            return refused
        start = int(request.query.get("offset", 0))
        size = int(request.query.get("size", 200))
        items = self.data.invoices[start : start + size]
        return 200, {}, {"totalCount": len(self.data.invoices), "items": items}

    def _customers(self, request: Request) -> Answered:
        if refused := self._refused(request, as_user=True):
            return refused
        start = 0
        if request.query.get("seekOperation") == "Next":
            token = request.headers.get("MS-ContinuationToken", "")
            if not token.startswith("page:"):
                return 400, {}, {"code": 2000, "description": "Invalid token."}
            start = int(token.removeprefix("page:"))
        size = min(int(request.query.get("size", 100)), self.page_size)
        customers = list(self.data.customers.values())
        links: dict[str, Any] = {"self": {"uri": "/customers", "method": "GET"}}
        if start + size < len(customers):
            token = {"key": "MS-ContinuationToken", "value": f"page:{start + size}"}
            links["next"] = {
                "uri": f"/customers?size={size}&seekOperation=Next",
                "method": "GET",
                "headers": [token],
            }
        items = customers[start : start + size]
        return 200, {}, {"totalCount": len(customers), "items": items, "links": links}

    def _subscriptions(self, request: Request) -> Answered:
        if refused := self._refused(request, as_user=True):
            return refused
        found = self.data.subscriptions.get(request.group("customer"))
        if found is None:
            return 404, {}, {"code": 3000, "description": "There is no such customer."}
        items = [_with_etag(one) for one in found.values()]
        return 200, {}, {"totalCount": len(items), "items": items}

    def _subscription(self, request: Request) -> Answered:
        if refused := self._refused(request, as_user=True):
            return refused
        found = self.data.subscription(request.group("customer"), request.group("id"))
        if found is None:
            return 404, {}, {"code": 2004, "description": "No such subscription."}
        return 200, {}, _with_etag(found)

    def _patch(self, request: Request) -> Answered:
        """Change a subscription; the same request id changes it once."""
        if refused := self._refused(request, as_user=True):
            return refused
        found = self.data.subscription(request.group("customer"), request.group("id"))
        if found is None:
            return 404, {}, {"code": 2004, "description": "No such subscription."}
        with self.lock:
            number = request.headers.get("MS-RequestId", "")
            if number not in self._answers:
                self._answers[number] = self._changed(found, request)
            status, body = self._answers[number]
        return status, {"MS-RequestId": number}, body

    def _changed(self, found: dict[str, Any], request: Request) -> tuple[int, Any]:
        if request.headers.get("If-Match") != _with_etag(found)["attributes"]["etag"]:
            return 412, {"code": 2067, "description": "The etag does not match."}
        body = request.json()
        if body["quantity"] < found["quantity"] and not self.data.may_reduce:
            text = "Seats can be reduced in the first seven days only."
            return 400, {"code": 3502, "description": text}
        for name in ("quantity", "autoRenewEnabled", "scheduledNextTermInstructions"):
            if name in body:
                found[name] = body[name]
        self.data.changes.append((found["id"], body["quantity"]))
        return 200, _with_etag(found)


def _with_etag(subscription: dict[str, Any]) -> dict[str, Any]:
    """Return a subscription as it is sent; its version follows its content."""
    content = json.dumps(subscription, sort_keys=True).encode()
    etag = hashlib.sha256(content).hexdigest()[:12]
    attributes = {"objectType": "Subscription", "etag": etag}
    links = {"self": {"uri": f"/subscriptions/{subscription['id']}", "method": "GET"}}
    return subscription | {"attributes": attributes, "links": links}
