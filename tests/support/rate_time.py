"""Time for rate limits: what Redis has of them is nothing but counters that expire."""

from redis import Redis

from pixelmill.queue.rate_limits import KEY_PREFIX


def let_pass(redis_url: str, caller: str, seconds: float) -> None:
    """Make it later for a caller: nothing else changes."""
    with Redis.from_url(redis_url) as redis:
        for key in redis.scan_iter(f"{KEY_PREFIX}*:{caller}*"):
            # A time in the past removes the key.
            redis.pexpire(key, redis.pttl(key) - round(seconds * 1000))
