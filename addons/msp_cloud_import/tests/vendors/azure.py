"""Azure Cost Management on a local server, with Microsoft's sign-in.

Blobs lie under another host name, so that a token sent there is noticed.
"""

from __future__ import annotations

import gzip
import re
import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from .microsoft import MicrosoftServer
from .server import Answered, Request, part_of

_REPORT = "/providers/Microsoft.CostManagement"


class AzureServer(MicrosoftServer):
    """The vendor; what it knows may be changed.

    :ivar costs: {(scope, metric, month): parts of the report, each a CSV file}
    :ivar forbidden: scopes that may not be read
    :ivar is_packed: parts are packed by gzip
    :ivar looks: how often a report is still in the making
    """

    def __init__(self, latency: float = 0) -> None:
        super().__init__(latency)
        self.costs: dict[tuple[str, str, str], list[bytes]] = {}
        self.forbidden: set[str] = set()
        self.is_packed = False
        self._made: dict[str, Sequence[bytes]] = {}
        scope = "/(?P<scope>(?:subscriptions|providers)/.+)"
        self.route("POST", f"{scope}{_REPORT}/generateCostDetailsReport")(self._ask)
        self.route("GET", f"{scope}{_REPORT}/exports")(self._exports)
        self.route(
            "GET", f"{scope}{_REPORT}/costDetailsOperationResults/(?P<id>[^/]+)"
        )(self._result)
        self.route("GET", "/costs/(?P<id>[^/]+)/(?P<part>[0-9]+)")(self._part)

    @property
    def settings(self) -> dict[str, str]:
        """Return what a connection to this server is set up with."""
        return {
            "tenant_id": self.data.tenant_id,
            "client_id": self.data.client_id,
            "login_url": self.url,
            "management_url": self.url,
        }

    @property
    def secrets(self) -> dict[str, str]:
        """Return what it signs in with."""
        return {"client_secret": self.client_secret}

    def _ask(self, request: Request) -> Answered:
        if refused := self._refused_scope(request):
            return refused
        body, scope = request.json(), request.group("scope")
        period = body["timePeriod"]
        if (
            period["start"][:7] != period["end"][:7]
            or "api-version" not in request.query
        ):
            return self._error(400, "BadRequest", "One month per report.")
        number = str(uuid.uuid4())
        key = (scope, body["metric"], period["start"][:7])
        with self.lock:
            self._operations[number] = {"key": key, "looks": self.looks}
        path = f"{request.path.partition(_REPORT)[0]}{_REPORT}"
        location = (
            f"{self.url}{path}/costDetailsOperationResults/{number}"
            "?api-version=2023-11-01"
        )
        return 202, {"Location": location, "Retry-After": "60"}, None

    def _exports(self, request: Request) -> Answered:
        return self._refused_scope(request) or (200, {}, {"value": []})

    def _result(self, request: Request) -> Answered:
        if refused := self._refused_scope(request):
            return refused
        number = request.group("id")
        operation = self._operations.get(number)
        if operation is None:
            return self._error(404, "NotFound", "There is no such operation.")
        if operation["looks"]:
            operation["looks"] -= 1
            location = f"{self.url}{request.path}?api-version=2023-11-01"
            return 202, {"Location": location, "Retry-After": "30"}, None
        said: dict[str, Any] = {
            "id": request.path.strip("/"),
            "name": number,
            "type": "Microsoft.CostManagement/costDetailsOperationResults",
        }
        parts = self.costs.get(operation["key"])
        if parts is None:
            return 200, {}, said | {"status": "NoDataFound", "manifest": None}
        if number not in self._made:
            pack = (
                (lambda part: gzip.compress(part, mtime=0)) if self.is_packed else bytes
            )
            self._made[number] = [pack(part) for part in parts]
        return 200, {}, said | {"status": "Completed"} | self._listed(number, operation)

    def _listed(self, number: str, operation: dict[str, Any]) -> dict[str, Any]:
        """Return the list of a report's parts, each with a link for a while."""
        signature = f"signature-{self._next()}"
        self._signatures.add(signature)
        address = f"{self.url_as('127.0.0.1')}/costs/{number}"
        parts = self._made[number]
        return {
            "manifest": {
                "manifestVersion": "2023-11-01",
                "dataFormat": "Csv",
                "blobCount": len(parts),
                "byteCount": sum(map(len, parts)),
                "compressData": self.is_packed,
                "requestContext": {"requestScope": operation["key"][0]},
                "blobs": [
                    {
                        "blobLink": f"{address}/{i}?sv=2020-10-02&sig={signature}",
                        "byteCount": len(part),
                    }
                    for i, part in enumerate(parts)
                ],
            },
            "validTill": "2099-01-01T00:00:00Z",
        }

    def _part(self, request: Request) -> Answered:
        if request.headers.get("Authorization"):
            return 400, {}, b"<Error><Code>InvalidAuthenticationInfo</Code></Error>"
        if request.query.get("sig") not in self._signatures:
            return 403, {}, b"<Error><Code>AuthenticationFailed</Code></Error>"
        part = self._made[request.group("id")][int(request.group("part"))]
        return part_of(request, part)

    def _refused_scope(self, request: Request) -> Answered | None:
        if refused := self._refused(request):
            return refused
        scope = re.split(_REPORT, unquote(request.path))[0].strip("/")
        if scope in self.forbidden:
            return self._error(
                403, "AuthorizationFailed", f"No right to read costs of {scope}."
            )
        return None

    @staticmethod
    def _error(status: int, code: str, message: str) -> Answered:
        return status, {}, {"error": {"code": code, "message": message}}
