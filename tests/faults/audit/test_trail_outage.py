"""What the api gets from the trail while Postgres is silent or gone."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from pixelmill.audit.rows import TrailRows
from pixelmill.audit.trail import Trail
from pixelmill.domain.errors import TrailUnavailable
from pixelmill.settings import AuditSettings
from tests.support.servers import PostgresServer
from tests.support.silence import silent
from tests.support.trail_records import ended, placed
from tests.support.wait import wait_until

PATIENCE_SECONDS = 5.0
"""It takes two, but the machine may be busy with other tests."""


@pytest.fixture
def trail(settings: AuditSettings) -> Iterator[Trail]:
    trail = Trail(settings)
    yield trail
    trail.close()


def answers(trail: Trail) -> bool:
    try:
        trail.ping()
    except TrailUnavailable:
        return False
    return True


@pytest.mark.parametrize("connected", [True, False], ids=["on an open connection", "on a new connection"])
def test_a_silent_server_is_given_up_soon(
    server: PostgresServer, settings: AuditSettings, trail: Trail, *, connected: bool
) -> None:
    """Postgres' own time limits are silent too; the caller must not be."""
    with closing(TrailRows(settings)) as rows:
        rows.put(placed([ended(1)]))
    if connected:
        trail.ping()

    with silent(server.running.pid):
        asked_at = time.monotonic()
        with pytest.raises(TrailUnavailable):
            trail.find(ended(1).task.task_id)
        assert time.monotonic() - asked_at < PATIENCE_SECONDS

    wait_until(lambda: answers(trail))
    assert trail.find(ended(1).task.task_id) is not None


def test_many_threads_do_not_wait_in_line_for_a_silent_server(server: PostgresServer, trail: Trail) -> None:
    """Each of the api's threads is soon free for requests that need no trail, also the ones that came last."""
    trail.ping()
    ended_after_seconds: list[float] = []

    def ask() -> None:
        asked_at = time.monotonic()
        with pytest.raises(TrailUnavailable):
            trail.find("0" * 32)
        ended_after_seconds.append(time.monotonic() - asked_at)

    with silent(server.running.pid):
        threads = [threading.Thread(target=ask) for _ in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with pytest.raises(TrailUnavailable):  # known to be silent: refused at once
            trail.ping()
        asked_at = time.monotonic()
        with pytest.raises(TrailUnavailable):
            trail.ping()
        refused_after_seconds = time.monotonic() - asked_at

    assert len(ended_after_seconds) == 64
    assert max(ended_after_seconds) < PATIENCE_SECONDS
    assert refused_after_seconds < 0.1


def test_a_restart_of_the_server_is_not_noticed(server: PostgresServer, trail: Trail) -> None:
    """The pooled connections are dead then; the question is asked again on a new one."""
    trail.ping()

    server.restart()

    trail.ping()


def test_a_server_that_is_gone_is_unavailable_until_it_is_back(server: PostgresServer, trail: Trail) -> None:
    """And nothing has to be restarted for that."""
    trail.ping()
    server.kill()

    with pytest.raises(TrailUnavailable):
        trail.ping()

    server.start()
    wait_until(lambda: answers(trail))
