"""What a fault test needs of the service when it takes its servers away: an api, a worker, and callers' words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from pixelmill.audit.migrate import migrate
from tests.support.api_server import ApiServer
from tests.support.origin import Origin
from tests.support.pictures import size_of
from tests.support.wait import wait_until
from tests.support.worker_process import WorkerProcess, running_worker

END_SECONDS = 60.0


@dataclass(frozen=True)
class ApiAndWorker:
    """A running api and a worker, that share servers and a folder."""

    api: ApiServer
    worker: WorkerProcess
    http: httpx.Client

    def submit(self, image_url: str, width: int) -> str:
        """Have an image made; returns the path of its task."""
        return _accepted(self.http.post("/queue-task", json={"image_url": image_url, "parameters": {"width": width}}))

    def upload(self, image: bytes, width: int) -> httpx.Response:
        """Try to have an uploaded image made."""
        task = (None, f'{{"parameters": {{"width": {width}, "format": "png"}}}}', "application/json")
        return self.http.post("/queue-task", files={"task": task, "image": ("a.jpg", image)})

    def uploaded(self, image: bytes, width: int) -> str:
        """Have an uploaded image made; returns the path of its task."""
        return _accepted(self.upload(image, width))

    def ended(self, path: str) -> dict[str, Any]:
        """The task, as soon as it has ended."""
        task: dict[str, Any] = {}

        def is_final() -> bool:
            task.update(self.http.get(path, headers={"Prefer": "wait=10"}).json())
            return bool(task["status"] != "pending")

        wait_until(is_final, END_SECONDS)
        return task

    def width_of(self, task: Mapping[str, Any]) -> int:
        """Of the file that is served as its result."""
        url: str = task["result"]["variants"]["image"]["url"]
        return size_of((self.worker.store / "results" / url.removeprefix("/images/")).read_bytes())[0]


def _accepted(answer: httpx.Response) -> str:
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    return answer.headers["Location"]


@contextmanager
def api_and_worker(
    folder: Path, origin: Origin, redis_url: str, database_url: str, **worker_settings: str
) -> Iterator[ApiAndWorker]:
    """Start both, and stop them in order.

    Args:
        folder: Has the store and everything else of theirs.
        origin: May be fetched from.
        redis_url: Their queue.
        database_url: Their trail; brought up to date first.
        worker_settings: More settings of the worker, by environment variable.
    """
    migrate(database_url)
    settings = {
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "PIXELMILL_FETCH_ALLOWED_NETWORKS": "127.0.0.1",
        "PIXELMILL_FETCH_ALLOWED_PORTS": str(origin.port),
        **worker_settings,
    }
    with (
        ApiServer(redis_url=redis_url, database_url=database_url, folder=folder) as api,
        httpx.Client(base_url=api.url, timeout=30) as http,
        running_worker(folder, settings) as worker,
    ):
        yield ApiAndWorker(api, worker, http)
