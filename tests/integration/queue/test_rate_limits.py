"""Counting the calls of callers, in a real Valkey."""

import time
from collections.abc import Callable, Iterator

import pytest
from redis import Redis

from pixelmill.queue.rate_limits import COUNT_SECONDS, KEY_PREFIX, CallCounts, RateLimit, Standing
from pixelmill.settings import QueueSettings
from tests.support.rate_time import let_pass
from tests.support.servers import ValkeyServer
from tests.support.silence import silent
from tests.support.wait import wait_until

CALLER = "203.0.113.7"
LIMIT = RateLimit("submissions", 10)


@pytest.fixture
def counts(redis_url: str) -> Iterator[CallCounts]:
    counts = CallCounts(QueueSettings(redis_url=redis_url))
    yield counts
    counts.close()


def spent(counts: CallCounts, calls: int = 1, *, limit: RateLimit = LIMIT, caller: str = CALLER) -> Standing:
    standing = counts.spend(limit, caller, calls)
    assert standing is not None
    return standing


def test_calls_within_the_limit_are_let_in(counts: CallCounts) -> None:
    """To the last one, and one more is not."""
    standings = [spent(counts) for _ in range(11)]
    assert [standing.remaining for standing in standings] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0]
    assert [standing.is_within for standing in standings] == [True] * 10 + [False]
    assert standings[0].reset_seconds == 60
    assert 60 <= standings[-1].reset_seconds <= 61


def test_who_waits_as_long_as_told_is_let_in(counts: CallCounts, redis_url: str) -> None:
    """And not sooner, though the minute is over: the window slides."""
    spent(counts, 10)
    told = spent(counts, 5).reset_seconds
    assert 60 < told < 120
    let_pass(redis_url, CALLER, told - 2)  # it is told in whole seconds, and time goes on
    assert not spent(counts, 5).is_within
    let_pass(redis_url, CALLER, 2)
    assert spent(counts, 5) == Standing(is_within=True, remaining=0, reset_seconds=120 - told)


def test_after_two_minutes_all_is_forgotten(counts: CallCounts, redis_url: str) -> None:
    """Nothing is kept of a caller who is gone."""
    spent(counts, 10)
    let_pass(redis_url, CALLER, 120)
    with Redis.from_url(redis_url) as redis:
        assert list(redis.scan_iter()) == []
    assert spent(counts).remaining == 9


def test_all_calls_are_counted_or_none(counts: CallCounts) -> None:
    """What is refused leaves the rest to smaller ones."""
    spent(counts, 7)
    refused = spent(counts, 4)
    assert (refused.is_within, refused.remaining) == (False, 3)
    assert spent(counts, 3).is_within


def test_limits_and_callers_are_counted_apart(counts: CallCounts) -> None:
    """Whoever polls too often can still submit."""
    assert not [spent(counts, 10), spent(counts)][1].is_within
    assert spent(counts, limit=RateLimit("reads", 10)).remaining == 9
    assert spent(counts, caller="2001:db8:1:2::/64").remaining == 9


def test_processes_count_together(counts: CallCounts, redis_url: str) -> None:
    """Each with connections of its own."""
    other = CallCounts(QueueSettings(redis_url=redis_url))
    spent(counts, 4)
    assert spent(other, 4).remaining == 2
    assert not spent(counts, 3).is_within
    other.close()


def test_every_key_expires(counts: CallCounts, redis_url: str) -> None:
    """In this minute, in the next, and after a refusal."""
    for seconds in (0, 65, 30):
        let_pass(redis_url, CALLER, seconds)
        spent(counts, 6)
        with Redis.from_url(redis_url) as redis:
            keys = {key: redis.pttl(key) for key in redis.scan_iter()}
        assert keys
        assert all(key.startswith(KEY_PREFIX.encode()) for key in keys)
        assert all(0 < milliseconds <= 120_000 for milliseconds in keys.values())


def test_nobody_waits_for_a_redis_that_says_nothing(valkey: Callable[[], ValkeyServer]) -> None:
    """A moment once, then not at all; as soon as it answers, calls are counted again."""
    server = valkey()
    counts = CallCounts(QueueSettings(redis_url=server.url))
    spent(counts)
    with silent(server.running.pid):
        started = time.monotonic()
        assert counts.spend(LIMIT, CALLER, 1) is None
        first_seconds = time.monotonic() - started
        assert all(counts.spend(LIMIT, CALLER, 1) is None for _ in range(100))
        others_seconds = time.monotonic() - started - first_seconds
    assert COUNT_SECONDS <= first_seconds < 3 * COUNT_SECONDS
    assert others_seconds < COUNT_SECONDS
    wait_until(lambda: counts.spend(LIMIT, CALLER, 1))
    counts.close()


def test_a_redis_that_was_restarted_is_counted_in(valkey: Callable[[], ValkeyServer]) -> None:
    """Connections that broke are no reason to count nobody, and what was counted is still known."""
    server = valkey()
    counts = CallCounts(QueueSettings(redis_url=server.url))
    spent(counts, 4)
    server.kill()
    assert counts.spend(LIMIT, CALLER, 1) is None
    server.start()
    wait_until(lambda: counts.spend(LIMIT, CALLER, 1))
    assert spent(counts).remaining == 4
    counts.close()
