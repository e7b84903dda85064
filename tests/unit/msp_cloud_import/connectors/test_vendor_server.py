"""The local server that stands in for providers."""

import pytest
import requests
from connectors import Http, errors
from connectors.errors import ConnectorError
from vendors import VendorServer


@pytest.fixture
def server():
    with VendorServer() as server:

        @server.route("GET", "/things/(?P<name>[a-z]+)")
        def thing(request):
            return 200, {}, {"name": request.group("name"), **request.query}

        yield server


@pytest.fixture
def http(server):
    http = Http(verify=server.ca_path, patience=3)
    yield http
    http.close()


def test_routes_and_log(server, http):
    answer = http.get_json(f"{server.url}/things/one?size=2", "a thing")
    assert answer == {"name": "one", "size": "2"}
    (call,) = server.calls("/things")
    assert (call.method, call.status) == ("GET", 200)
    with pytest.raises(ConnectorError) as caught:
        http.get_json(f"{server.url}/nothing", "a thing")
    assert caught.value.code == errors.NOT_FOUND


def test_certificate_is_checked(server):
    with pytest.raises(ConnectorError) as caught:
        Http(patience=0).get_json(f"{server.url}/things/one", "a thing")
    assert caught.value.code == errors.UNTRUSTED


def test_another_name_is_another_host(server, http):
    assert http.get_json(f"{server.url_as('127.0.0.1')}/things/one", "a thing")


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("throttle", {"seconds": 60}, errors.THROTTLED),
        ("throttle", {"seconds": 60, "as_date": True}, errors.THROTTLED),
        ("error", {}, errors.FAULTY),
        ("reset", {}, errors.INCOMPLETE),
        ("truncate", {}, errors.NOT_UNDERSTOOD),
        ("not_json", {}, errors.NOT_UNDERSTOOD),
        ("expire", {}, errors.NO_PERMISSION),
        ("redirect", {"location": "https://127.0.0.1:1/"}, errors.WRONG_REGION),
    ],
)
def test_faults(server, http, kind, options, code):
    server.faults.add("/things", kind, times=None, **options)
    http.attempts = 1
    with pytest.raises(ConnectorError) as caught:
        http.get_json(f"{server.url}/things/one", "a thing")
    assert caught.value.code == code
    server.faults.clear()
    assert http.get_json(f"{server.url}/things/one", "a thing")


def test_faults_end(server, http):
    server.faults.add("/things", "error", times=2, after=1)
    for expected in (200, 500, 500, 200):
        address = f"{server.url}/things/one"
        answer = requests.get(address, verify=server.ca_path, timeout=5)
        assert answer.status_code == expected


def test_answers_can_be_changed(server, http):
    server.faults.add(
        "/things", "change", by=lambda status, headers, body: (status, headers, [body])
    )
    address = f"{server.url}/things/one"
    assert http.get_json(address, "a thing") == [{"name": "one"}]


def test_slow_answers(server, http, monkeypatch):
    monkeypatch.setattr("connectors.http.TIMEOUT", (1, 0.2))
    http.attempts = 1
    server.faults.add("/things", "slow", seconds=1)
    with pytest.raises(ConnectorError) as caught:
        http.get_json(f"{server.url}/things/one", "a thing")
    assert caught.value.code == errors.UNREACHABLE


@pytest.mark.parametrize("per_minute", [1, 19, 20, 60, 500])
def test_limits_of_any_size(server, per_minute):
    http = Http(per_minute, verify=server.ca_path, patience=1)
    assert http.get_json(f"{server.url}/things/one", "a thing")
    http.close()
