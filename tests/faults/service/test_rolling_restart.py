"""Two of each role behind nginx, restarted one after the other under load: no request fails, and no task."""

import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from pixelmill.audit.migrate import migrate
from tests.support.answers import body, late
from tests.support.api_server import ApiServer
from tests.support.callers import callers
from tests.support.crew_process import running_crew
from tests.support.front import Front
from tests.support.origin import Origin
from tests.support.pictures import photo
from tests.support.ports import free_port
from tests.support.servers import PostgresServer, ValkeyServer
from tests.support.wait import wait_until
from tests.support.worker_process import running_worker

CALLERS = 4
ROUNDS = 1
RELOADS = 3
NGINX_WORKERS = 2
HEADERS = {"Prefer": "wait=20"}


@dataclass
class Load:
    """Callers that submit, upload and wait without a pause; `answers` counts statuses, `tasks` the ends of tasks."""

    base_url: str
    image_url: str
    image: bytes
    answers: Counter[str] = field(default_factory=Counter)
    tasks: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def running(self) -> AbstractContextManager[None]:
        return callers(CALLERS, self._call)

    def goes_on(self, tasks: int = 15) -> None:
        """Wait for so many more ends."""
        goal = self.tasks.total() + tasks
        wait_until(lambda: self.tasks.total() >= goal, 60)

    def _call(self, caller: int, is_over: threading.Event) -> None:
        with httpx.Client(base_url=self.base_url, timeout=40) as http:
            number = caller
            while not is_over.is_set():
                number += CALLERS
                submitted = self._ask(lambda: self._submit(http, number))  # noqa: B023 - is called at once
                if submitted is not None:
                    path = f"/task-status/{submitted['task_id']}"
                    ended = self._ask(lambda: http.get(path, headers=HEADERS))  # noqa: B023 - as above
                    while ended is not None and ended["status"] == "pending":
                        ended = self._ask(lambda: http.get(path, headers=HEADERS))  # noqa: B023 - as above
                    with self._lock:
                        self.tasks[str(ended and ended["status"])] += 1

    def _submit(self, http: httpx.Client, number: int) -> httpx.Response:
        parameters = f'{{"parameters": {{"width": {20 + number}, "fit": "fill", "height": {10 + number % 7}}}}}'
        if number % 3:
            wanted = parameters.replace("{", f'{{"image_url": "{self.image_url}", ', 1)
            return http.post("/queue-task", content=wanted, headers={"Content-Type": "application/json"})
        image = ("a.jpg", self.image + number.to_bytes(4))
        return http.post("/queue-task", files={"task": (None, parameters, "application/json"), "image": image})

    def _ask(self, send: Callable[[], httpx.Response]) -> dict[str, object] | None:
        try:
            response = send()
        except httpx.TransportError as error:
            outcome, answer = repr(error), None
        else:
            answer = response.json()
            outcome = "good" if response.is_success else f"{response.status_code} {response.text}"
        with self._lock:
            self.answers[outcome] += 1
        return answer if outcome == "good" else None


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


@pytest.fixture
def settings(
    valkey: Callable[[], ValkeyServer], postgres: Callable[[], PostgresServer], origin: Origin
) -> dict[str, str]:
    """Of workers and crews, which may fetch from the origin."""
    database_url = postgres().create_database()
    migrate(database_url)
    return {
        "REDIS_URL": valkey().url,
        "DATABASE_URL": database_url,
        "PIXELMILL_WORKER_GRACE_SECONDS": "0.2",
        "PIXELMILL_FETCH_ALLOWED_NETWORKS": "127.0.0.1",
        "PIXELMILL_FETCH_ALLOWED_PORTS": str(origin.port),
    }


def asking(*apis: ApiServer) -> Callable[[str], str]:
    """Has nginx ask these apis."""
    servers = "\n".join(f"server {api.url.removeprefix('http://')} max_fails=0;" for api in apis)
    return lambda text: re.sub(r"server \S+ max_fails=0;", servers, text)


@pytest.mark.timeout(300)
def test_no_request_fails_while_each_role_is_restarted(
    settings: dict[str, str], origin: Origin, tmp_path: Path
) -> None:
    """Apis drain and nginx asks the next one; workers hand back what they cannot finish; crews take turns."""
    picture = photo(300, 200, seed=1)
    with ExitStack() as stack:
        apis = [
            stack.enter_context(
                ApiServer(redis_url=settings["REDIS_URL"], database_url=settings["DATABASE_URL"], folder=tmp_path)
            )
            for _ in range(2)
        ]

        front = stack.enter_context(Front(tmp_path, free_port(), asking(*apis)))
        workers = [stack.enter_context(ExitStack()) for _ in range(2)]
        crews = [stack.enter_context(ExitStack()) for _ in range(2)]

        def start_worker(place: ExitStack) -> None:
            place.enter_context(running_worker(tmp_path, settings))

        def start_crew(place: ExitStack) -> None:
            place.enter_context(running_crew(tmp_path / "store", settings["REDIS_URL"]))

        for place in workers:
            start_worker(place)
        for place in crews:
            start_crew(place)

        load = Load(front.base_url, origin.serve("/photo.jpg", body(picture)), picture)
        with load.running():
            for _ in range(ROUNDS):
                for api in apis:
                    load.goes_on()
                    api.stop()
                    load.goes_on()
                    api.start()
                for start, places in ((start_worker, workers), (start_crew, crews)):
                    for place in places:
                        load.goes_on()
                        place.close()
                        start(place)
            load.goes_on()
    assert set(load.answers) == {"good"}, load.answers
    assert set(load.tasks) == {"completed"}


@pytest.mark.timeout(200)
def test_no_request_fails_while_nginx_is_reloaded(settings: dict[str, str], origin: Origin, tmp_path: Path) -> None:
    """New workers take what comes; the old ones finish long polls and event streams, and end."""
    picture = photo(300, 200, seed=2)
    with ExitStack() as stack:
        api = stack.enter_context(
            ApiServer(redis_url=settings["REDIS_URL"], database_url=settings["DATABASE_URL"], folder=tmp_path)
        )
        front = stack.enter_context(Front(tmp_path, free_port(), asking(api)))
        stack.enter_context(running_worker(tmp_path, settings))
        http = stack.enter_context(httpx.Client(base_url=front.base_url, timeout=40))
        endless = {"image_url": origin.serve("/endless.jpg", late(body(picture))), "parameters": {"width": 9}}
        path = f"/task-status/{http.post('/queue-task', json=endless).json()['task_id']}"
        load = Load(front.base_url, origin.serve("/photo.jpg", body(picture)), picture)
        with load.running(), ThreadPoolExecutor() as pool, http.stream("GET", f"{path}/events") as events:
            lines = events.iter_lines()
            assert next(lines)
            load.goes_on()
            poll = pool.submit(http.get, path, headers={"Prefer": "wait=6"})
            for _ in range(RELOADS):
                load.goes_on()
                before = nginx_workers(front)
                os.kill(front.running.pid, signal.SIGHUP)
                wait_until(lambda: len(nginx_workers(front) - before) >= NGINX_WORKERS)  # noqa: B023 - is called at once
            assert poll.result().json()["status"] == "pending"
            # Until the task has failed, after half a minute.
            assert "event: end" in list(lines)
        assert set(load.answers) == {"good"}, load.answers
        assert set(load.tasks) == {"completed"}


def nginx_workers(front: Front) -> set[int]:
    return {child.pid for child in psutil.Process(front.running.pid).children()}
