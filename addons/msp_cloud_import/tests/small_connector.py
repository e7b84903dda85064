"""A connector as small as can be, for a provider as small as can be."""

from ..connectors import (
    EXPORTS,
    SUBSCRIPTIONS,
    Connector,
    ConnectorError,
    Document,
    Export,
    Field,
    Http,
    Subscription,
    SubscriptionPage,
    Tested,
)


class SmallConnector(Connector):
    """A provider with a sign-in, pages of subscriptions, and documents on request."""

    kind = "small"
    title = "Small Provider"
    vendor = "microsoft"
    abilities = frozenset({SUBSCRIPTIONS, EXPORTS})
    fields = (
        Field("address"),
        Field("region", default="eu", choices=("eu", "us")),
        Field("note", is_required=False),
        Field("client_secret", is_secret=True),
        Field("refresh_token", is_secret=True, is_required=False),
    )
    #: what the local server is trusted by
    ca_path = ""

    def __init__(self, account, http=None):
        http = http or Http(patience=0.5, verify=self.ca_path)
        super().__init__(account, http)

    def _url(self, path):
        return self.account.settings["address"] + path

    def _headers(self):
        token = {"secret": self.account.secrets["client_secret"]}
        reply = self.http.call("POST", self._url("/token"), "the sign-in", json=token)
        answer = reply.json("the sign-in")
        self.account.renew(refresh_token=answer.get("refresh_token", ""))
        return {"Authorization": f"Bearer {answer['token']}"}

    def test(self):
        name = self.http.get_json(
            self._url("/account"), "the account", headers=self._headers()
        )["name"]
        problems = []
        for ability, path in ((SUBSCRIPTIONS, "/page/0"), (EXPORTS, "/exports")):
            try:
                self.http.get_json(self._url(path), path, headers=self._headers())
            except ConnectorError as error:
                problems.append((ability, error))
        bad = dict(problems)
        return Tested(
            name,
            tuple(one for one in sorted(self.abilities) if one not in bad),
            (*problems,),
        )

    def read_subscriptions(self, cursor=None, known=None, deadline=None):
        number = (cursor or {}).get("page", 0)
        page = self.http.get_json(
            self._url(f"/page/{number}"), "a page", headers=self._headers()
        )
        return SubscriptionPage(
            subscriptions=tuple(
                Subscription(
                    sub_account_id=one["customer"],
                    subscription_id=one["id"],
                    status="active",
                )
                for one in page["items"]
            ),
            cursor={"page": number + 1} if page["more"] else None,
            total=page["total"],
            done=page["done"],
            problems=tuple(
                (one, ConnectorError("no_permission", "localhost", what=one))
                for one in page.get("refused", ())
            ),
        )

    def find_exports(self, today, known):
        found = self.http.get_json(
            self._url("/exports"), "the exports", headers=self._headers()
        )
        return [
            Export(key=one["key"], kind=one["kind"], name=one["name"])
            for one in found
            if known.get(one["key"]) != one["etag"]
        ]

    def begin_export(self, export):
        answer = self.http.call(
            "POST", self._url(f"/ask/{export.key}"), "an export", ok=(202, 200)
        ).json("an export")
        return export.but(location=answer["location"], wait=answer.get("wait", 0))

    def look_at_export(self, export):
        answer = self.http.get_json(self._url(export.location), "an export")
        return export.but(
            is_ready=answer["ready"],
            is_empty=answer.get("empty", False),
            etag=answer.get("etag", ""),
            wait=answer.get("wait", 0),
            manifest={"parts": answer.get("parts", [])},
        )

    def fetch_export(self, export, folder, deadline=None):
        for name in export.manifest["parts"]:
            path = folder / name
            if not path.exists():
                url = self._url(f"/part/{name}")
                self.http.download(url, "a part", path, deadline)
            yield Document(path, name)
