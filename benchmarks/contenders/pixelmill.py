"""Pixelmill as a whole: `pixelmill up`, asked through nginx."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import aiohttp
import psutil

from benchmarks.contenders.contender import client_session
from benchmarks.meter import Roles
from benchmarks.origin import Origin
from benchmarks.wanted import Wanted
from tests.support.up import Up, up

WAIT_SECONDS: Final = 30

_ROLES: Final = {
    "pixelmill.api.main": "api",
    "pixelmill.worker.main": "worker",
    "pixelmill.transform.child": "children",
    "pixelmill.cleanup_crew.main": "cleanup_crew",
    "valkey-server": "broker",
    "nginx": "nginx",
    "postgres": "postgres",
}
"""What a command line has in it, and what that makes of the process."""


class Service:
    """A running service."""

    name = "Pixelmill"

    def __init__(self, run: Up, session: aiohttp.ClientSession) -> None:
        self._run = run
        self._session = session

    async def make(self, wanted: Wanted) -> bytes:
        """As `Contender.make`: submit, wait until it has ended, fetch the result."""
        parameters: dict[str, object] = {"width": wanted.width, "format": wanted.output}
        if wanted.quality is not None:
            parameters["quality"] = wanted.quality
        task = await self.complete({"image_url": wanted.url, "parameters": parameters})
        return await self._fetch(task["result"]["variants"]["image"]["url"])

    async def complete(self, body: Mapping[str, object]) -> dict[str, Any]:
        """Submit a task and wait until it has completed.

        Raises:
            RuntimeError: It did not complete.
        """
        task = await self.submit(body)
        if task["status"] != "completed":
            raise RuntimeError(f"the task did not complete: {task}")
        return task

    async def submit(self, body: Mapping[str, object]) -> dict[str, Any]:
        """Submit a task and wait for its end, whatever that is."""
        headers = {"Prefer": f"wait={WAIT_SECONDS}"}
        async with self._session.post(f"{self._run.base_url}/queue-task", json=body, headers=headers) as response:
            response.raise_for_status()
            task: dict[str, Any] = await response.json()
            return task

    async def _fetch(self, path: str) -> bytes:
        async with self._session.get(self._run.base_url + path) as response:
            response.raise_for_status()
            return await response.read()

    def roles(self) -> Roles:
        """As `Contender.roles`."""
        found: dict[str, list[int]] = {}
        for process in self._run.everything():
            found.setdefault(_role_of(process), []).append(process.pid)
        return found


@asynccontextmanager
async def service(origin: Origin, settings: Mapping[str, str] | None = None) -> AsyncIterator[Service]:
    """Start the service, with further settings if they are given; it may fetch from the origin."""
    allowed = {
        "PIXELMILL_FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
        "PIXELMILL_FETCH_ALLOWED_PORTS": f"80,{origin.port}",
    }
    with TemporaryDirectory(prefix="pixelmill-bench-") as folder:
        starting = up(Path(folder), Path(folder) / "data", environment=allowed | dict(settings or {}))
        run = await asyncio.to_thread(starting.__enter__)
        try:
            async with client_session() as session:
                yield Service(run, session)
        finally:
            await asyncio.to_thread(starting.__exit__, None, None, None)


def _role_of(process: psutil.Process) -> str:
    try:
        command = " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return "rest"
    if "guardian.py" in command:
        return "rest"
    if "multiprocessing" in command or "resource_tracker" in command:
        return _role_of(process.parent() or process)
    return next((role for words, role in _ROLES.items() if words in command), "rest")
