"""Prometheus and redis_exporter, where they are installed. The stack does not depend on them."""

import shutil
from dataclasses import asdict
from pathlib import Path

from pixelmill.stack.addresses import Addresses
from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.failures import ProcessFailed
from pixelmill.stack.ports import LOOPBACK
from pixelmill.stack.process import Process
from pixelmill.stack.shipped import shipped

RETENTION = "15d"
_EXPORTERS = ("redis_exporter", "prometheus-redis-exporter")
_SCRAPED = {"api": 5000, "worker": 8000, "cleanup_crew": 8001, "redis_exporter": 9121, "prometheus": 9090}
"""What the repository's scrape configuration calls `<name>:<port>`, as in the containers' network."""


def exporter_settings(redis_url: str) -> dict[str, str]:
    """Where redis_exporter finds Redis: in its environment, as the URL may have a password.

    It takes a Unix socket without the number of a database.
    """
    return {"REDIS_ADDR": redis_url.partition("?")[0] if redis_url.startswith("unix:") else redis_url}


def observers(data: DataDir, addresses: Addresses) -> tuple[Process, ...]:
    """Those of the two that are on PATH."""
    exporter = next(filter(None, map(shutil.which, _EXPORTERS)), None)
    prometheus = shutil.which("prometheus")
    found: list[Process] = []
    if exporter:
        listen = f"--web.listen-address={LOOPBACK}:{addresses.redis_exporter}"
        found.append(Process(name="redis_exporter", command=(exporter, listen)))
    if prometheus:
        found.append(_prometheus(Path(prometheus), data, addresses))
    return tuple(found)


def _prometheus(program: Path, data: DataDir, addresses: Addresses) -> Process:
    configuration = data.run / "prometheus"
    shutil.copytree(shipped("prometheus"), configuration)
    scrape = configuration / "prometheus.yml"
    scrape.write_text(_localized(scrape.read_text(), addresses))
    command = (
        str(program),
        f"--config.file={scrape}",
        f"--storage.tsdb.path={data.folder('prometheus')}",
        f"--storage.tsdb.retention.time={RETENTION}",
        f"--web.listen-address={LOOPBACK}:{addresses.prometheus}",
    )
    return Process(name="prometheus", command=command)


def _localized(configuration: str, addresses: Addresses) -> str:
    """The scrape configuration with the containers' names replaced by where the processes listen here."""
    ports = asdict(addresses)
    for name, port in _SCRAPED.items():
        if f"{name}:{port}" not in configuration:
            raise ProcessFailed(f"prometheus.yml does not scrape {name}:{port}.")
        configuration = configuration.replace(f"{name}:{port}", f"{LOOPBACK}:{ports[name]}")
    return configuration
