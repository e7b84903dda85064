"""A local HTTPS server with routes, a log of requests, and faults to switch on.

Real sockets and real certificates, so that what is tested is what runs: time-outs,
connections that break off, certificates and redirects.
"""

import hashlib
import json
import re
import socket
import ssl
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import trustme

from .faults import Answered, Fault, Faults, spoiled


@dataclass(slots=True)
class Request:
    """What a client has sent, and by `status` what it got."""

    method: str
    path: str
    query: dict[str, str]
    headers: Message
    body: bytes
    match: re.Match[str] | None = None
    status: int = 0
    at: float = field(default_factory=time.monotonic)

    def json(self) -> Any:
        """Return the JSON of the body."""
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        """Return the fields of a form."""
        return dict(parse_qsl(self.body.decode()))

    def group(self, name: str) -> str:
        """Return a named part of the path as the route has it."""
        assert self.match is not None
        return unquote(self.match[name])


Handler = Callable[[Request], Answered]


class VendorServer:
    """A server on this machine with a port of its own; a context manager.

    :param latency: seconds before each answer
    """

    #: where it listens; ``::1`` has no name of its own
    address = "127.0.0.1"
    #: the first day on which its certificate is no longer valid, None for a good one
    valid_until: datetime | None = None

    def __init__(self, latency: float = 0) -> None:
        self.latency = latency
        self.faults = Faults()
        self.log: list[Request] = []
        self.lock = threading.RLock()
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.port = 0
        #: what a client has to trust: `Http(verify=server.ca_path)`
        self.ca_path = ""

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Return the address without a slash at its end."""
        return self.url_as("localhost")

    def url_as(self, host: str) -> str:
        """Return the address by another name: ``127.0.0.1`` is another host."""
        return f"https://{host}:{self.port}"

    def route(self, method: str, path: str) -> Callable[[Handler], Handler]:
        """Return a decorator for what answers a method and a whole path.

        :param path: regular expression; `Request.group` gives its named groups
        """

        def add(handler: Handler) -> Handler:
            self._routes.append((method, re.compile(path), handler))
            return handler

        return add

    def start(self) -> None:
        """Listen, in threads of its own."""
        authority, certificate = _certificates(self.valid_until)
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name, "ca.pem")
        authority.cert_pem.write_to_path(str(path))
        self.ca_path = str(path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        self._server = _Server(self, context)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.daemon = True
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        if self._server and self._thread and self._folder:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._folder.cleanup()
        self._server = None

    def calls(self, path: str = "", method: str = "") -> list[Request]:
        """Return the requests so far whose path has the regular expression."""
        with self.lock:
            return [
                one
                for one in self.log
                if re.search(path, one.path) and method in ("", one.method)
            ]

    def answer(self, request: Request) -> Answered:
        """Return what a request gets if nothing goes wrong."""
        for method, path, handler in self._routes:
            request.match = path.fullmatch(request.path)
            if request.match and method == request.method:
                return handler(request)
        return 404, {}, {"code": "NotFound", "description": "There is no such path."}


def part_of(request: Request, body: bytes) -> Answered:
    """Return a file as storages give it: whole, or from where the client has it."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
    headers = {"ETag": etag, "Accept-Ranges": "bytes"}
    start = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
    if not start or request.headers.get("If-Range") != etag:
        return 200, headers, body
    first, size = int(start[1]), len(body)
    if first >= size:
        return 416, {"Content-Range": f"bytes */{size}"}, b""
    told = f"bytes {first}-{size - 1}/{size}"
    return 206, {**headers, "Content-Range": told}, body[first:]


@lru_cache(maxsize=4)
def _certificates(until: datetime | None) -> tuple[trustme.CA, trustme.LeafCert]:
    """Return certificates that all servers of a process share."""
    authority = trustme.CA()
    names = ("localhost", "127.0.0.1", "::1")
    return authority, authority.issue_cert(*names, not_after=until)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, owner: VendorServer, context: ssl.SSLContext) -> None:
        self.owner, self.context = owner, context
        if ":" in owner.address:
            self.address_family = socket.AF_INET6
        super().__init__((owner.address, 0), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        # Here and not at accept, so that a slow handshake delays nobody else.
        request.settimeout(30)
        with suppress(OSError):
            secured = self.context.wrap_socket(request, server_side=True)
            try:
                super().finish_request(secured, client_address)
            finally:
                secured.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up, which tests make happen."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave in one packet.
    wbufsize = -1

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def _serve(self) -> None:
        owner: VendorServer = self.server.owner  # type: ignore[attr-defined]
        address = urlsplit(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        request = Request(
            self.command,
            address.path,
            dict(parse_qsl(address.query, keep_blank_values=True)),
            self.headers,
            self.rfile.read(size),
        )
        with owner.lock:
            owner.log.append(request)
        if owner.latency:
            time.sleep(owner.latency)
        fault = owner.faults.take(request.path)
        answered = spoiled(fault, lambda: owner.answer(request))
        self._send(request, *answered, fault=fault)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = _serve

    def _send(
        self,
        request: Request,
        status: int,
        headers: Mapping[str, str],
        body: Any,
        fault: Fault | None,
    ) -> None:
        headers = dict(headers)
        if not isinstance(body, bytes):
            body = b"" if body is None else json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
        kind = fault.kind if fault else ""
        if kind == "truncate":
            body = body[: len(body) // 2]
        request.status = status
        self.send_response_only(status)
        headers.setdefault("Date", self.date_time_string())
        options = fault.options if fault else {}
        if kind == "header":
            headers["X-Long"] = "x" * 100_000
        for name, value in headers.items():
            self.send_header(name, value)
        if kind == "endless":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._send_without_end()
            return
        more = options["more"] if kind == "length" else 0
        self.send_header("Content-Length", str(len(body) + more))
        self.end_headers()
        if kind == "reset":
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self._break_off()
        elif kind == "drip":
            for number in range(len(body)):
                self.wfile.write(body[number : number + 1])
                self.wfile.flush()
                time.sleep(options["seconds"])
        elif self.command != "HEAD":
            self.wfile.write(body)

    def _send_without_end(self) -> None:
        """Send until the client hangs up."""
        self.close_connection = True
        chunk = b"%x\r\n%b\r\n" % (1 << 16, bytes(1 << 16))
        with suppress(OSError):
            while True:
                self.wfile.write(chunk)
                self.wfile.flush()

    def _break_off(self) -> None:
        """Reset the connection, as a proxy does that is restarted."""
        self.close_connection = True
        # A reset overtakes what was sent before; the client shall have read it.
        time.sleep(0.1)
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
