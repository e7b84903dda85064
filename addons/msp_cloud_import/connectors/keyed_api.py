"""Interfaces that want two things with each call: a token and the key of a contract."""

from collections.abc import Mapping

from . import errors
from .errors import ConnectorError
from .http import Http
from .kept_token import KeptToken
from .reply import Reply, host_of
from .sentence import _

#: (connect, read) in seconds. Such calls are small, and a slice of work is less than a
#: minute.
TIMEOUT = (10, 30)


class KeyedApi:
    """Calls to one address.

    :param address: without a slash at its end
    :param keys: headers that go with each call besides the token
    :param secrets: what no error may repeat
    """

    def __init__(
        self,
        http: Http,
        address: str,
        keys: Mapping[str, str],
        token: KeptToken,
        secrets: tuple[str, ...],
    ) -> None:
        self.http = http
        self.address = address
        self.host = host_of(address)
        self._keys = dict(keys)
        self._token = token
        self._secrets = secrets

    def get(self, path: str, what: str, **query: object) -> object:
        """Return the JSON of a GET."""
        return self.call("GET", path, what, params=query).json(what)

    def call(self, method: str, path: str, what: str, **arguments: object) -> Reply:
        """Send a request; sign in again, once, if the token is refused.

        :param path: begins with a slash; its parts are quoted
        :raise ConnectorError: as `Http.call`
        """
        token: str | None = self._token.get()
        try:
            return self._send(method, path, what, token, arguments)
        except ConnectorError as error:
            if error.code != errors.EXPIRED_TOKEN:
                raise
            refused = error
        token = self._token.get_other(str(token))
        if token:
            try:
                return self._send(method, path, what, token, arguments)
            except ConnectorError as error:
                if error.code != errors.EXPIRED_TOKEN:
                    raise
                refused = error
        # A token that was given just now is refused: it is not its age.
        details = {**refused.details, "what": what}
        details.pop("host")
        raise ConnectorError(errors.NO_PERMISSION, self.host, **details)

    def _send(
        self,
        method: str,
        path: str,
        what: str,
        token: str | None,
        arguments: Mapping[str, object],
    ) -> Reply:
        headers = {**self._keys, "Authorization": f"Bearer {token}"}
        try:
            return self.http.call(
                method,
                self.address + path,
                what,
                timeout=TIMEOUT,
                headers={"Accept": "application/json", **headers},
                **arguments,  # type: ignore[arg-type]
            )
        except ConnectorError as error:
            raise error.without(*self._secrets, str(token)) from None


def address_of(text: str) -> str:
    """Return the address of an interface as the settings have it.

    :raise ConnectorError: it is not one of HTTPS
    """
    address = text.strip().rstrip("/")
    if not address.startswith("https://") or "?" in address or "#" in address:
        raise ConnectorError(
            errors.WRONG_REGION,
            host_of(address),
            reason=_("the address is not https://…"),
        )
    return address
