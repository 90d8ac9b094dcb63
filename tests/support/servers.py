"""Real servers for tests: started by the code `pixelmill up` starts them with, private, killable.

Each runs under a guardian, so that none outlives the test run, however that ends.
"""

import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import psutil
import psycopg
import redis

from pixelmill.stack.process import Process
from pixelmill.stack.servers import postgres, valkey
from tests.support.wait import wait_until


class RunningProcess:
    """One guarded process: start, stop in order, kill -9, restart."""

    def __init__(self, process: Process, log: Path) -> None:
        self.process = process
        self.log = log
        self._guardian: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process itself, not its guardian."""
        assert self._guardian is not None, f"{self.process.name} was not started"
        (child,) = psutil.Process(self._guardian.pid).children()
        return child.pid

    def start(self) -> None:
        assert self._guardian is None, f"{self.process.name} is running"
        with self.log.open("ab") as log:
            self._guardian = subprocess.Popen(self.process.guarded(), stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def stop(self) -> None:
        if self._guardian is not None:
            self._guardian.terminate()
            self._guardian.wait(timeout=30)
            self._guardian = None

    def kill(self) -> None:
        """SIGKILL the process; returns when it and all it started are gone."""
        assert self._guardian is not None, f"{self.process.name} was not started"
        psutil.Process(self.pid).kill()
        self._guardian.wait(timeout=30)
        self._guardian = None

    def assert_alive(self) -> None:
        ended = self._guardian is None or self._guardian.poll() is not None
        assert not ended, f"{self.process.name} has ended:\n{self.log.read_text(errors='replace')}"


class Server:
    """A server with its data in a folder of its own, short enough for a Unix socket."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pixelmill-test-"))
        self.running: RunningProcess

    def start(self) -> None:
        """Start on the data of the last run, and wait until it answers."""
        self.running.start()
        wait_until(self._answers, timeout_seconds=30)

    def stop(self) -> None:
        self.running.stop()

    def kill(self) -> None:
        """SIGKILL."""
        self.running.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _answers(self) -> bool:
        raise NotImplementedError

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)


class ValkeyServer(Server):
    """Valkey as in `pixelmill up`: every write on disk before it is answered."""

    def __init__(self) -> None:
        super().__init__()
        self.running = RunningProcess(valkey.process(self.folder, self.folder), self.folder / "valkey.log")

    @property
    def url(self) -> str:
        return valkey.url(self.folder)

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def _answers(self) -> bool:
        self.running.assert_alive()
        return valkey.is_ready(self.folder)


class PostgresServer(Server):
    """PostgreSQL as in `pixelmill up`, with one empty database after another.

    Args:
        durable: Whether a commit is on disk before it is answered; only a test that kills the server needs it.
    """

    def __init__(self, *, durable: bool = True) -> None:
        super().__init__()
        self.password = secrets.token_urlsafe(12)
        programs = postgres.programs("postgres").parent
        self.cluster = postgres.Cluster(self.folder / "data", self.folder, postgres.usual_identity(), programs)
        settings = {} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        self.running = RunningProcess(self.cluster.server(**settings), self.folder / "postgres.log")
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        subprocess.run(
            self.cluster.initialization(password_file).guarded(), check=True, capture_output=True, timeout=60
        )

    def url(self, database: str = "postgres") -> str:
        return postgres.url(self.folder, self.password, database)

    def create_database(self) -> str:
        """A fresh, empty database; returns its URL."""
        name = f"test_{secrets.token_hex(6)}"
        self._execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        name = urlsplit(url).path.removeprefix("/")
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def start(self) -> None:
        self.cluster.forget_last_run()
        super().start()

    def _answers(self) -> bool:
        self.running.assert_alive()
        return self.cluster.is_ready()

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())
