"""Redis or Valkey: reachable, new enough, and set up so that an accepted task is never lost."""

import asyncio
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from pixelmill.cli.checks.finding import NOT_RUNNING, Finding, ok, problem, warning
from pixelmill.domain.errors import QueueUnavailable
from pixelmill.queue.connection import connect_for_requests
from pixelmill.queue.engine import answered

OLDEST_MAJOR: Final = 7
SAFE_SETTINGS: Final = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}


def check(redis_url: str | None) -> Iterator[Finding]:
    """Ask the server what it is and how it is configured; without a URL there is none to ask yet."""
    if redis_url is None:
        yield ok("redis", NOT_RUNNING)
        return
    try:
        server, settings = asyncio.run(_ask(redis_url))
    except QueueUnavailable as error:
        repair = "Start Redis 7+ or Valkey and point REDIS_URL to it; pixelmill up brings its own."
        why = str(error.__cause__) or "it said nothing in time"
        yield problem("redis", f"{_without_password(redis_url)} does not answer: {why}", repair)
        return
    yield _version(server)
    if not settings:
        yield warning(
            "redis durability", "the server does not tell its settings", f"Make sure of them: {_lines(SAFE_SETTINGS)}."
        )
    else:
        yield _durability(settings)


def _without_password(redis_url: str) -> str:
    address = urlsplit(redis_url)
    return f"{address.scheme}://{address.hostname or ''}{f':{address.port}' if address.port else ''}{address.path}"


async def _ask(redis_url: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What INFO says of the server, and the settings that matter; none where CONFIG is forbidden."""
    redis = connect_for_requests(redis_url)
    try:
        async with answered():
            server = await redis.info("server")
        try:
            async with answered():
                settings = await redis.config_get(*SAFE_SETTINGS)
        except QueueUnavailable:
            return server, {}
        return server, {str(name): str(value) for name, value in settings.items()}
    finally:
        await redis.aclose()


def _version(server: dict[str, Any]) -> Finding:
    name = "Valkey" if "valkey_version" in server else "Redis"
    version = str(server.get("valkey_version", server["redis_version"]))
    if int(version.partition(".")[0]) >= OLDEST_MAJOR:
        return ok("redis", f"{name} {version}")
    return problem("redis", f"{name} {version} is too old", f"Run Redis {OLDEST_MAJOR} or newer, or Valkey.")


def _durability(settings: dict[str, str]) -> Finding:
    wrong = {name: settings[name] for name, safe in SAFE_SETTINGS.items() if settings.get(name, safe) != safe}
    if not wrong:
        return ok("redis durability", _lines(SAFE_SETTINGS))
    right = {name: SAFE_SETTINGS[name] for name in wrong}
    return problem("redis durability", f"{_lines(wrong)}: accepted tasks can be lost", f"Set {_lines(right)}.")


def _lines(settings: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items())
