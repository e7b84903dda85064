"""Ingram Micro Cloud Marketplace: signing in, and lists that come in pages.

Source: page "Ingram Micro Cloud Marketplace (CloudBlue)", section 3, and the
specification of the Marketplace API 1.4 (`/token`, `pagination`).
"""

from . import errors
from .connector import Account
from .errors import ConnectorError
from .http import Http
from .kept_token import KeptToken, read_token, refusal
from .keyed_api import KeyedApi, address_of
from .lenient import Loose, list_of
from .sentence import _

ADDRESS = "https://api.cloud.im/marketplace/eu"
#: The most rows of a page that the interface gives.
PAGE = 500
# Against a server that never comes to an end.
_MOST_PAGES = 2000
_LIFETIME = 1500
_REFUSED = {
    errors.EXPIRED_TOKEN: errors.WRONG_SECRET,
    errors.REFUSED: errors.WRONG_SECRET,
    errors.NOT_FOUND: errors.WRONG_REGION,
}


def make_api(account: Account, http: Http, url: str, user: str) -> KeyedApi:
    """Return the interface as an account signs in.

    :raise ConnectorError: the address cannot be right
    """
    address = address_of(url)
    password = account.secrets.get("password", "")
    key = account.secrets.get("subscription_key", "")
    # The address ends with it: …/marketplace/eu
    marketplace = address.rpartition("/")[2]
    keys = {"X-Subscription-Key": key}

    def sign_in() -> tuple[str, float]:
        what = _("the sign-in")
        try:
            reply = http.call(
                "POST",
                f"{address}/token",
                what,
                is_safe=True,
                headers=keys,
                auth=(user.encode(), password.encode()),
                json={"marketplace": marketplace},
            )
        except ConnectorError as error:
            raise refusal(error, _REFUSED).without(password, key) from None
        return read_token(reply, what, "token", "expiresInSeconds", _LIFETIME)

    token = KeptToken(account, sign_in, (address, user, password, key))
    return KeyedApi(http, address, keys, token, (password, key))


class Pages:
    """A list, read page by page; newest first, so that new ones push the others on.

    Rows that come twice are kept once. A row without an id is counted in `nameless`.
    Each page begins with the last row of the one before: if it is missing, rows have
    moved up meanwhile and one may have been skipped.

    :ivar rows: {id: row} so far
    :ivar total: as the interface says, None if it does not
    """

    def __init__(self, api: KeyedApi, path: str, what: str, size: int = PAGE) -> None:
        self._api, self._path, self._what, self._size = api, path, what, size
        self._offset = self._pages = 0
        self.rows: dict[str, Loose] = {}
        self.total: int | None = None
        self.nameless = 0
        self.is_done = False
        self._has_moved = False

    def read_next(self) -> list[Loose]:
        """Read a page; return the rows that were not known.

        :raise ConnectorError: it is no page
        """
        start = max(self._offset - 1, 0)
        answer = self._api.get(self._path, self._what, offset=start, limit=self._size)
        rows = list_of(answer, "data")
        if rows is None:
            raise self._odd(_("no list"))
        total = Loose(answer).inner("pagination").number("total")
        self.total = None if total is None else int(total)
        new = []
        for row in map(Loose, rows):
            one = row.id("id")
            if one is None:
                self.nameless += 1
            elif one not in self.rows:
                self.rows[one] = row
                new.append(row)
        self._has_moved |= start > 0 and len(new) == len(rows) > 0
        self._offset = start + len(rows)
        self._pages += 1
        is_over = self.total is not None and self._offset >= self.total
        # A page without anything new: the offset is not heeded, or all was read.
        self.is_done = is_over or not new
        if self._pages > _MOST_PAGES:
            raise self._odd(_("it has no end"))
        return new

    def read_all(self) -> "Pages":
        """Read to the end."""
        while not self.is_done:
            self.read_next()
        return self

    def lacks(self) -> ConnectorError | None:
        """Return what is wrong with a list that was read to its end."""
        if self.nameless:
            return self._odd(_("%(count)s entries without an id", count=self.nameless))
        is_short = self.total is not None and len(self.rows) < self.total
        if not is_short and not self._has_moved:
            return None
        reason = _("it changed")
        if is_short:
            count, total = len(self.rows), self.total
            reason = _("%(count)s of %(total)s", count=count, total=total)
        return ConnectorError(
            errors.INCOMPLETE, self._api.host, what=self._what, reason=reason
        )

    def _odd(self, reason: str) -> ConnectorError:
        return ConnectorError(
            errors.NOT_UNDERSTOOD, self._api.host, what=self._what, reason=reason
        )
