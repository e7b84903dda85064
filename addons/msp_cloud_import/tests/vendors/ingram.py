"""Ingram's marketplace on a local server, as its specification says.

Reports lie under another host name, so that a token sent there is noticed.
"""

from __future__ import annotations

import base64
import copy
from typing import Any

from .server import Answered, Request, VendorServer

# The interface gives no more on one page, whatever is asked for.
_MOST = 500


class IngramServer(VendorServer):
    """The vendor; what it knows may be changed.

    :ivar customers, subscriptions, orders, reports: rows of lists, newest first
    :ivar products: {subscription id: articles}, which only its details have
    :ivar files: {report id: content}
    :ivar allowance: calls for details until it throttles, None for no limit
    :ivar ignores_offset: gives the first page always
    :ivar has_total: says how many there are
    :ivar looks: how often an ordered report is still in the making
    """

    prefix = "/marketplace/eu"

    def __init__(self, latency: float = 0) -> None:
        super().__init__(latency)
        self.user, self.password, self.key = "api@example", "password-1", "key-1111"
        self.lifetime = 1500
        self.customers: list[dict[str, Any]] = []
        self.subscriptions: list[dict[str, Any]] = []
        self.orders: list[dict[str, Any]] = []
        self.reports: list[dict[str, Any]] = []
        self.products: dict[str, Any] = {}
        self.files: dict[str, bytes] = {}
        self.ordered = b""
        self.most = _MOST
        self.allowance: int | None = None
        self.ignores_offset = False
        self.has_total = True
        self.looks = 1
        self.tokens: set[str] = set()
        self._signatures: set[str] = set()
        self._number = 0
        self._add_routes()

    @property
    def settings(self) -> dict[str, str]:
        """Return what a connection to this server is set up with."""
        return {"user": self.user, "api_url": f"{self.url}{self.prefix}"}

    @property
    def secrets(self) -> dict[str, str]:
        """Return what it signs in with."""
        return {"password": self.password, "subscription_key": self.key}

    def add_customer(self, number: int) -> str:
        """Add a customer; return the id."""
        one = str(number)
        row = {"id": one, "name": f"Customer {number}", "status": "active"}
        self.customers.insert(0, row)
        return one

    def add(self, number: int, customer: str, seats: Any = 10, **row: Any) -> str:
        """Add a subscription; return its id."""
        one = str(number)
        self.subscriptions.insert(
            0,
            {
                "id": one,
                "customerId": customer,
                "name": "Contoso Office Suite (annual)",
                "status": "active",
                "renewalStatus": True,
                "creationDate": "2026-03-05",
                "renewalDate": "2027-03-03",
                "expirationDate": "2027-03-04",
                "lastModifiedDate": "2026-03-05",
                "subscriptionPeriod": {"type": "year", "duration": 1},
                "billingPeriod": {"type": "month", "duration": 1},
                **row,
            },
        )
        self.products[one] = [
            {
                "mpn": "CFQ7TTC0AAAA:0001",
                "name": "Contoso Office Suite",
                "quantity": seats,
                "unitPrice": {"amount": "9.50", "currency": "EUR"},
            }
        ]
        return one

    def order(self, number: int, customer: str, one: str = "", **row: Any) -> None:
        """Add an order; of renewals and cancellations no subscription is said."""
        products = [{"subscriptionId": one, "quantity": 3}] if one else []
        self.orders.insert(
            0,
            {
                "id": str(number),
                "type": "change" if one else "renewal",
                "status": "completed",
                "customerId": customer,
                "creationDate": "2026-03-20 07:22:59",
                **({"products": products} if products else {}),
                **row,
            },
        )

    def add_report(self, one: str, content: bytes, **row: Any) -> None:
        """Add a report that was made."""
        self.files[one] = content
        self.reports.insert(
            0,
            {
                "id": one,
                "name": "Monthly report",
                "status": "completed",
                "type": "monthly",
                "format": "csv",
                "creationDate": "2026-04-01T05:00:00Z",
                "startDate": "2026-03-01T00:00:00Z",
                "endDate": "2026-03-31T00:00:00Z",
                **row,
            },
        )

    def expire_links(self) -> None:
        """Let all links to reports be too old."""
        self._signatures.clear()

    def _add_routes(self) -> None:
        start = self.prefix
        self.route("POST", f"{start}/token")(self._sign_in)
        self.route("GET", f"{start}/customers")(self._list)
        self.route("GET", f"{start}/subscriptions")(self._list)
        self.route("GET", f"{start}/orders")(self._list)
        self.route("GET", f"{start}/subscriptions/(?P<id>[^/]+)")(self._details)
        self.route("GET", f"{start}/reports")(self._list_reports)
        self.route("POST", f"{start}/reports")(self._order_report)
        self.route("GET", f"{start}/reports/(?P<id>[^/]+)")(self._report)
        self.route("GET", "/storage/(?P<id>[^/]+)")(self._file)

    def _sign_in(self, request: Request) -> Answered:
        basic = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if request.headers.get("X-Subscription-Key") != self.key:
            sent = request.headers.get("X-Subscription-Key")
            return self._error(403, f"No subscription {sent}.")
        if request.headers.get("Authorization") != f"Basic {basic}":
            return self._error(401, "Incorrect or missing authorization.")
        if request.json() != {"marketplace": "eu"}:
            return self._error(400, "There is no such marketplace.")
        with self.lock:
            self._number += 1
            token = f"token-{self._number}"
            self.tokens.add(token)
        return 200, {}, {"token": token, "expiresInSeconds": self.lifetime}

    def _list(self, request: Request) -> Answered:
        if refused := self._refused(request):
            return refused
        rows = getattr(self, request.path.rpartition("/")[2])
        offset = 0 if self.ignores_offset else int(request.query.get("offset", 0))
        limit = min(int(request.query.get("limit", 10)), self.most)
        body = {"data": copy.deepcopy(rows[offset : offset + limit])}
        if self.has_total:
            body["pagination"] = {"offset": offset, "limit": limit, "total": len(rows)}
        return 200, {}, body

    def _details(self, request: Request) -> Answered:
        if refused := self._refused(request):
            return refused
        if self.allowance is not None:
            with self.lock:
                if not self.allowance:
                    return 429, {"Retry-After": "40"}, {"message": "Too many requests"}
                self.allowance -= 1
        one = request.group("id")
        for row in self.subscriptions:
            if str(row.get("id")) == one:
                return 200, {}, {**row, "products": self.products.get(one)}
        return self._error(404, "There is no such subscription.")

    def _list_reports(self, request: Request) -> Answered:
        if refused := self._refused(request):
            return refused
        query = request.query
        rows = [
            self._with_link(row)
            for row in self.reports
            if query["from"] <= row["creationDate"][:10] <= query["to"]
            and query.get("format") in (None, row["format"])
        ]
        page = {"offset": 0, "limit": len(rows), "total": len(rows)}
        return 200, {}, {"data": rows, "pagination": page}

    def _order_report(self, request: Request) -> Answered:
        if refused := self._refused(request):
            return refused
        with self.lock:
            self._number += 1
            one = f"report-{self._number}"
        self.add_report(one, self.ordered, **request.json(), looks=self.looks)
        return 202, {}, {"id": one, "status": "submitted"}

    def _report(self, request: Request) -> Answered:
        if refused := self._refused(request):
            return refused
        for row in self.reports:
            if row.get("id") == request.group("id"):
                if row.get("looks"):
                    row["looks"] -= 1
                    return 200, {}, {"id": row["id"], "status": "processing"}
                return 200, {}, self._with_link(row)
        return self._error(404, "There is no such report.")

    def _with_link(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a report with a link that is good for a while."""
        with self.lock:
            self._number += 1
            signature = f"signature-{self._number}"
            self._signatures.add(signature)
        one = row.get("id") or row["name"]
        link = f"{self.url_as('127.0.0.1')}/storage/{one}?sig={signature}"
        return {**row, "downloadUrl": link}

    def _file(self, request: Request) -> Answered:
        if request.headers.get("Authorization"):
            return self._error(400, "A token has no business here.")
        if request.query.get("sig") not in self._signatures:
            return 403, {}, b"<Error><Code>AuthenticationFailed</Code></Error>"
        return 200, {}, self.files[request.group("id")]

    def _refused(self, request: Request) -> Answered | None:
        """Return the answer to a request without key or valid token."""
        if request.headers.get("X-Subscription-Key") != self.key:
            return self._error(403, "Access to the operation is forbidden.")
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if sent not in self.tokens:
            return self._error(401, "Incorrect or missing authorization.")
        return None

    def _error(self, status: int, message: str) -> Answered:
        body = {"status": status, "message": message, "correlationId": "a8n-1"}
        return status, {}, body
