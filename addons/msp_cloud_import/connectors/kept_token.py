"""A token for a while, kept until it expires, also from one process to the next.

Providers limit how often one may sign in, some strictly.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping

from . import errors
from .connector import Account
from .errors import ConnectorError
from .reply import Reply
from .sentence import _

#: The name of its field, and in `Account.secrets`; nobody enters it.
SECRET = "kept_token"
#: Seconds before its end at which a token is no longer used.
MARGIN = 60
#: A token that is refused so soon after it was given is not the reason.
_SHORTEST = 120


class KeptToken:
    """The token of one account.

    :param sign_in: asks for a token; returns it and for how many seconds it is good
    :param of: what the token is for, such as address, user and password; a token for
        anything else is not used
    """

    def __init__(
        self,
        account: Account,
        sign_in: Callable[[], tuple[str, float]],
        of: tuple[str, ...],
    ) -> None:
        self._account = account
        self._sign_in = sign_in
        self._of = hashlib.sha256("\0".join(of).encode()).hexdigest()[:32]
        self._lock = threading.Lock()

    def get(self) -> str:
        """Return a token that is good for a while."""
        with self._lock:
            kept = self._kept()
            if kept and kept["until"] - MARGIN > time.time():
                return str(kept["token"])
            return self._renew()

    def get_other(self, refused: str) -> str | None:
        """Return another token than the one that was refused.

        None: it was given just now, so that another would be refused as well.
        """
        with self._lock:
            kept = self._kept()
            if kept and kept["token"] != refused:
                return str(kept["token"])
            if kept and kept["since"] + _SHORTEST > time.time():
                return None
            return self._renew()

    def _renew(self) -> str:
        token, seconds = self._sign_in()
        now = time.time()
        kept = {"of": self._of, "token": token, "since": now, "until": now + seconds}
        self._account.renew(**{SECRET: json.dumps(kept)})
        return token

    def _kept(self) -> dict[str, float] | None:
        try:
            kept = json.loads(self._account.secrets.get(SECRET) or "null")
        except ValueError:
            return None
        is_ours = isinstance(kept, dict) and kept.get("of") == self._of
        # A clock that was set back must not keep a token for ever.
        return kept if is_ours and kept["since"] <= time.time() + MARGIN else None


def read_token(
    reply: Reply, what: str, name: str, lifetime: str, default: float
) -> tuple[str, float]:
    """Return token and seconds of an answer to signing in.

    :param name: of the token in the answer
    :param lifetime: of the seconds in the answer
    :param default: seconds if the answer does not say
    :raise ConnectorError: there is none
    """
    answer = reply.json(what)
    token = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise ConnectorError(
            errors.NOT_UNDERSTOOD, reply.host, what=what, reason=_("it holds no token")
        )
    try:
        seconds = float(answer.get(lifetime))  # type: ignore[union-attr,arg-type]
    except (TypeError, ValueError, OverflowError):
        seconds = default
    # Neither for ever nor so short that each call signs in.
    return token, seconds if MARGIN * 2 <= seconds <= 86_400 else default


def refusal(error: ConnectorError, codes: Mapping[str, str]) -> ConnectorError:
    """Return what a refused sign-in means, which is not what a refused call means.

    :param codes: {code of the call: code of the sign-in}
    """
    code = codes.get(error.code)
    if code is None:
        return error
    details = {k: v for k, v in error.details.items() if k not in ("host", "seconds")}
    host = str(error.details["host"])
    return ConnectorError(code, host, error.retry_after, **details)
