"""Calls to one of Microsoft's services, signed with a token that goes nowhere else."""

from urllib.parse import urljoin, urlsplit

from . import errors
from .errors import ConnectorError
from .http import Http
from .microsoft_token import Tokens
from .reply import Reply
from .sentence import _

# What services say of a token whose times lie outside of their own.
_CLOCK_WORDS = ("lifetime validation failed", "not yet valid", "nbf")


class Service:
    """One service under one address.

    :param url: such as ``https://graph.microsoft.com/v1.0``
    :param as_user: see `Tokens.token`
    :param headers: sent with each call
    """

    def __init__(
        self,
        http: Http,
        tokens: Tokens,
        url: str,
        as_user: bool,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.http, self._tokens, self._as_user = http, tokens, as_user
        self.url = url.rstrip("/")
        self._headers = {"Accept": "application/json", **(headers or {})}
        parts = urlsplit(self.url)
        self._origin = (parts.scheme, parts.netloc.lower())
        self._audience = f"{parts.scheme}://{parts.netloc}"
        self.host = parts.hostname or "?"

    def address(self, link: str, what: str) -> str:
        """Return the address of a path of this service, or of a link it has sent.

        :raise ConnectorError: it leads elsewhere, where our token has no business
        """
        if link.startswith("/"):
            # Links leave out the version, or name it.
            path = urlsplit(self.url).path
            has_path = path and link.startswith(f"{path}/")
            return f"{self._audience}{link}" if has_path else f"{self.url}{link}"
        try:
            url = urljoin(f"{self.url}/", link)
            parts = urlsplit(url)
        except ValueError:
            raise ConnectorError(
                errors.NOT_UNDERSTOOD, self.host, what=what, reason=_("no address")
            ) from None
        if (parts.scheme, parts.netloc.lower()) != self._origin:
            reason = _("it leads to %(name)s", name=parts.hostname or "?")
            raise ConnectorError(errors.UNTRUSTED, self.host, what=what, reason=reason)
        return url

    def call(
        self,
        method: str,
        link: str,
        what: str,
        headers: dict[str, str] | None = None,
        **arguments: object,
    ) -> Reply:
        """Send a signed request; see `Http.call`."""
        url = self.address(link, what)
        token = self._tokens.token(self._audience, self._as_user)
        try:
            return self._send(method, url, what, token, headers, arguments)
        except ConnectorError as error:
            if error.code != errors.EXPIRED_TOKEN:
                raise
            if not self._tokens.forget(self._audience, self._as_user, token):
                raise _refused(error) from None
        # It was not let in, so nothing was done.
        token = self._tokens.token(self._audience, self._as_user)
        try:
            return self._send(method, url, what, token, headers, arguments)
        except ConnectorError as error:
            if error.code != errors.EXPIRED_TOKEN:
                raise
            raise _refused(error) from None

    def get_json(self, link: str, what: str, **arguments: object) -> object:
        """Return what a signed GET answers."""
        return self.call("GET", link, what, **arguments).json(what)

    def _send(
        self,
        method: str,
        url: str,
        what: str,
        token: str,
        headers: dict[str, str] | None,
        arguments: dict[str, object],
    ) -> Reply:
        signed = {
            **self._headers,
            **(headers or {}),
            "Authorization": f"Bearer {token}",
        }
        try:
            return self.http.call(method, url, what, headers=signed, **arguments)
        except ConnectorError as error:
            # Somebody's words may repeat what they were sent.
            raise error.without(token) from None


def _refused(error: ConnectorError) -> ConnectorError:
    """Return what it means that a token is refused that was just given."""
    host = str(error.details["host"])
    reason = error.details["reason"]
    is_early = any(word in str(reason).lower() for word in _CLOCK_WORDS)
    code = errors.CLOCK_SKEW if is_early else errors.NO_PERMISSION
    return ConnectorError(
        code, host, what=error.details["what"], reason=reason, status=401
    )
