"""The part of the local Microsoft where one signs in."""

from typing import Any

from .microsoft_data import MicrosoftData
from .server import Answered, Request, VendorServer


class MicrosoftSignIn(VendorServer):
    """Gives tokens; `data` is what the vendor knows."""

    def __init__(self, latency: float = 0) -> None:
        super().__init__(latency)
        self.data = MicrosoftData()
        #: number of the error that each sign-in gets, as AADSTS…
        self.refusal: int | None = None
        self.client_secret = "client-secret-first"
        self.refresh_token = "refresh-token-first"
        self._tokens: dict[str, tuple[str, bool]] = {}
        self._number = 0
        tenant = "/(?P<tenant>[^/]+)"
        self.route("GET", f"{tenant}/v2.0/.well-known/openid-configuration")(
            self._discover
        )
        self.route("POST", f"{tenant}/oauth2/v2.0/token")(self._sign_in)

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

    def expire_tokens(self) -> None:
        """Let all access tokens be too old."""
        self._tokens.clear()

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
