"""Fixtures every test may ask for: real, empty servers, and the whole service."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.support.origin import Origin
from tests.support.s3_server import S3Server, Space
from tests.support.servers import PostgresServer, ValkeyServer
from tests.support.service import Service, running_service


@pytest.fixture(scope="session")
def _shared_valkey() -> Iterator[ValkeyServer]:
    with ValkeyServer() as server:
        yield server


@pytest.fixture(scope="session")
def _shared_postgres() -> Iterator[PostgresServer]:
    with PostgresServer(durable=False) as server:
        yield server


@pytest.fixture
def redis_url(_shared_valkey: ValkeyServer) -> str:
    """The URL of an empty Valkey. The server is shared by the session: do not kill it, ask for `valkey`."""
    _shared_valkey.flush()
    return _shared_valkey.url


@pytest.fixture
def valkey() -> Iterator[Callable[[], ValkeyServer]]:
    """Makes private, running Valkey servers that may be stopped, killed and restarted on the same data."""
    with ExitStack() as servers:
        yield lambda: servers.enter_context(ValkeyServer())


@pytest.fixture
def database_url(_shared_postgres: PostgresServer) -> Iterator[str]:
    """The URL of an empty database. The server is shared by the session: do not kill it, ask for `postgres`."""
    url = _shared_postgres.create_database()
    yield url
    _shared_postgres.drop_database(url)


@pytest.fixture
def postgres() -> Iterator[Callable[[], PostgresServer]]:
    """Makes private, running Postgres servers that may be stopped, killed and restarted on the same data."""
    with ExitStack() as servers:
        yield lambda: servers.enter_context(PostgresServer())


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """A real S3 server. It is shared by the session: who stops it or fills it starts a private one."""
    with S3Server() as server:
        yield server


@pytest.fixture
def s3_space(s3_server: S3Server) -> Space:
    """An empty part of its bucket."""
    return Space(s3_server)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """`pixelmill up`, ready behind nginx, with an origin on loopback that it may fetch from.

    It is shared by the session: who restarts or kills parts of it starts a private one.
    """
    with Origin() as origin, running_service(tmp_path_factory.mktemp("service"), origin) as running:
        yield running


@pytest.fixture(autouse=True)
def _paths_of_its_own(request: pytest.FixtureRequest) -> None:
    """Keep a test from serving what an earlier one served to the shared service, which keeps sources."""
    if "service" in request.fixturenames:
        request.getfixturevalue("service").origin.owner = request.node.nodeid.partition("[")[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, in words, what was not run and why: a test that is skipped in silence is a test nobody has."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.stats.get("skipped", [])
    )
    if reasons:
        terminalreporter.section("not run")
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count} test{'s' if count > 1 else ''}: {reason}")
