"""Azure Cost Management: what was used, by subscription, resource group and tag."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from .azure_costs_report import PROVIDER, VERSION, Reports
from .azure_costs_scopes import path_of, scopes_of
from .connector import EXPORTS, Account, Connector, Field
from .downloads import digest, file_name
from .errors import ConnectorError
from .http import Http
from .microsoft_service import Service
from .microsoft_token import Tokens
from .months import last_day, month_before
from .sentence import _
from .values import COSTS, UNBILLED_COSTS, Document, Export, Tested

_METRICS = {
    "actual": ("ActualCost",),
    "amortised": ("AmortizedCost",),
    "both": ("ActualCost", "AmortizedCost"),
}
_NAMES = {"ActualCost": "actual", "AmortizedCost": "amortised"}
# Use of a month changes for two weeks after its end.
_UNTIL = 16


class AzureCostsConnector(Connector):
    """Reports of costs; each scope and month is a document of its own."""

    kind = "azure_costs"
    title = "Azure Cost Management"
    abilities = frozenset({EXPORTS})
    vendor = "microsoft"
    per_minute = 120
    fields = (
        Field("tenant_id"),
        Field("client_id"),
        Field("client_secret", is_secret=True),
        # Subscriptions or billing accounts, one per line.
        Field("scopes"),
        Field("metric", default="actual", choices=tuple(_METRICS)),
        # Day of the next month up to which a month is read anew each night.
        Field("until_day", default=str(_UNTIL)),
        Field("login_url", default="https://login.microsoftonline.com"),
        Field("management_url", default="https://management.azure.com"),
    )

    def __init__(self, account: Account, http: Http | None = None) -> None:
        super().__init__(account, http)
        tokens = Tokens(account, self.http, self._address("login_url"))
        url = self._address("management_url")
        self._service = Service(self.http, tokens, url, as_user=False)
        self._reports = Reports(self._service)

    def test(self) -> Tested:
        """Sign in and see for each scope whether costs may be read."""
        problems: list[tuple[str, Exception]] = []
        scopes = scopes_of(self._setting("scopes"))
        for scope in scopes:
            try:
                path = path_of(scope, self._service.host)
                self._service.get_json(
                    f"{path}{PROVIDER}/exports",
                    _("costs of %(name)s", name=scope),
                    params={"api-version": VERSION},
                )
            except ConnectorError as error:
                problems.append((EXPORTS, error))
        if problems and len(problems) == len(scopes):
            raise problems[0][1]
        return Tested(self._setting("tenant_id"), (EXPORTS,), tuple(problems))

    def find_exports(self, today: date, known: Mapping[str, str]) -> list[Export]:
        """Return this month so far and, until it is final, the month before."""
        until = self._setting("until_day")
        until_day = int(until) if until.isdecimal() else _UNTIL
        before = month_before(today)
        found = []
        for metric in _METRICS.get(self._setting("metric"), _METRICS["actual"]):
            for scope in scopes_of(self._setting("scopes")):
                last = self._export(scope, metric, before, last_day(before))
                if today.day <= until_day or last.key not in known:
                    found.append(last)
                # On its first day there is nothing of it yet.
                if today.day > 1:
                    first = today.replace(day=1)
                    running = self._export(scope, metric, first, today)
                    found.append(running.but(kind=UNBILLED_COSTS))
        return sorted(found, key=lambda one: str(one.request["first"]))

    def begin_export(self, export: Export) -> Export:
        """Ask for a report."""
        path = path_of(str(export.request["scope"]), self._service.host)
        return self._reports.begin(export.but(request={**export.request, "path": path}))

    def look_at_export(self, export: Export) -> Export:
        """Return how far a report is."""
        return self._reports.look(export)

    def fetch_export(
        self, export: Export, folder: Path, deadline: float | None = None
    ) -> Iterator[Document]:
        """Download a report as one file."""
        return self._reports.fetch(export, folder, deadline)

    def _export(self, scope: str, metric: str, first: date, last: date) -> Export:
        name = _NAMES[metric]
        whose = f"{file_name(scope.rpartition('/')[2])[:40]}-{digest(scope)[:6]}"
        return Export(
            key=f"costs:{name}:{scope}:{first:%Y-%m}",
            kind=COSTS,
            # Its suffix depends on how many parts it has.
            name=f"azure-costs-{name}-{first:%Y-%m}-{whose}",
            request={
                "scope": scope,
                "metric": metric,
                "first": first.isoformat(),
                "last": last.isoformat(),
            },
        )
