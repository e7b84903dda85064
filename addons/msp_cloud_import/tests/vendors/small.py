"""A provider that offers as little as Odoo's side of connectors needs."""

from typing import Any

from .server import Answered, Request, VendorServer, part_of

SECRET = "s3cr3t-Wert/+=="
RENEWED = "r3n3w3d-Wert"


class SmallServer(VendorServer):
    """What `SmallConnector` talks to; tests change its plain data."""

    def __init__(self) -> None:
        super().__init__()
        self.secret = SECRET
        self.renewed = ""
        #: lists of (customer, subscription)
        self.pages: list[list[tuple[str, str]]] = [
            [("c1", "s1"), ("c1", "s2")],
            [("c2", "s3")],
        ]
        self.refused: list[str] = []
        #: {key: {kind, name, etag, parts: {name: bytes}, looks}}
        self.exports: dict[str, dict[str, Any]] = {}
        self.route("POST", "/token")(self._sign_in)
        self.route("GET", "/account")(lambda request: (200, {}, {"name": "Konto 7"}))
        self.route("GET", r"/page/(?P<number>\d+)")(self._page)
        self.route("GET", "/exports")(self._list)
        self.route("POST", "/ask/(?P<key>.+)")(self._ask)
        self.route("GET", "/look/(?P<key>.+)")(self._look)
        self.route("GET", "/part/(?P<name>.+)")(self._part)

    def add_export(
        self,
        key: str,
        etag: str,
        *parts: tuple[str, bytes],
        kind: str = "billed",
        looks: int = 0,
        **vals: Any,
    ) -> None:
        """Offer a document; `looks` times it is not ready yet."""
        self.exports[key] = {
            "kind": kind,
            "name": f"{key}.csv",
            "etag": etag,
            "parts": dict(parts),
            "looks": looks,
            **vals,
        }

    def _sign_in(self, request: Request) -> Answered:
        if request.json()["secret"] != self.secret:
            return 400, {}, {"error_description": "Invalid client secret provided."}
        answer = {"token": "t"}
        if self.renewed:
            answer["refresh_token"] = self.renewed
        return 200, {}, answer

    def _page(self, request: Request) -> Answered:
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

    def _list(self, request: Request) -> Answered:
        names = ("kind", "name", "etag")
        return (
            200,
            {},
            [
                {"key": key, **{name: one[name] for name in names}}
                for key, one in self.exports.items()
            ],
        )

    def _ask(self, request: Request) -> Answered:
        key = request.group("key")
        wait = self.exports[key].get("wait", 0)
        return 202, {}, {"location": f"/look/{key}", "wait": wait}

    def _look(self, request: Request) -> Answered:
        one = self.exports[request.group("key")]
        if one["looks"]:
            one["looks"] -= 1
            return 200, {}, {"ready": False, "wait": one.get("wait", 0)}
        if not one["parts"]:
            return 200, {}, {"ready": False, "empty": True}
        return 200, {}, {"ready": True, "etag": one["etag"], "parts": [*one["parts"]]}

    def _part(self, request: Request) -> Answered:
        name = request.group("name")
        for one in self.exports.values():
            if name in one["parts"]:
                return part_of(request, one["parts"][name])
        return 404, {}, {"message": "no such part"}
