"""Reads the details of listed subscriptions, customer by customer."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic

from . import errors
from .errors import ConnectorError
from .lenient import Loose
from .sentence import _
from .values import Subscription, SubscriptionPage

#: Subscriptions of a page, about: it ends with a customer.
PAGE = 500
#: Calls at the same time; Ingram was seen to bear 30.
WORKERS = 8
_STEP = WORKERS * 4
#: What concerns all: going on would fail in the same way.
_FOR_ALL = frozenset(
    {
        errors.THROTTLED,
        errors.UNTRUSTED,
        errors.WRONG_SECRET,
        errors.EXPIRED_TOKEN,
        errors.CLOCK_SKEW,
        errors.MISSING_CONSENT,
    }
)
#: After so many faults in a row it is asked whether the provider is there at all.
_FAULTS = 8


@dataclass(frozen=True, slots=True)
class Listed:
    """A subscription as the provider's list has it.

    :param known: ids by which it was read before
    """

    customer: str
    id: str
    row: Loose
    known: tuple[str, ...] = ()


#: Returns the states of a subscription; None: nothing of it has changed.
Read = Callable[[Listed], Sequence[Subscription] | None]
_Result = Sequence[Subscription] | ConnectorError | None


def read_page(
    listed: Sequence[Listed],
    cursor: object,
    read: Read,
    deadline: float | None,
    probe: Callable[[], object],
    others: Sequence[str] = (),
    problems: Sequence[tuple[str, Exception]] = (),
    unlisted: Collection[str] | None = None,
) -> SubscriptionPage:
    """Return the next customers with their subscriptions.

    One that cannot be read stops no other. Customers of whom all were read are named
    as such, even if some could not be read: those stay as they are known.

    :param listed: all there are, sorted by customer and id
    :param cursor: of the page before
    :param probe: asks the provider for something small, to see whether it is there
    :param others: customers who have none
    :param problems: of the list itself
    :param unlisted: if the list is not whole: ids that were known and are not in it.
        They stay as they are known, and no customer is named as read whole
    :raise ConnectorError: nothing can be read at all
    """
    start = _start(listed, cursor)
    end = _end(listed, start + PAGE)
    results, failure = _read_each(listed[start:end], read, deadline, probe)
    done = start + len(results)
    is_cut = done < end
    if is_cut and (whole := _begin(listed, done)) > start:
        # The customer in the middle of which it stopped is read whole the next time.
        done = whole
        is_cut = False
    if done == start and failure:
        raise failure
    is_split = is_cut or (start > 0 and _is_same(listed, start - 1, start))
    found: list[Subscription] = []
    unchanged: list[str] = []
    bad = list(problems) if start == 0 else []
    for one, result in zip(listed[start:done], results, strict=False):
        if isinstance(result, ConnectorError):
            bad.append((one.id, result))
        if result is None or isinstance(result, ConnectorError):
            unchanged += one.known
        else:
            found += result
    named = (one.customer for one in listed[start:done] if one.customer)
    customers = list(dict.fromkeys(named))
    if is_split:
        # Of whom the rest was or will be in another page.
        first = listed[start].customer
        customers = [one for one in customers if one != first]
    is_last = done == len(listed)
    if is_last:
        customers += others
        unchanged += unlisted or ()
    if unlisted is not None:
        customers = []
    return SubscriptionPage(
        subscriptions=tuple(found),
        unchanged=tuple(unchanged),
        customers=tuple(customers),
        cursor=None if is_last else [listed[done - 1].customer, listed[done - 1].id],
        total=len(listed),
        done=done,
        problems=tuple(bad),
    )


def find_unlisted(listed: Sequence[Listed], known: Collection[str]) -> tuple[str, ...]:
    """Return the ids that were known and belong to none that is listed."""
    named = {name for one in listed for name in one.known}
    return tuple(one for one in known if one not in named)


def lost_all(host: str, what: str) -> ConnectorError:
    """Return what it means that nothing is listed any more, which nobody believes."""
    return ConnectorError(errors.INCOMPLETE, host, what=what, reason=_("it is empty"))


def _key(one: Listed) -> tuple[str, str]:
    return one.customer, one.id


def _start(listed: Sequence[Listed], cursor: object) -> int:
    """Return where to go on; the list may be another than the one before."""
    if not isinstance(cursor, (list, tuple)) or len(cursor) != 2:
        return 0
    return bisect_right(listed, (str(cursor[0]), str(cursor[1])), key=_key)


def _is_same(listed: Sequence[Listed], index: int, other: int) -> bool:
    """Return whether two are of one customer."""
    if other >= len(listed):
        return False
    return listed[index].customer == listed[other].customer


def _begin(listed: Sequence[Listed], index: int) -> int:
    """Return where the customer of a subscription begins."""
    while index and _is_same(listed, index - 1, index):
        index -= 1
    return index


def _end(listed: Sequence[Listed], index: int) -> int:
    """Return the first that is of another customer than the one before."""
    while index < len(listed) and _is_same(listed, index - 1, index):
        index += 1
    return min(index, len(listed))


def _read_each(
    listed: Sequence[Listed],
    read: Read,
    deadline: float | None,
    probe: Callable[[], object],
) -> tuple[list[_Result], ConnectorError | None]:
    """Read by several threads; return what came before it stopped, and why it did."""

    def attempt(one: Listed) -> _Result:
        try:
            return read(one)
        except ConnectorError as error:
            return error

    results: list[_Result] = []
    faults = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        for begin in range(0, len(listed), _STEP):
            if begin and deadline is not None and monotonic() >= deadline:
                break
            for result in pool.map(attempt, listed[begin : begin + _STEP]):
                code = result.code if isinstance(result, ConnectorError) else ""
                if code in _FOR_ALL:
                    return results, result  # type: ignore[return-value]
                if code == errors.UNREACHABLE and (gone := _ask(probe)):
                    return results, gone
                results.append(result)
                faults = faults + 1 if code == errors.FAULTY else 0
            if faults >= _FAULTS:
                if gone := _ask(probe):
                    return results[:-faults], gone
                faults = 0
    return results, None


def _ask(probe: Callable[[], object]) -> ConnectorError | None:
    """Return why the provider does not answer at all, None if it does."""
    try:
        probe()
    except ConnectorError as error:
        return error
    return None
