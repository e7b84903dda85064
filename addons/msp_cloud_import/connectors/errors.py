"""What can go wrong with a provider's interface, as codes that a program can act on.

No message holds a secret: sentences are made of what is passed in `details`, and
callers pass names, numbers and addresses without their query only.
"""

from .sentence import Sentence, _

WRONG_SECRET = "wrong_secret"
MISSING_CONSENT = "missing_consent"
EXPIRED_TOKEN = "expired_token"
CLOCK_SKEW = "clock_skew"
WRONG_REGION = "wrong_region"
NO_PERMISSION = "no_permission"
NOT_FOUND = "not_found"
THROTTLED = "throttled"
UNREACHABLE = "unreachable"
UNTRUSTED = "untrusted"
FAULTY = "faulty"
NOT_UNDERSTOOD = "not_understood"
REFUSED = "refused"
INCOMPLETE = "incomplete"

SENTENCES = {
    WRONG_SECRET: "%(host)s does not accept the secret; enter a new one.",
    MISSING_CONSENT: "%(host)s says that nobody has consented to what the connection "
    "may read; let an administrator of the provider's account consent.",
    EXPIRED_TOKEN: "The sign-in at %(host)s has expired; sign in again.",
    CLOCK_SKEW: "%(host)s refuses the sign-in because this server's clock is wrong; "
    "set it by a time server.",
    WRONG_REGION: "%(host)s does not know the account (%(what)s: %(reason)s); check "
    "tenant, region and address.",
    NO_PERMISSION: "%(host)s refuses %(what)s; give the connection's user the right to.",
    NOT_FOUND: "%(host)s knows nothing of %(what)s.",
    THROTTLED: "%(host)s asks to wait %(seconds)s seconds with %(what)s.",
    UNREACHABLE: "%(host)s cannot be reached for %(what)s (%(reason)s).",
    UNTRUSTED: "%(host)s cannot prove who it is (%(reason)s); nothing was sent to it "
    "for %(what)s.",
    FAULTY: "%(host)s has a fault of its own (%(status)s) with %(what)s.",
    NOT_UNDERSTOOD: "%(host)s answers %(what)s in a way that is not known: %(reason)s.",
    REFUSED: "%(host)s refuses %(what)s: %(reason)s",
    INCOMPLETE: "%(what)s of %(host)s came incomplete: %(reason)s.",
}
#: Worth trying again later without anybody doing anything.
PASSING = frozenset({THROTTLED, UNREACHABLE, FAULTY, INCOMPLETE})


class Unfinished(Exception):
    """The time is up. What came so far is kept, and the same call goes on with it."""


class ConnectorError(Exception):
    """A provider's interface did not do what was asked.

    :param code: one of the constants of this module
    :param details: what the sentence of the code names; `host` is always there. What
        is ours is a `Sentence`, what the other side has said a plain text
    :param retry_after: seconds the provider wants to be left alone, None if it says
        nothing
    """

    def __init__(
        self, code: str, host: str, retry_after: float | None = None, **details: object
    ) -> None:
        self.code = code
        self.details: dict[str, object] = {
            "what": _("the request"),
            "reason": "",
            "status": "",
            "seconds": round(retry_after or 0),
            **details,
            "host": host,
        }
        self.retry_after = retry_after
        super().__init__(SENTENCES[code] % self.details)

    def without(self, *secrets: str) -> "ConnectorError":
        """Return the error without secrets that the other side may have repeated."""
        details = {
            name: _without(value, secrets)
            for name, value in self.details.items()
            if name != "host"
        }
        host = str(self.details["host"])
        return ConnectorError(self.code, host, self.retry_after, **details)

    @property
    def is_passing(self) -> bool:
        """Return whether the same request may succeed later."""
        return self.code in PASSING


def _without(value: object, secrets: tuple[str, ...]) -> object:
    if isinstance(value, Sentence):
        values = {name: _without(one, secrets) for name, one in value.values.items()}
        return Sentence(value.template, **values)
    for secret in secrets:
        if len(secret) > 3 and isinstance(value, str):
            value = value.replace(secret, "…")
    return value
