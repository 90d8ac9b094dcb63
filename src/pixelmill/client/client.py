"""The client: one connection pool to one service."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Final, Self, Unpack

import httpx

from pixelmill.client.download import download_to
from pixelmill.client.parameters import Parameters
from pixelmill.client.problems import ApiProblem, ServiceUnreachable, retry_after_seconds
from pixelmill.client.retries import retried
from pixelmill.domain.task import Priority, Status, Task
from pixelmill.domain.transformation import Transformation
from pixelmill.domain.variant import Variant

OnChange = Callable[[Task], None]

_LONG_POLL_SECONDS: Final = 20
"""One request waits no longer: shorter than what proxies cut off."""

_PAGE_TASKS: Final = 100


class Client:
    """Submits images, follows tasks and fetches results. May be shared by threads.

    Connection errors and passing refusals (429, 502, 503, 504) are retried, heeding `Retry-After`. Methods raise
    `ApiProblem` when the service refuses and `ServiceUnreachable` when it cannot be reached.

    Args:
        base_url: Where the service is, such as `http://127.0.0.1:8080`.
        timeout_seconds: Time for a connection, and between two bytes of an answer.
        retry_seconds: How long a failing call is repeated; 0 tries once.
    """

    def __init__(self, base_url: str, *, timeout_seconds: float = 10.0, retry_seconds: float = 10.0) -> None:
        self._timeout_seconds = timeout_seconds
        self._retry_seconds = retry_seconds
        self._http = httpx.Client(base_url=base_url, timeout=timeout_seconds)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def submit(
        self,
        source: str | Path,
        *,
        variants: Mapping[str, Transformation] | None = None,
        preset: str | None = None,
        priority: Priority = Priority.INTERACTIVE,
        refresh: bool = False,
        **parameters: Unpack[Parameters],
    ) -> Task:
        """Submit an image; equal submissions share one task.

        Args:
            source: A URL the service fetches, or the path of a file to upload.
            variants: What to make, by name, for several images.
            preset: A set of variants by its name, such as `responsive`; the result has markup for pages.
            priority: `bulk` tasks wait for `interactive` ones.
            refresh: Make it anew even if a fresh result is there.
            **parameters: What to make, for one image (its variant is named `image`); with a preset, what is the same
                for all its variants.
        """
        wanted: dict[str, object] = {"parameters": parameters} if parameters else {}
        if preset is not None:
            wanted["preset"] = preset
        if variants is not None:
            wanted["variants"] = {
                name: variant.model_dump(mode="json", exclude_unset=True) for name, variant in variants.items()
            }
        wanted |= {"priority": priority.value, "refresh": refresh}
        if isinstance(source, Path):
            return _task_of(self._answer(lambda: self._upload(source, wanted)))
        asked = {"image_url": source} | wanted
        return _task_of(self._answer(lambda: self._http.post("/queue-task", json=asked)))

    def status(self, task_id: str) -> Task:
        """How a task stands. An expired one raises `ApiProblem` with the code `task_expired`."""
        return _task_of(self._answer(lambda: self._http.get(f"/task-status/{task_id}")))

    def cancel(self, task_id: str) -> Task:
        """End a task that is not wanted any more, for everybody who submitted it; returns it as it ended.

        One that has completed or failed raises `ApiProblem` with the code `task_finished`.
        """
        return _task_of(self._answer(lambda: self._http.post(f"/cancel-task/{task_id}")))

    def wait(self, task: Task, timeout_seconds: float, on_change: OnChange | None = None) -> Task:
        """Wait until a task has ended.

        Args:
            task: As it was last known.
            timeout_seconds: Longest wait.
            on_change: Told of each change, a new stage included.

        Raises:
            TimeoutError: It has not ended in time.
        """
        deadline, etag = time.monotonic() + timeout_seconds, None
        while not task.status.is_final:
            left_seconds = deadline - time.monotonic()
            if left_seconds <= 0:
                raise TimeoutError(f"task {task.task_id} has not ended within {timeout_seconds:g} s")
            response = self._poll(task.task_id, etag, left_seconds)
            if response.status_code != HTTPStatus.NOT_MODIFIED:
                now, etag = _task_of(response), response.headers.get("ETag")
                if now != task and on_change is not None:
                    on_change(now)
                task = now
        return task

    def history(
        self,
        *,
        status: Status | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        source: str | None = None,
    ) -> Iterator[Task]:
        """Tasks, those accepted last first; pages are fetched as they are needed.

        Args:
            status: Only tasks that stand so.
            since: Only tasks accepted at this time (with its zone) or later.
            until: Only tasks accepted before this time (with its zone).
            source: Only tasks of this source: its URL, or `sha256:` and the digest of an upload.
        """
        wanted = {
            "status": status.value if status else None,
            "since": since.isoformat() if since else None,
            "until": until.isoformat() if until else None,
            "source": source,
            "limit": str(_PAGE_TASKS),
        }
        return self._pages("/task-history", {name: value for name, value in wanted.items() if value is not None})

    def dead_letters(self) -> Iterator[Task]:
        """Tasks that were given up although trying again may help, the newest first."""
        return self._pages("/dead-letters", {"limit": str(_PAGE_TASKS)})

    def requeue(self, task_id: str) -> Task:
        """Start a dead letter again. Any other task that has ended raises `ApiProblem`: `not_a_dead_letter`."""
        return _task_of(self._answer(lambda: self._http.post(f"/dead-letters/{task_id}/requeue")))

    def requeue_all(self) -> int:
        """Start all dead letters again, but for those that are given up meanwhile; returns how many."""
        query: dict[str, str] = {}
        requeued = 0
        while True:
            part = self._answer(lambda: self._http.post("/dead-letters/requeue", params=query)).json()
            requeued += int(part["requeued"])
            if part["next_cursor"] is None:
                return requeued
            query["cursor"] = part["next_cursor"]

    def download(self, variant: Variant, destination: Path) -> Path:
        """Save a variant to a file, whole or not at all; returns its path.

        Raises:
            DownloadDamaged: What came is not what the task promised.
        """
        return retried(lambda: download_to(self._http, variant, destination), self._retry_seconds)

    def _upload(self, source: Path, wanted: Mapping[str, object]) -> httpx.Response:
        with source.open("rb") as file:
            task_part = (None, json.dumps(wanted), "application/json")
            return self._http.post("/queue-task", files={"task": task_part, "image": (source.name, file)})

    def _pages(self, path: str, query: dict[str, str]) -> Iterator[Task]:
        while True:
            page = self._answer(lambda: self._http.get(path, params=query)).json()
            yield from (Task.model_validate(task) for task in page["tasks"])
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def _poll(self, task_id: str, etag: str | None, left_seconds: float) -> httpx.Response:
        """Ask once: at once for the first version, then when it changes."""
        path = f"/task-status/{task_id}"
        if etag is None:
            return self._answer(lambda: self._http.get(path))
        wait_seconds = max(1, min(_LONG_POLL_SECONDS, int(left_seconds)))
        headers = {"Prefer": f"wait={wait_seconds}", "If-None-Match": etag}
        timeout = httpx.Timeout(self._timeout_seconds, read=self._timeout_seconds + wait_seconds)
        response = self._answer(lambda: self._http.get(path, headers=headers, timeout=timeout))
        if response.status_code == HTTPStatus.NOT_MODIFIED and "Preference-Applied" not in response.headers:
            # Too many wait already: do as those who cannot wait.
            time.sleep(min(retry_after_seconds(response) or 1, left_seconds))
        return response

    def _answer(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        return retried(lambda: self._checked(send), self._retry_seconds)

    def _checked(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        try:
            response = send()
        except httpx.TransportError as error:
            raise ServiceUnreachable(f"{self._http.base_url} does not answer.") from error
        if response.is_success or response.status_code == HTTPStatus.NOT_MODIFIED:
            return response
        raise ApiProblem.of(response)


def _task_of(response: httpx.Response) -> Task:
    return Task.model_validate_json(response.content)
