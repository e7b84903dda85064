"""Microsoft's sign-in, Graph, blob storage and Partner Center on one local server.

Graph's blobs lie under another host name, so that a token sent there is noticed.
Behaves as the page "Microsoft partner billing APIs" describes; data are plain and may
be changed at any time.
"""

import gzip
import hashlib
import json
import uuid
from typing import Any

from .microsoft_data import MicrosoftData
from .server import Answered, Request, VendorServer

_EXPORTS = (
    "reconciliation/billed",
    "reconciliation/unbilled",
    "usage/billed",
    "usage/unbilled",
)
_BILLING = "/v1.0/reports/partners/billing"


class MicrosoftServer(VendorServer):
    """The vendor; `data` is what it knows.

    :param looks: how often an export is still running before it is finished
    :param manifest: ``link`` or ``embedded``, as Microsoft's documents and samples
        differ
    :param blob_rows: rows in one blob
    :param members: gzip members in one blob
    :param page_size: most customers on one page, whatever is asked for
    """

    def __init__(self, latency: float = 0) -> None:
        super().__init__(latency)
        self.data = MicrosoftData()
        self.looks = 1
        self.manifest = "link"
        self.blob_rows = 1000
        self.members = 1
        self.page_size = 500
        #: number of the error that each sign-in gets, as AADSTS…
        self.refusal: int | None = None
        self.client_secret = "client-secret-first"
        self.refresh_token = "refresh-token-first"
        self._tokens: dict[str, tuple[str, bool]] = {}
        self._operations: dict[str, dict[str, Any]] = {}
        self._blobs: dict[str, bytes] = {}
        self._signatures: set[str] = set()
        self._answers: dict[str, tuple[int, Any]] = {}
        self._number = 0
        self._add_routes()

    @property
    def settings(self) -> dict[str, str]:
        """Return what a connection to this server is set up with."""
        return {
            "tenant_id": self.data.tenant_id,
            "client_id": self.data.client_id,
            "login_url": self.url,
            "graph_url": f"{self.url}/v1.0",
            "partner_url": f"{self.url}/v1",
        }

    @property
    def secrets(self) -> dict[str, str]:
        """Return what it signs in with."""
        return {
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
        }

    def expire_links(self) -> None:
        """Let all signed links be too old."""
        self._signatures.clear()

    def expire_tokens(self) -> None:
        """Let all access tokens be too old."""
        self._tokens.clear()

    def expire_operations(self) -> None:
        """Forget all exports."""
        self._operations.clear()

    def _add_routes(self) -> None:
        tenant = "/(?P<tenant>[^/]+)"
        self.route("GET", f"{tenant}/v2.0/.well-known/openid-configuration")(
            self._discover
        )
        self.route("POST", f"{tenant}/oauth2/v2.0/token")(self._sign_in)
        for kind in _EXPORTS:
            self.route("POST", f"{_BILLING}/{kind}/export")(self._export)
        self.route("GET", f"{_BILLING}/operations/(?P<id>[^/]+)")(self._operation)
        self.route("GET", f"{_BILLING}/manifests/(?P<id>[^/]+)")(self._manifest)
        self.route("GET", "/blobs/(?P<name>.+)")(self._blob)
        self.route("GET", "/v1/invoices")(self._invoices)
        self.route("GET", "/v1/customers")(self._customers)
        one = "/v1/customers/(?P<customer>[^/]+)/subscriptions"
        self.route("GET", one)(self._subscriptions)
        self.route("GET", f"{one}/(?P<id>[^/]+)")(self._subscription)
        self.route("PATCH", f"{one}/(?P<id>[^/]+)")(self._patch)

    # --- sign-in

    def _discover(self, request: Request) -> Answered:
        if request.group("tenant") != self.data.tenant_id:
            return self._no(90002, "invalid_tenant", 400)
        address = f"{self.url}/{self.data.tenant_id}"
        return (
            200,
            {},
            {
                "issuer": f"{address}/v2.0",
                "authorization_endpoint": f"{address}/oauth2/v2.0/authorize",
                "token_endpoint": f"{address}/oauth2/v2.0/token",
            },
        )

    def _sign_in(self, request: Request) -> Answered:
        form = request.form()
        if self.refusal:
            is_client = self.refusal in (7000215, 7000222)
            error = "invalid_client" if is_client else "invalid_grant"
            return self._no(self.refusal, error, 401 if is_client else 400)
        if form["client_id"] != self.data.client_id:
            return self._no(700016, "unauthorized_client", 400)
        if form.get("client_secret") != self.client_secret:
            return self._no(7000215, "invalid_client", 401)
        as_user = form["grant_type"] == "refresh_token"
        with self.lock:
            answer: dict[str, Any] = {"token_type": "Bearer", "expires_in": 3599}
            if as_user:
                if form["refresh_token"] != self.refresh_token:
                    return self._no(700082, "invalid_grant", 400)
                # The old one stays valid at Microsoft; here it does not, so that
                # who does not keep the new one is found out.
                self.refresh_token = f"refresh-token-{self._next()}"
                answer["refresh_token"] = self.refresh_token
            token = f"access-token-{self._next()}"
            audience = next(
                one for one in form["scope"].split() if one.startswith("https://")
            )
            self._tokens[token] = audience, as_user
            return 200, {}, answer | {"access_token": token}

    def _no(self, number: int, error: str, status: int) -> Answered:
        text = f"AADSTS{number}: Not allowed for {self.data.client_id}. Trace ID: 1"
        body = {"error": error, "error_description": text, "error_codes": [number]}
        return status, {}, body

    def _refused(self, request: Request, as_user: bool = False) -> Answered | None:
        """Return the answer to a request without a valid token."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self._tokens:
            body = {"error": {"code": "InvalidAuthenticationToken", "message": "No."}}
            return 401, {}, body
        if as_user and not self._tokens[token][1]:
            return 403, {}, {"code": 403, "description": "A user is needed."}
        return None

    def _next(self) -> int:
        with self.lock:
            self._number += 1
            return self._number

    # --- Graph and its blobs

    def _export(self, request: Request) -> Answered:
        if refused := self._refused(request):
            return refused
        kind = request.path.removeprefix(f"{_BILLING}/").removesuffix("/export")
        body = request.json()
        name = (
            body.get("invoiceId") or f"{body['currencyCode']}:{body['billingPeriod']}"
        )
        number = str(uuid.uuid4())
        with self.lock:
            self._operations[number] = {
                "rows": self.data.rows.get((kind, name)),
                "looks": self.looks,
            }
        location = f"{self.url}{_BILLING}/operations/{number}"
        return 202, {"Location": location, "Retry-After": "10"}, None

    def _operation(self, request: Request) -> Answered:
        if refused := self._refused(request):
            return refused
        number = request.group("id")
        operation = self._operations.get(number)
        if operation is None:
            return 404, {}, {"error": {"code": "NotFound", "message": "Not found."}}
        kind = "#microsoft.graph.partners.billing."
        said: dict[str, Any] = {"id": number, "createdDateTime": "2026-04-08T05:00:00Z"}
        if operation["looks"]:
            operation["looks"] -= 1
            said |= {"@odata.type": f"{kind}runningOperation", "status": "running"}
            return 200, {"Retry-After": "20"}, said
        if operation["rows"] is None:
            error = {"code": "5000", "message": "No data for the request."}
            said |= {"@odata.type": f"{kind}failedOperation", "status": "failed"}
            return 200, {}, said | {"error": error}
        said |= {"@odata.type": f"{kind}exportSuccessOperation", "status": "succeeded"}
        if self.manifest == "embedded":
            said["resourceLocation"] = self._blobs_of(number)
        else:
            link = f"{self.url}{_BILLING}/manifests/{number}"
            said["resourceLocation@odata.navigationLink"] = link
        return 200, {}, said

    def _manifest(self, request: Request) -> Answered:
        if refused := self._refused(request):
            return refused
        return 200, {}, self._blobs_of(request.group("id"))

    def _blobs_of(self, number: str) -> dict[str, Any]:
        """Return a manifest with a signature of its own."""
        rows = self._operations[number]["rows"]
        lines = [json.dumps(row, ensure_ascii=False).encode() for row in rows]
        etag = hashlib.sha256(b"\n".join(lines)).hexdigest()[:8]
        blobs = []
        for start in range(0, len(lines), self.blob_rows):
            part = lines[start : start + self.blob_rows]
            name = f"part-{len(blobs):05}.json.gz"
            packed = _packed(part, self.members)
            self._blobs[f"{etag}/{name}"] = packed
            blobs.append(
                {
                    "name": name,
                    "partitionValue": "default",
                    "sizeInBytes": len(packed),
                    "itemCount": len(part),
                }
            )
        signature = f"signature{self._next()}"
        self._signatures.add(signature)
        return {
            "id": number,
            "schemaVersion": "2",
            "dataFormat": "compressedJSONLines",
            "eTag": etag,
            "partnerTenantId": self.data.tenant_id,
            "rootDirectory": f"{self.url_as('127.0.0.1')}/blobs/{etag}",
            "sasToken": f"sv=2026&se=2026-04-08T06%3A00%3A00Z&sig={signature}",
            "partitionType": "default",
            "blobCount": len(blobs),
            "blobs": blobs,
        }

    def _blob(self, request: Request) -> Answered:
        if "Authorization" in request.headers:
            return 400, {}, b"<Error><Code>InvalidAuthenticationInfo</Code></Error>"
        if request.query.get("sig") not in self._signatures:
            return 403, {}, b"<Error><Code>AuthenticationFailed</Code></Error>"
        blob = self._blobs.get(request.group("name"))
        if blob is None:
            return 404, {}, b"<Error><Code>BlobNotFound</Code></Error>"
        return 200, {"Content-Type": "application/octet-stream"}, blob

    # --- Partner Center

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


def _packed(lines: list[bytes], members: int) -> bytes:
    size = -(-len(lines) // members)
    parts = [lines[start : start + size] for start in range(0, len(lines), size)]
    ends = [b"\n".join(part) + b"\n" for part in parts]
    # The last line of a blob ends without a line end.
    ends[-1] = ends[-1].rstrip(b"\n")
    return b"".join(gzip.compress(part, mtime=0) for part in ends)
