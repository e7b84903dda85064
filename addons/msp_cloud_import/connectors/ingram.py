"""Ingram Micro Cloud Marketplace: subscriptions, orders as changes, rated data."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timezone
from pathlib import Path

from . import errors
from .by_customer import Listed, find_unlisted, lost_all, read_page
from .connector import EXPORTS, SUBSCRIPTIONS, Account, Connector, Field
from .errors import ConnectorError
from .http import Http
from .ingram_api import ADDRESS, Pages, make_api
from .ingram_orders import Orders, read_orders
from .ingram_reports import (
    FORMATS,
    LISTED,
    NONE,
    WAYS,
    fetch_report,
    find_reports,
    look_at_report,
    order_report,
    test_reports,
)
from .ingram_subscriptions import (
    LIST,
    list_subscriptions,
    marker_of,
    order_in,
    read_states,
)
from .kept_token import SECRET
from .keyed_api import KeyedApi
from .sentence import _
from .values import Document, Export, Subscription, SubscriptionPage, Tested


class IngramConnector(Connector):
    """Reads; orders are not sent."""

    kind = "ingram"
    title = "Ingram Micro Cloud Marketplace"
    abilities = frozenset({SUBSCRIPTIONS, EXPORTS})
    vendor = "ingram"
    fields = (
        Field("api_url", default=ADDRESS),
        Field("user"),
        Field("password", is_secret=True),
        Field("subscription_key", is_secret=True),
        Field(SECRET, is_secret=True, is_required=False, is_kept=True),
        # Take what is scheduled in the control panel, or order a month's report.
        Field("reports", default=LISTED, choices=WAYS),
        Field("report_format", default=FORMATS[0], choices=FORMATS),
        # Of several scheduled reports, the one to take; empty: all.
        Field("report_name", is_required=False),
    )

    def __init__(self, account: Account, http: Http | None = None) -> None:
        super().__init__(account, http)
        self._api_made: KeyedApi | None = None
        self._sync: _Sync | None = None

    def test(self) -> Tested:
        """Sign in, read one subscription and the list of today's reports."""
        problems: list[tuple[str, Exception]] = []
        works = []
        for ability, ask in (
            (SUBSCRIPTIONS, self._test_subscriptions),
            (EXPORTS, self._test_reports),
        ):
            if ability == EXPORTS and self._setting("reports") == NONE:
                continue
            try:
                ask()
                works.append(ability)
            except ConnectorError as error:
                if error.code == errors.WRONG_SECRET:
                    # Asked again, it would only be refused again.
                    raise
                problems.append((ability, error))
        if not works:
            raise problems[0][1]
        return Tested(self._setting("user"), tuple(works), tuple(problems))

    def read_subscriptions(
        self,
        cursor: object | None = None,
        known: Mapping[str, str] | None = None,
        deadline: float | None = None,
    ) -> SubscriptionPage:
        """Return the next customers' subscriptions; details of changed ones only.

        The list is read whole at once, as it is not sorted by customers, and only by
        customers can be said what is gone.
        """
        if self._sync is None or cursor is None:
            self._sync = _Sync(self._api, known or {})
        sync = self._sync
        return read_page(
            sync.listed,
            cursor,
            sync.read,
            deadline,
            sync.probe,
            others=sync.others,
            problems=sync.problems,
            unlisted=sync.unlisted,
        )

    def find_exports(self, today: date, known: Mapping[str, str]) -> list[Export]:
        """Return reports that are new, or last month's to be ordered."""
        return find_reports(self._api, self.account.settings, today, known)

    def begin_export(self, export: Export) -> Export:
        """Order a report; one that is listed is ready."""
        return export if export.is_ready else order_report(self._api, export)

    def look_at_export(self, export: Export) -> Export:
        """Return how far a report is."""
        return export if export.is_ready else look_at_report(self._api, export)

    def fetch_export(
        self, export: Export, folder: Path, deadline: float | None = None
    ) -> Iterator[Document]:
        """Download a report."""
        yield from fetch_report(self._api, export, folder, deadline)

    def _test_subscriptions(self) -> None:
        rows = Pages(self._api, "/subscriptions", LIST, 1).read_next()
        if rows:
            one = Listed(
                rows[0].id("customerId") or "", rows[0].id("id") or "", rows[0]
            )
            read_states(self._api, one, {}, Orders(), "")

    def _test_reports(self) -> None:
        today = datetime.now(timezone.utc).date()
        test_reports(self._api, self.account.settings, today)

    @property
    def _api(self) -> KeyedApi:
        if self._api_made is None:
            self._api_made = make_api(
                self.account, self.http, self._setting("api_url"), self._setting("user")
            )
        return self._api_made


class _Sync:
    """What one reading of all subscriptions has in common."""

    def __init__(self, api: KeyedApi, known: Mapping[str, str]) -> None:
        self._api = api
        self.listed, pages = list_subscriptions(api, known)
        lacks = pages.lacks()
        if known and not self.listed:
            lacks = lost_all(api.host, LIST)
        self.problems = [("", lacks)] if lacks else []
        # Nothing is gone just because it is not in a list that is not whole.
        self.unlisted = find_unlisted(self.listed, known) if lacks else None
        self._known = known
        self._orders = read_orders(api, {order_in(one) for one in known.values()})
        customers = Pages(api, "/customers", _("the customers")).read_all()
        self._names = {
            one: row.text("name") or "" for one, row in customers.rows.items()
        }
        with_any = {one.customer for one in self.listed}
        self.others = tuple(one for one in customers.rows if one not in with_any)

    def read(self, one: Listed) -> list[Subscription] | None:
        """Return the states of a subscription, None if nothing says it has changed."""
        # An article that is no longer part of it may be known by an older marker.
        before = {self._known[name] for name in one.known} or {""}
        markers = {marker_of(one, self._orders, marker) for marker in before}
        if markers & before:
            return None
        marker = max(markers)
        return read_states(self._api, one, self._names, self._orders, marker)

    def probe(self) -> None:
        """Ask for something small."""
        Pages(self._api, "/subscriptions", LIST, 1).read_next()
