"""What can be known about the Docker files without a Docker engine."""

import re
from pathlib import Path

import pytest
import yaml
from compose_spec import PyCompose

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
COMPOSE = (DOCKER / "docker-compose.yml").read_text()
SECRETS = {"POSTGRES_PASSWORD": "one", "ODOO_ADMIN_PASSWD": "two"}
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<operator>:[-?])(?P<rest>[^}]*)\}")


def env_example():
    lines = (DOCKER / ".env.example").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


def interpolated(values):
    """Return the compose file as Compose reads it: ${NAME:-default}, ${NAME:?message}."""

    def text_of(match):
        if values.get(match["name"]):
            return values[match["name"]]
        if match["operator"] == ":?":
            raise KeyError(match["rest"])
        return match["rest"]

    return VARIABLE.sub(text_of, COMPOSE)


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(interpolated({**env_example(), **SECRETS}))


def test_compose_file_follows_the_specification():
    parsed = PyCompose.from_yaml(interpolated({**env_example(), **SECRETS}))
    parsed.validate()  # volumes, networks and secrets that are named exist
    assert sorted(parsed.service_names()) == ["db", "odoo"]


def test_a_misspelt_key_would_be_found():
    with pytest.raises(ValueError, match="restrat"):
        PyCompose.from_yaml(COMPOSE.replace("restart:", "restrat:"))


@pytest.mark.parametrize("secret", SECRETS)
def test_an_empty_secret_stops_the_start(secret):
    values = {**env_example(), **SECRETS, secret: ""}
    with pytest.raises(KeyError, match=f"set {secret}"):
        interpolated(values)


def test_env_example_has_every_variable_and_no_secret():
    used = {match["name"] for match in VARIABLE.finditer(COMPOSE)}
    assert env_example().keys() == used
    assert {name: env_example()[name] for name in SECRETS} == dict.fromkeys(SECRETS, "")


def test_ports_are_published_on_loopback_only(compose):
    published = [
        port
        for service in compose["services"].values()
        for port in service.get("ports", [])
    ]
    assert published == ["127.0.0.1:8069:8069", "127.0.0.1:8072:8072"]


def test_each_service_has_a_health_check_and_bounded_logs(compose):
    for service in compose["services"].values():
        assert service["healthcheck"]["test"][0] == "CMD"
        assert service["logging"]["options"]["max-size"]


def test_build_paths_exist(compose):
    build = compose["services"]["odoo"]["build"]
    context = (DOCKER / build["context"]).resolve()
    assert context == ROOT
    assert (context / build["dockerfile"]).is_file()


def test_dockerfile_copies_what_exists_and_what_the_ignore_file_lets_through():
    allowed = [
        line[1:]
        for line in (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    copied = re.findall(
        r"^COPY (\S+) \S+$", (DOCKER / "Dockerfile").read_text(), re.MULTILINE
    )
    assert sorted(copied) == sorted(allowed)
    assert all((ROOT / path).exists() for path in copied)


def test_every_path_named_in_the_readme_exists():
    readme = (DOCKER / "README.md").read_text()
    named = set(re.findall(r"\bdocker/[\w./-]*\w", readme)) - {"docker/.env"}
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_addon_named_in_the_readme_exists():
    named = set(re.findall(r"\bmsp_\w+", (DOCKER / "README.md").read_text()))
    assert [name for name in named if not (ROOT / "addons" / name).is_dir()] == []
