"""Tokens of Microsoft's sign-in, by its own library (msal).

Graph is read as the app itself (client credentials). Partner Center wants app and
user: a refresh token, stored once by the interactive consent of the "secure
application model", is exchanged, and each exchange gives a new one that has to be kept.
Source: page "Microsoft partner billing APIs", section 3.
"""

import time
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from threading import Lock

import msal

from . import errors
from .connector import Account
from .errors import ConnectorError
from .http import Http
from .reply import Reply, host_of
from .sentence import _

#: Days after which a refresh token lapses that nobody has used.
REFRESH_DAYS = 90
# A token is renewed this long before it ends, in seconds.
_BEFORE_END = 300
# One that is younger is not fetched anew because somebody refuses it.
_YOUNG = 60
_WHAT = _("the sign-in")

# Microsoft's numbers; see "Microsoft Entra authentication and authorization error
# codes". Texts are never passed on, as they hold names of accounts.
_CODES = {
    errors.WRONG_SECRET: (7000215, 7000222, 7000216, 700027, 50012),
    errors.MISSING_CONSENT: (65001, 65004, 90094, 500011, 650052, 650057),
    errors.EXPIRED_TOKEN: (
        *(50074, 50076, 50078, 50079, 50089, 50132, 50133, 50144, 50173),
        *(70000, 70008, 70043, 700082, 700084, 9002313),
    ),
    errors.CLOCK_SKEW: (700024, 500133, 50013),
    errors.WRONG_REGION: (90002, 900021, 900023, 900382, 700016, 900432),
    errors.NO_PERMISSION: (50105, 53003, 530032, 50020, 50057),
    errors.FAULTY: (90033, 90055, 50196),
}
_CODE_OF = {number: code for code, numbers in _CODES.items() for number in numbers}


class Tokens:
    """Access tokens of one account; may be asked by several threads.

    :param url: of the sign-in service, such as ``https://login.microsoftonline.com``
    """

    def __init__(self, account: Account, http: Http, url: str) -> None:
        self._account, self._http, self._url = account, http, url
        self._lock = Lock()
        self._app: msal.ConfidentialClientApplication | None = None
        # (audience, as user) -> (token, monotonic time of birth, of its end)
        self._tokens: dict[tuple[str, bool], tuple[str, float, float]] = {}
        self._refreshed: date | None = None

    def expires_on(self) -> dict[str, date]:
        """Return when the refresh token lapses if nobody uses it until then.

        Empty if it was not used by this object, as then nothing is known.
        """
        if self._refreshed is None:
            return {}
        return {"refresh_token": self._refreshed + timedelta(days=REFRESH_DAYS)}

    def token(self, audience: str, as_user: bool) -> str:
        """Return an access token.

        :param audience: the service, such as ``https://graph.microsoft.com``
        :param as_user: in the name of the user of the refresh token, if there is one
        :raise ConnectorError: why there is none
        """
        with self._lock:
            known = self._tokens.get((audience, as_user))
            if known and time.monotonic() < known[2]:
                return known[0]
            born = time.monotonic()
            answer = self._sign_in(audience, as_user)
            lifetime = answer.get("expires_in")
            seconds = lifetime if isinstance(lifetime, int) else 2 * _BEFORE_END
            end = born + max(seconds - _BEFORE_END, _YOUNG)
            token = str(answer["access_token"])
            self._tokens[audience, as_user] = token, born, end
            return token

    def forget(self, audience: str, as_user: bool, token: str) -> bool:
        """Have the next token fetched anew, as a service refuses this one.

        :return: whether that may help; a token that was just given is not asked for
            again
        """
        with self._lock:
            known = self._tokens.get((audience, as_user))
            if known is None or known[0] != token:
                return True
            if time.monotonic() - known[1] < _YOUNG:
                return False
            del self._tokens[audience, as_user]
            # Its library keeps tokens as well.
            self._app = None
            return True

    def _sign_in(self, audience: str, as_user: bool) -> Mapping[str, object]:
        app = self._application()
        refresh_token = self._account.secrets.get("refresh_token", "")
        if not as_user or not refresh_token:
            return self._ask(
                lambda: app.acquire_token_for_client([f"{audience}/.default"])
            )
        answer = self._ask(
            lambda: app.acquire_token_by_refresh_token(
                refresh_token, [f"{audience}/user_impersonation"]
            )
        )
        self._refreshed = datetime.now(timezone.utc).date()
        self._account.renew(refresh_token=str(answer.get("refresh_token") or ""))
        return answer

    def _application(self) -> msal.ConfidentialClientApplication:
        if self._app is None:
            settings = self._account.settings
            tenant = settings.get("tenant_id", "").strip()
            try:
                self._app = msal.ConfidentialClientApplication(
                    settings.get("client_id", "").strip(),
                    client_credential=self._account.secrets.get("client_secret", ""),
                    authority=f"{self._url}/{tenant}",
                    http_client=_Client(self._http),
                    # Which address to trust is for the administrator to say.
                    instance_discovery=False,
                )
            except (ValueError, KeyError):
                # Their texts name the whole address; the page said nothing useful.
                host = host_of(self._url)
                raise ConnectorError(errors.WRONG_REGION, host, what=_WHAT) from None
            except _ODD:
                raise _unknown(
                    host_of(self._url), _("no addresses to sign in")
                ) from None
        return self._app

    def _ask(self, ask: Callable[[], Mapping[str, object]]) -> Mapping[str, object]:
        host = host_of(self._url)
        try:
            answer = ask()
        except _ODD:
            raise _unknown(host, _("no JSON")) from None
        token = answer.get("access_token")
        if not token:
            raise _refusal(answer, host)
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise _unknown(host, _("it holds no token"))
        return answer


