"""The part of the local Microsoft that makes exports and keeps them as blobs.

The blobs lie under another host name, so that a token sent there is noticed.
"""

import gzip
import hashlib
import json
import uuid
from typing import Any

from .microsoft_sign_in import MicrosoftSignIn
from .server import Answered, Request, part_of

_EXPORTS = (
    "reconciliation/billed",
    "reconciliation/unbilled",
    "usage/billed",
    "usage/unbilled",
)
_BILLING = "/v1.0/reports/partners/billing"


class MicrosoftGraph(MicrosoftSignIn):
    """Makes an export of each of `data.rows`.

    :param looks: how often an export is still running before it is finished
    :param manifest: ``link`` or ``embedded``, as Microsoft's documents and samples
        differ
    :param blob_rows: rows in one blob
    :param members: gzip members in one blob
    """

    def __init__(self, latency: float = 0) -> None:
        super().__init__(latency)
        self.looks = 1
        self.manifest = "link"
        self.blob_rows = 1000
        self.members = 1
        self._operations: dict[str, dict[str, Any]] = {}
        self._blobs: dict[str, bytes] = {}
        self._signatures: set[str] = set()
        for kind in _EXPORTS:
            self.route("POST", f"{_BILLING}/{kind}/export")(self._export)
        self.route("GET", f"{_BILLING}/operations/(?P<id>[^/]+)")(self._operation)
        self.route("GET", f"{_BILLING}/manifests/(?P<id>[^/]+)")(self._manifest)
        self.route("GET", "/blobs/(?P<name>.+)")(self._blob)

    def expire_links(self) -> None:
        """Let all signed links be too old."""
        self._signatures.clear()

    def expire_operations(self) -> None:
        """Forget all exports."""
        self._operations.clear()

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
        return part_of(request, blob)


def _packed(lines: list[bytes], members: int) -> bytes:
    size = -(-len(lines) // members)
    parts = [lines[start : start + size] for start in range(0, len(lines), size)]
    ends = [b"\n".join(part) + b"\n" for part in parts]
    # The last line of a blob ends without a line end.
    ends[-1] = ends[-1].rstrip(b"\n")
    return b"".join(gzip.compress(part, mtime=0) for part in ends)
