"""What a role says about itself: metrics, alive, able to work."""

import asyncio
import json

import aiohttp
import pytest

from pixelmill.telemetry import endpoint, metrics
from pixelmill.telemetry.endpoint import Check, serve_endpoint


async def passing() -> None:
    """A server that answers."""


async def failing() -> None:
    raise ConnectionRefusedError


async def hanging() -> None:
    await asyncio.Event().wait()


async def ask(port: int, path: str) -> tuple[int, str]:
    """The status and text of an answer."""
    url = f"http://127.0.0.1:{port}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def test_metrics_are_in_the_format_of_prometheus() -> None:
    """A scrape finds the metrics of this process."""
    metrics.tasks_running.set(3)
    async with serve_endpoint("127.0.0.1", 0, {}) as port:
        status, text = await ask(port, "/metrics")
    metrics.tasks_running.set(0)
    assert status == 200
    assert "pixelmill_tasks_running 3.0" in text


async def test_health_does_not_depend_on_others() -> None:
    """A role is not restarted because a server it needs is away."""
    async with serve_endpoint("127.0.0.1", 0, {"queue": failing}) as port:
        assert await ask(port, "/health") == (200, '{"status": "ok"}')


@pytest.mark.parametrize("broken", [failing, hanging])
async def test_ready_names_what_is_missing(broken: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that refuses or hangs makes the role not ready, in bounded time; the report says which."""
    monkeypatch.setattr(endpoint, "CHECK_SECONDS", 0.1)
    async with serve_endpoint("127.0.0.1", 0, {"queue": passing, "store": broken}) as port:
        status, text = await ask(port, "/ready")
    assert status == 503
    assert json.loads(text) == {"ready": False, "checks": {"queue": "ok", "store": "failed"}}


async def test_ready_when_all_checks_pass() -> None:
    """With everything there, the role is ready."""
    async with serve_endpoint("127.0.0.1", 0, {"queue": passing}) as port:
        status, text = await ask(port, "/ready")
    assert status == 200
    assert json.loads(text) == {"ready": True, "checks": {"queue": "ok"}}


async def test_a_taken_port_is_refused() -> None:
    """Two roles cannot listen on one port; the second says so instead of being deaf."""
    async with serve_endpoint("127.0.0.1", 0, {}) as port:
        with pytest.raises(OSError, match="address already in use"):
            async with serve_endpoint("127.0.0.1", port, {}):
                pass
