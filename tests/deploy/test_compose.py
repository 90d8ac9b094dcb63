"""docker-compose.yml: what `docker compose up` starts, and what a container may do."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from pixelmill.domain.limits import MEBIBYTE
from pixelmill.settings import Settings, TransformSettings
from pixelmill.stack.servers import nginx
from tests.deploy.conftest import PASSWORDS, REQUIRED, ROOT, compose_config

Services = dict[str, dict[str, Any]]

ROLES: Final = {"api", "worker", "cleanup_crew"}
NAMES: Final = ROLES | {"nginx", "redis", "postgres", "prometheus", "redis_exporter", "redis_insight", "migrate"}
ONE_SHOT: Final = "migrate"
WRITABLE_ROOT: Final = {"redis_insight"}
"""Its image could not be tried with a read-only root; it may write into its own container."""


def test_every_service_of_the_design_is_there(services: Services) -> None:
    """Under the name that other files and people know it by."""
    assert set(services) == NAMES


@pytest.mark.parametrize("missing", REQUIRED)
def test_nothing_starts_without_a_password(missing: str, tmp_path: Path) -> None:
    """Nor before it is said who may come in. An empty one counts as missing; the message says what to do."""
    (tmp_path / "env").touch()
    rendered = compose_config({**REQUIRED, missing: ""}, tmp_path / "env")

    assert rendered.returncode != 0
    assert f"set {missing} in .env" in rendered.stderr


def test_no_password_is_written_down(services: Services) -> None:
    """Every one comes from the environment, and none from a default."""
    secrets = {
        (name, variable): value
        for name, service in services.items()
        for variable, value in (service.get("environment") or {}).items()
        if re.search(r"PASSWORD|AUTH|SECRET|REDIS_URL", variable)
    }

    assert secrets
    assert [where for where, value in secrets.items() if not any(word in value for word in PASSWORDS.values())] == []


def test_a_password_is_no_argument(services: Services) -> None:
    """Arguments are seen by every user of the host."""
    arguments = {name: [service.get("command"), service.get("healthcheck")] for name, service in services.items()}

    assert [name for name, given in arguments.items() if any(word in str(given) for word in PASSWORDS.values())] == []


@pytest.mark.parametrize("name", sorted(NAMES))
class TestEveryService:
    """Rules without exceptions, or with a named one."""

    def test_its_health_is_known(self, services: Services, name: str) -> None:
        """Others wait for it; what runs once and ends needs no check."""
        healthcheck = services[name]["healthcheck"]

        assert healthcheck.get("disable", False) is (name == ONE_SHOT)
        assert name == ONE_SHOT or healthcheck["test"][0] in {"CMD", "CMD-SHELL"}

    def test_its_resources_are_limited(self, services: Services, name: str) -> None:
        """One that runs wild does not take the host with it."""
        assert set(services[name]["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}

    def test_it_has_no_privileges(self, services: Services, name: str) -> None:
        """Not even those a container gets by default."""
        service = services[name]

        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not {"privileged", "cap_add", "devices", "pid", "network_mode"} & set(service)
        assert service.get("read_only", False) is True or name in WRITABLE_ROOT

    def test_it_comes_back(self, services: Services, name: str) -> None:
        """After a crash and after a reboot, but not after somebody stopped it."""
        assert services[name]["restart"] == ("no" if name == ONE_SHOT else "unless-stopped")

    def test_its_log_is_bounded(self, services: Services, name: str) -> None:
        """A full disk stops everything."""
        assert set(services[name]["logging"]["options"]) == {"max-size", "max-file"}

    def test_its_image_is_built_here_or_pinned(self, services: Services, name: str) -> None:
        """`latest` is another one tomorrow."""
        service = services[name]
        if "build" in service:
            assert service["build"]["target"] in ROLES | {"nginx"}
        else:
            assert re.fullmatch(r"[a-z0-9_/]+:v?\d+\.?[\w.-]*", service["image"])


def test_the_start_is_gated_by_health(services: Services) -> None:
    """Nobody sees a service whose servers are not there yet."""
    healthy, done = "service_healthy", "service_completed_successfully"
    conditions = {
        name: {other: how["condition"] for other, how in service.get("depends_on", {}).items()}
        for name, service in services.items()
    }

    assert conditions["nginx"] == {"api": healthy}
    assert all(conditions[role] == {"redis": healthy, "migrate": done} for role in ROLES)
    assert conditions["migrate"] == {"postgres": healthy}


def published(services: Services) -> dict[tuple[str, int], str | None]:
    """The address of the host at which a port of a service is reached; None for all of them."""
    return {
        (name, port["target"]): port.get("host_ip")
        for name, service in services.items()
        for port in service.get("ports", [])
    }


def test_nothing_is_public_by_default(services: Services) -> None:
    """Opening a service is a decision, not an accident."""
    assert published(services) == dict.fromkeys(
        [("nginx", 8080), ("prometheus", 9090), ("redis_insight", 5540)], "127.0.0.1"
    )


def test_nginx_alone_can_be_opened(tmp_path: Path) -> None:
    """What else has a port keeps it on loopback."""
    (tmp_path / "env").touch()
    rendered = compose_config({**REQUIRED, "PIXELMILL_LISTEN": "8080"}, tmp_path / "env")

    addresses = published(json.loads(rendered.stdout)["services"])
    assert [service for (service, _), address in addresses.items() if address != "127.0.0.1"] == ["nginx"]


def test_the_servers_have_no_way_out(compose: dict[str, Any]) -> None:
    """Nor can nginx reach them; the worker alone reaches both them and the internet."""
    networks = {name: set(service["networks"]) for name, service in compose["services"].items()}

    assert compose["networks"]["inner"]["internal"] is True
    assert {name for name, joined in networks.items() if "internet" in joined} == {"worker"}
    assert networks["redis"] == networks["postgres"] == {"inner"}
    assert networks["nginx"] == {"edge"}


def test_the_store_is_shared_and_nginx_only_reads(services: Services) -> None:
    """The results are written by the worker and served by nginx from the same place."""
    mounts = {
        name: (volume["target"], volume.get("read_only", False))
        for name, service in services.items()
        for volume in service.get("volumes", [])
        if volume["source"] == "store"
    }
    folder = "/var/lib/pixelmill/store"

    assert mounts == dict.fromkeys(ROLES, (folder, False)) | {"nginx": (folder, True)}
    assert {services[role]["environment"]["PIXELMILL_STORE_URL"] for role in ROLES} == {f"file://{folder}"}
    assert services["nginx"]["environment"]["PIXELMILL_NGINX_RESULTS"] == f"{folder}/results"


def test_nginx_gets_every_variable_of_its_template(services: Services) -> None:
    """And the defaults are those of the settings, as in `pixelmill up`."""
    templates = "".join(template.read_text() for template in (ROOT / "nginx").glob("*.template"))
    given = services["nginx"]["environment"]
    frontend, results, run = (Path(given[f"PIXELMILL_NGINX_{name}"]) for name in ("FRONTEND", "RESULTS", "RUN"))
    settings = Settings.from_environment()
    expected = nginx.variables(
        settings, listen="8080", api="api:5000 resolve", results=results, frontend=frontend, run=run
    )

    assert set(given) == set(re.findall(r"\$\{(PIXELMILL_\w+)\}", templates))
    of_the_image = {
        "PIXELMILL_NGINX_RESOLVER": "127.0.0.11",
        "PIXELMILL_NGINX_CA_FILE": "/etc/ssl/certs/ca-certificates.crt",
    }
    assert given == expected | of_the_image


def test_with_a_bucket_nothing_is_kept_in_a_volume(tmp_path: Path) -> None:
    """And whoever talks to the bucket has a way out."""
    (tmp_path / "env").touch()
    store = {"PIXELMILL_STORE_URL": "s3://bucket/prefix"}
    files = ("docker-compose.yml", "docker-compose.s3.yml")
    rendered = compose_config(REQUIRED | store, tmp_path / "env", files)
    assert rendered.returncode == 0, rendered.stderr
    services = json.loads(rendered.stdout)["services"]

    inner_only = {name for name, service in services.items() if set(service["networks"]) == {"inner"}}
    assert not inner_only & {*ROLES, "nginx"} - {"migrate"}
    for name in ROLES:
        assert services[name]["environment"]["PIXELMILL_STORE_URL"] == "s3://bucket/prefix"
        assert services[name]["environment"]["REDIS_URL"]
    assert services["nginx"]["environment"]["PIXELMILL_NGINX_RESULTS_IN"] == "bucket"
    assert [name for name in (*ROLES, "nginx") if services[name].get("volumes")] == []

    refused = compose_config(REQUIRED, tmp_path / "env", files)
    assert "set PIXELMILL_STORE_URL in .env" in refused.stderr


def test_redis_loses_nothing(services: Services) -> None:
    """Every write is on disk before it is answered; and a full one refuses before the kernel kills it."""
    command = " ".join(services["redis"]["command"])
    max_memory = re.search(r"--maxmemory (\d+)mb", command)

    assert "--appendonly yes --appendfsync always" in command
    assert "--maxmemory-policy noeviction" in command
    assert max_memory
    assert int(max_memory[1]) * MEBIBYTE * 2 <= int(services["redis"]["deploy"]["resources"]["limits"]["memory"])


def test_a_worker_has_memory_for_its_children(services: Services) -> None:
    """All may reach their limit at once, and the scratch files count as memory too."""
    worker = services["worker"]
    children = int(worker["environment"]["PIXELMILL_TRANSFORM_PROCESSES"])
    needed_bytes = children * TransformSettings().memory_bytes + 1536 * MEBIBYTE

    assert worker["tmpfs"] == ["/tmp:size=1536m"]  # noqa: S108 - a path in the container
    assert int(worker["deploy"]["resources"]["limits"]["memory"]) >= needed_bytes
    assert children == worker["deploy"]["resources"]["limits"]["cpus"]


def test_a_role_is_given_time_to_stop(services: Services) -> None:
    """A worker finishes what it has begun; a waiter at the api gets its answer."""
    settings = Settings.from_environment()

    assert seconds(services["worker"]["stop_grace_period"]) > settings.worker.grace_seconds
    assert seconds(services["api"]["stop_grace_period"]) > settings.api.max_wait_seconds


def seconds(duration: str) -> int:
    """Of a duration such as `1m30s`."""
    return sum(int(count) * {"m": 60, "s": 1}[unit] for count, unit in re.findall(r"(\d+)([ms])", duration))


def test_workers_can_be_multiplied(services: Services) -> None:
    """`--scale worker=3`: neither a name nor a port of the host is taken twice."""
    assert not {"container_name", "ports"} & set(services["worker"])
