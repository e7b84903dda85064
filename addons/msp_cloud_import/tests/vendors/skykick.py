"""SkyKick's interface on a local server, as third parties' clients know it."""

from __future__ import annotations

import base64
from typing import Any

from .server import Answered, Request, VendorServer


class SkyKickServer(VendorServer):
    """The vendor; subscriptions and what is known of each may be changed.

    :ivar subscriptions: rows of the list
    :ivar settings_of: {id: settings}
    :ivar mailboxes_of: {id: mailboxes}, asked for where settings have no count
    :ivar lifetime: seconds for which a token is good
    """

    def __init__(self, latency: float = 0) -> None:
        super().__init__(latency)
        self.user, self.key, self.secret = "user-1", "subscription-key-1", ""
        self.lifetime = 1800
        self.subscriptions: list[Any] = []
        self.settings_of: dict[str, Any] = {}
        self.mailboxes_of: dict[str, Any] = {}
        self.tokens: set[str] = set()
        self._number = 0
        self.route("POST", "/auth/token")(self._sign_in)
        self.route("GET", "/Backup")(self._list)
        self.route("GET", "/Backup/(?P<id>[^/]+)/subscriptionsettings")(self._settings)
        self.route("GET", "/Backup/(?P<id>[^/]+)/mailboxes")(self._mailboxes)

    @property
    def settings(self) -> dict[str, str]:
        """Return what a connection to this server is set up with."""
        return {"user_id": self.user, "scope": "Partner", "api_url": self.url}

    @property
    def secrets(self) -> dict[str, str]:
        """Return what it signs in with."""
        return {"subscription_key": self.key, "client_secret": self.secret}

    def add(self, number: int, seats: int = 10, **settings: Any) -> str:
        """Add a customer's subscription; return its id."""
        one = f"00000000-0000-4000-8000-{number:012}"
        domain = f"customer{number}.onmicrosoft.com"
        self.subscriptions.append(
            {
                "id": one,
                "companyName": f"Customer {number}",
                "orderPlacedDate": "2025-02-03T09:30:00",
                "onMicrosoftDomain": domain,
                "tenantId": f"77777777-0000-4000-8000-{number:012}",
                "orderState": "Completed",
            }
        )
        self.settings_of[one] = {
            "BackupExchangeEnabled": True,
            "TotalExchangeMailboxesEnabled": seats,
            "BackupSharepointEnabled": True,
            "TotalSharepointSitesEnabled": 4,
            "TotalSharepointActiveLicenses": seats,
            "ExchangeSeatLimit": 0,
            "ExchangeDisabledOn": None,
            "SharepointDisabledOn": None,
            "CustomerInformation": {"CompanyName": f"Customer {number}"},
            "State": 1,
            "TotalIndividualMailboxesEnabled": seats,
            "TotalSharedResourcesEnabled": 0,
            "IndividualMailboxesCharged": seats,
            "SharedResourcesCharged": 0,
            "TotalSharepointLicensesCharged": seats,
            "SeatLimit": None,
            "OnMicrosoftDomain": domain,
            **settings,
        }
        return one

    def _sign_in(self, request: Request) -> Answered:
        basic = f"{self.user}:{self.secret or self.key}"
        wanted = f"Basic {base64.b64encode(basic.encode()).decode()}"
        if not self._has_key(request):
            return self._no_key(request)
        if request.headers.get("Authorization") != wanted:
            return 401, {}, {"error": "invalid_client"}
        form = request.form()
        if form != {"grant_type": "client_credentials", "scope": "Partner"}:
            return 400, {}, {"error": "invalid_scope"}
        with self.lock:
            self._number += 1
            token = f"token-{self._number}"
            self.tokens.add(token)
        answer = {"access_token": token, "token_type": "bearer"}
        return 200, {}, answer | {"expires_in": self.lifetime}

    def _list(self, request: Request) -> Answered:
        return self._refused(request) or (200, {}, self.subscriptions)

    def _settings(self, request: Request) -> Answered:
        return self._refused(request) or self._of(self.settings_of, request)

    def _mailboxes(self, request: Request) -> Answered:
        return self._refused(request) or self._of(self.mailboxes_of, request)

    def _of(self, known: dict[str, Any], request: Request) -> Answered:
        found = known.get(request.group("id"))
        if found is None:
            return 404, {}, {"Message": "There is no such subscription."}
        return 200, {}, found

    def _has_key(self, request: Request) -> bool:
        return request.headers.get("Ocp-Apim-Subscription-Key") == self.key

    def _no_key(self, request: Request) -> Answered:
        sent = request.headers.get("Ocp-Apim-Subscription-Key")
        text = f"Access denied due to invalid subscription key {sent}."
        return 401, {}, {"statusCode": 401, "message": text}

    def _refused(self, request: Request) -> Answered | None:
        """Return the answer to a request without key or valid token."""
        if not self._has_key(request):
            return self._no_key(request)
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if sent in self.tokens:
            return None
        text = "Authorization has been denied for this request."
        return 401, {"WWW-Authenticate": "Bearer"}, {"Message": text}
