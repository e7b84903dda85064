import json
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo.tests import common
from odoo.tools import mute_logger

from .. import connectors
from ..connectors import (
    EXPORTS,
    SUBSCRIPTIONS,
    Connector,
    Document,
    Export,
    Field,
    Http,
    Subscription,
    SubscriptionPage,
    Tested,
)
from .common import ImportCommon, microsoft_csv, seats
from .vendors import VendorServer

SECRET = "s3cr3t-Wert/+=="
RENEWED = "r3n3w3d-Wert"
WORK = "odoo.addons.msp_cloud_import.models.msp_sync_work"


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
            except connectors.ConnectorError as error:
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
                (one, connectors.ConnectorError("no_permission", "localhost", what=one))
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

    def fetch_export(self, export, folder):
        for name in export.manifest["parts"]:
            path = folder / name
            if not path.exists():
                self.http.download(self._url(f"/part/{name}"), "a part", path)
            yield Document(path, name)


class SmallServer(VendorServer):
    """What `SmallConnector` talks to; tests change its plain data."""

    def __init__(self):
        super().__init__()
        self.secret = SECRET
        self.renewed = ""
        #: lists of (customer, subscription)
        self.pages = [[("c1", "s1"), ("c1", "s2")], [("c2", "s3")]]
        self.refused = []
        #: {key: {kind, name, etag, parts: {name: bytes}, looks}}
        self.exports = {}
        self.route("POST", "/token")(self._sign_in)
        self.route("GET", "/account")(lambda request: (200, {}, {"name": "Konto 7"}))
        self.route("GET", r"/page/(?P<number>\d+)")(self._page)
        self.route("GET", "/exports")(self._list)
        self.route("POST", "/ask/(?P<key>.+)")(self._ask)
        self.route("GET", "/look/(?P<key>.+)")(self._look)
        self.route("GET", "/part/(?P<name>.+)")(self._part)

    def add_export(self, key, etag, *parts, kind="billed", looks=0, **vals):
        """Offer a document; `looks` times it is not ready yet."""
        self.exports[key] = {
            "kind": kind,
            "name": f"{key}.csv",
            "etag": etag,
            "parts": dict(parts),
            "looks": looks,
            **vals,
        }

    def _sign_in(self, request):
        if request.json()["secret"] != self.secret:
            return 400, {}, {"error_description": "Invalid client secret provided."}
        answer = {"token": "t"}
        if self.renewed:
            answer["refresh_token"] = self.renewed
        return 200, {}, answer

    def _page(self, request):
        number = int(request.group("number"))
        items = self.pages[number]
        return (
            200,
            {},
            {
                "items": [{"customer": one, "id": two} for one, two in items],
                "more": number + 1 < len(self.pages),
                "total": sum(map(len, self.pages)),
                "done": sum(map(len, self.pages[: number + 1])),
                "refused": self.refused if not number else [],
            },
        )

    def _list(self, request):
        names = ("kind", "name", "etag")
        return (
            200,
            {},
            [
                {"key": key, **{name: one[name] for name in names}}
                for key, one in self.exports.items()
            ],
        )

    def _ask(self, request):
        key = request.group("key")
        wait = self.exports[key].get("wait", 0)
        return 202, {}, {"location": f"/look/{key}", "wait": wait}

    def _look(self, request):
        one = self.exports[request.group("key")]
        if one["looks"]:
            one["looks"] -= 1
            return 200, {}, {"ready": False, "wait": one.get("wait", 0)}
        if not one["parts"]:
            return 200, {}, {"ready": False, "empty": True}
        return 200, {}, {"ready": True, "etag": one["etag"], "parts": [*one["parts"]]}

    def _part(self, request):
        name = request.group("name")
        for one in self.exports.values():
            if name in one["parts"]:
                return 200, {}, one["parts"][name]
        return 404, {}, {"message": "no such part"}


class LocalCommon(ImportCommon):
    """Lets the local servers be talked to, as Odoo's tests do for Odoo itself."""

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        if urlsplit(request.url).hostname in ("127.0.0.1", "localhost"):
            # Odoo compares the time-out with a number; ours is a pair.
            return common._super_send(session, request, **options)
        return super()._request_handler(session, request, **options)


class ConnectionCommon(LocalCommon):
    """A local provider, and a connection to it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = SmallServer()
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)
        cls.startClassPatcher(
            patch.dict(connectors.CONNECTORS, {"small": SmallConnector})
        )
        cls.startClassPatcher(
            patch.object(SmallConnector, "ca_path", cls.server.ca_path)
        )
        cls.manager = cls._user("manager", "group_account_manager")
        cls.administrator = cls._user("administrator", "group_administrator")
        cls.owner = cls._user("owner", "group_account_manager")
        cls.provider.user_id = cls.owner
        cls.cron = cls.env.ref("msp_cloud_import.ir_cron_sync")
        cls.import_cron = cls.env.ref("msp_cloud_import.ir_cron_continue_imports")
        cls.connection = cls._connect(cls.server)

    @classmethod
    def _connect(cls, server, **vals):
        connection = (
            cls.env["msp.connection"]
            .with_user(cls.administrator)
            .create(
                {
                    "provider_id": cls.provider.id,
                    "kind": "small",
                    "user_id": cls.clerk.id,
                    **vals,
                }
            )
        )
        address = connection.setting_ids.filtered(lambda one: one.name == "address")
        address.value = server.url
        secret = connection.secret_ids.filtered(lambda one: one.name == "client_secret")
        secret.new_value = SECRET
        return connection.with_user(cls.env.user)

    def setUp(self):
        super().setUp()
        self.server.faults.clear()
        self.server.log.clear()
        self.addCleanup(self.server.__dict__.update, dict(self._plain_data()))

    def _plain_data(self):
        return {
            "secret": SECRET,
            "renewed": "",
            "pages": [[("c1", "s1"), ("c1", "s2")], [("c2", "s3")]],
            "refused": [],
            "exports": {},
        }

    @contextmanager
    def _committing(self):
        """Yield the connection in a transaction that may be committed."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            yield self.connection.with_env(self.env(cr=cr))
            cr.commit()

    def _test(self):
        """Press the button as administrator; return what it says."""
        with self._committing() as connection:
            action = connection.with_user(self.administrator.id).action_test()
        self.env.invalidate_all()
        return action["params"]

    def _sync(self, connection=None):
        """Sync now, as far as the scheduler comes at once; return the sync."""
        connection = connection or self.connection
        connection.with_user(self.clerk).action_sync_now()
        self._run_cron()
        return connection.last_sync_id

    def _run_cron(self, cron=None):
        with (
            self.enter_registry_test_mode(),
            mute_logger("odoo.addons.base.models.ir_cron"),
        ):
            (cron or self.cron).method_direct_trigger()
        self.env.invalidate_all()

    def _secret(self, name="client_secret"):
        """Return what is stored, as code reads it."""
        secrets = self.connection.sudo().secret_ids
        return secrets.filtered(lambda one: one.name == name)

    def _file(self, quantity=12, **cells):
        return microsoft_csv(seats(quantity, **cells))


def folder_files(root):
    """Return all files below a folder."""
    return [path for path in Path(root).rglob("*") if path.is_file()]


def as_text(value):
    """Return all that a value shows, for a look whether a secret is in it."""
    return json.dumps(value, default=str)
