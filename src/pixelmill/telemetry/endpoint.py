"""What a role without an API of its own says about itself over HTTP: `/metrics`, `/health` and `/ready`.

`/health` answers as long as the event loop turns. `/ready` asks what the role cannot work without: 200 if all of it
answers, else 503, with a line for each.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

CHECK_SECONDS: Final = 2.0
"""How long one check may take; what does not answer in time is not ready."""

Check = Callable[[], Awaitable[object]]
"""Raises if what it asks cannot be worked with; what it returns does not matter."""

_log = structlog.get_logger()


@asynccontextmanager
async def serve_endpoint(host: str, port: int, checks: Mapping[str, Check]) -> AsyncIterator[int]:
    """Serve the three routes as long as the context lasts; yields the port (asked for with 0, a free one).

    Args:
        host: Address to listen on.
        port: Port to listen on.
        checks: What the role needs, by the name that `/ready` shows.

    Raises:
        OSError: The port is taken.
    """
    # No access log: probes and scrapes come every few seconds.
    runner = web.AppRunner(_application(checks), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _application(checks: Mapping[str, Check]) -> web.Application:
    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def ready(_: web.Request) -> web.Response:
        answers = await asyncio.gather(*(_passes(name, check) for name, check in checks.items()))
        report = {name: "ok" if passed else "failed" for name, passed in zip(checks, answers, strict=True)}
        return web.json_response({"ready": all(answers), "checks": report}, status=200 if all(answers) else 503)

    application = web.Application()
    application.add_routes([web.get("/metrics", metrics), web.get("/health", health), web.get("/ready", ready)])
    return application


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever a check raises means that it failed
        _log.warning("check_failed", check=name, error=repr(error))
        return False
    return True