# What msal makes of an answer that is none.
_ODD = (
    *(ValueError, KeyError, TypeError, AttributeError),
    *(OverflowError, RecursionError),
)


def _unknown(host: str, reason: str) -> ConnectorError:
    return ConnectorError(errors.NOT_UNDERSTOOD, host, what=_WHAT, reason=reason)


def _refusal(answer: Mapping[str, object], host: str) -> ConnectorError:
    """Return what Microsoft's refusal means."""
    numbers = answer.get("error_codes")
    numbers = numbers if isinstance(numbers, list) else []
    numbers = [one for one in numbers if isinstance(one, int)]
    name = str(answer.get("error", ""))[:80]
    code = next((_CODE_OF[one] for one in numbers if one in _CODE_OF), None)
    if code is None:
        code = {
            "invalid_grant": errors.EXPIRED_TOKEN,
            "interaction_required": errors.EXPIRED_TOKEN,
            "consent_required": errors.MISSING_CONSENT,
            "invalid_client": errors.WRONG_SECRET,
            "unauthorized_client": errors.NO_PERMISSION,
            "temporarily_unavailable": errors.FAULTY,
        }.get(name, errors.REFUSED)
    said = [f"AADSTS{one}" for one in numbers]
    reason = ", ".join([name, *said]) or _("no token")
    return ConnectorError(code, host, what=_WHAT, reason=reason, status=reason)


class _Client:
    """What msal sends through: our time-outs, retries and certificates."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def get(self, url: str, **arguments: object) -> "_Response":
        return self._send("GET", url, arguments)

    def post(self, url: str, **arguments: object) -> "_Response":
        return self._send("POST", url, arguments)

    def close(self) -> None:
        """Leave the session open, which is not ours."""

    def _send(
        self, method: str, url: str, arguments: Mapping[str, object]
    ) -> "_Response":
        # A refresh token may be used several times, so asking twice does no harm.
        reply = self._http.call(
            method, url, _WHAT, ok=(200, 400, 401, 403), is_safe=True, **arguments
        )
        if reply.status == 401 and reply.is_clock_wrong:
            raise reply.as_error(_WHAT)
        return _Response(reply)


class _Response:
    """An answer as msal reads it."""

    def __init__(self, reply: Reply) -> None:
        self.status_code = reply.status
        self.text = reply.content.decode("utf-8", "replace")
        self.headers = dict(reply.headers)

    def raise_for_status(self) -> None:
        """Do nothing: other statuses were errors before msal saw them."""
