"""Whatever a line or a server does: an end in time, in little memory, and a sentence."""

import gzip
import resource
import time
from datetime import datetime

import pytest
from connectors import Http, errors
from connectors.errors import ConnectorError
from vendors import VendorServer

BODY = {"name": "one"}


class Things(VendorServer):
    """Answers with one small object."""

    def __init__(self):
        super().__init__()
        self.route("GET", "/things")(lambda request: (200, {}, BODY))


class OldThings(Things):
    valid_until = datetime(2020, 1, 1)


class Things6(Things):
    address = "::1"


@pytest.fixture
def server():
    with Things() as server:
        yield server


@pytest.fixture
def http(server):
    http = Http(verify=server.ca_path, patience=0)
    yield http
    http.close()


def error_of(http, url):
    with pytest.raises(ConnectorError) as caught:
        http.get_json(url, "the things")
    # Who it was, and what was asked for.
    text = str(caught.value)
    assert "localhost" in text or "127.0.0.1" in text or ".invalid" in text, text
    assert "the things" in text, text
    return caught.value


@pytest.mark.parametrize("kind", ["drip", "endless"])
def test_answer_that_takes_for_ever(server, http, monkeypatch, tmp_path, kind):
    monkeypatch.setattr("connectors.http.LONGEST", 0.4)
    monkeypatch.setattr("connectors.http.MAX_ANSWER", 1 << 40)
    server.faults.add("/things", kind, times=None, seconds=0.1)
    began = time.monotonic()
    assert error_of(http, f"{server.url}/things").code == errors.INCOMPLETE
    assert time.monotonic() - began < 3
    with pytest.raises(ConnectorError) as caught:
        http.download(f"{server.url}/things", "a part", tmp_path / "part")
    assert caught.value.code == errors.INCOMPLETE
    assert time.monotonic() - began < 6


def test_endless_answer_needs_no_memory(server, http, monkeypatch):
    monkeypatch.setattr("connectors.http.MAX_ANSWER", 4 << 20)
    server.faults.add("/things", "endless", times=None)
    assert error_of(http, f"{server.url}/things").code == errors.NOT_UNDERSTOOD


def test_packed_answer_that_is_a_bomb(server, http):
    bomb = gzip.compress(bytes(512 << 20))
    packed = 200, {"Content-Encoding": "gzip"}, bomb
    server.faults.add("/things", "change", by=lambda *_: packed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert error_of(http, f"{server.url}/things").code == errors.NOT_UNDERSTOOD
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 200 << 10  # KB


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("header", {}, errors.UNREACHABLE),
        ("length", {"more": 10}, errors.INCOMPLETE),
        ("length", {"more": -5}, errors.NOT_UNDERSTOOD),
    ],
)
def test_answer_that_breaks_the_rules(server, http, monkeypatch, kind, options, code):
    monkeypatch.setattr("connectors.http.TIMEOUT", (1, 0.3))
    server.faults.add("/things", kind, **options)
    assert error_of(http, f"{server.url}/things").code == code
    assert http.get_json(f"{server.url}/things", "the things") == BODY


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_with_a_fault(server, http, status):
    server.faults.add("/things", "error", status=status)
    error = error_of(http, f"{server.url}/things")
    assert (error.code, error.is_passing) == (errors.FAULTY, True)
    assert str(status) in str(error)


def test_name_that_nobody_knows(http):
    error = error_of(http, "https://nowhere.invalid/things?sig=secret")
    assert error.code == errors.UNREACHABLE
    assert "NameResolution" in str(error)
    assert "secret" not in str(error)


def test_certificate_that_nobody_vouches_for(server):
    error = error_of(Http(patience=0), f"{server.url}/things")
    assert error.code == errors.UNTRUSTED
    assert "unable to get local issuer certificate" in str(error)


def test_certificate_that_has_expired():
    with OldThings() as server:
        http = Http(verify=server.ca_path, patience=0)
        error = error_of(http, f"{server.url}/things")
    assert error.code == errors.UNTRUSTED
    assert "certificate has expired" in str(error)


def test_nobody_there(http):
    assert error_of(http, "https://localhost:9/things").code == errors.UNREACHABLE


def test_address_of_the_new_kind():
    with Things6() as server:
        http = Http(verify=server.ca_path, patience=0)
        url = f"https://[::1]:{server.port}/things"
        assert http.get_json(url, "the things") == BODY


@pytest.mark.parametrize(
    "key", ["abc\u200bdef", "abc–def", "abc\ndef"], ids=["blank", "dash", "line"]
)
def test_key_with_a_character_that_came_with_copying(server, http, key):
    with pytest.raises(ConnectorError) as caught:
        http.call("GET", f"{server.url}/things", "the things", headers={"X-Key": key})
    assert caught.value.code == errors.WRONG_SECRET
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize(
    "location", ["http://portal.example/sign-in?s=1", "https://portal.example/", "x"]
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_told_and_not_followed(server, http, location, status):
    answer = status, {"Location": location}, None
    server.faults.add("/things", "change", by=lambda *_: answer)
    error = error_of(http, f"{server.url}/things")
    assert error.code == errors.WRONG_REGION
    assert "it sends us on to" in str(error)
    if "portal" in location:
        assert "portal.example" in str(error)
        assert "s=1" not in str(error)
    assert len(server.log) == 1


def test_page_for_people_is_told(server, http):
    server.faults.add("/things", "not_json")
    error = error_of(http, f"{server.url}/things")
    assert error.code == errors.NOT_UNDERSTOOD
    assert "a web page" in str(error)


@pytest.mark.parametrize("seconds", [3, 3600, 10**9])
@pytest.mark.parametrize("as_date", [False, True])
def test_nobody_waits_longer_than_patience(server, seconds, as_date):
    http = Http(verify=server.ca_path, patience=0.5)
    server.faults.add(
        "/things", "throttle", times=None, seconds=seconds, as_date=as_date
    )
    began = time.monotonic()
    error = error_of(http, f"{server.url}/things")
    assert error.code == errors.THROTTLED
    assert error.retry_after <= 86_400
    assert time.monotonic() - began < 1
    assert len(server.log) == 1


def test_storm_without_a_word_of_how_long(server):
    http = Http(verify=server.ca_path, patience=0.5)
    server.faults.add("/things", "error", times=None, status=429)
    error = error_of(http, f"{server.url}/things")
    assert (error.code, error.retry_after) == (errors.THROTTLED, 30)
    assert len(server.log) == 1


def test_way_out_of_the_house(server, monkeypatch):
    """A proxy of the server's environment is used, except where it says not to."""
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@localhost:9")
    monkeypatch.setenv("NO_PROXY", "example.com")
    error = error_of(Http(verify=server.ca_path, patience=0), f"{server.url}/things")
    assert error.code == errors.UNREACHABLE
    assert "Proxy" in str(error)
    assert "secret" not in str(error)
    monkeypatch.setenv("NO_PROXY", "localhost")
    http = Http(verify=server.ca_path, patience=0)
    assert http.get_json(f"{server.url}/things", "the things") == BODY


def test_passwords_of_the_environment_stay_there(server, http, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    http.get_json(f"{server.url}/things", "the things")
    assert "Authorization" not in server.log[-1].headers
