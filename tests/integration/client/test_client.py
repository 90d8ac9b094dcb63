"""The client that blocks and the one that awaits against the real api, with a worker that ends tasks on demand."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import cast

import httpx
import pytest

from pixelmill.audit.migrate import migrate
from pixelmill.client import ApiProblem, Client, ServiceUnreachable, TaskFailed
from pixelmill.domain.source import SourceInfo
from pixelmill.domain.task import Priority, Stage, Status, Task
from pixelmill.domain.transformation import Fit, Transformation
from tests.support.answers import body, failing, in_turn, resetting
from tests.support.api_server import ApiServer
from tests.support.blocking_client import BlockingClient
from tests.support.kept_tasks import MORNING
from tests.support.origin import Origin
from tests.support.ports import free_port
from tests.support.servers import PostgresServer, ValkeyServer
from tests.support.toy_worker import HELD, MISSING, UNREACHABLE, ToyWorker
from tests.support.trail_keeping import keep_in_trail
from tests.support.trail_records import ended
from tests.support.wait import wait_until


@pytest.fixture(scope="module", params=[Client, BlockingClient], ids=["blocking", "awaiting"])
def make_client(request: pytest.FixtureRequest) -> type[Client]:
    """Makes clients; each kind has servers of its own, where nothing is known of the other's tasks."""
    return cast("type[Client]", request.param)


@pytest.fixture(scope="module")
def database_of_module(make_client: type[Client], _shared_postgres: PostgresServer) -> Iterator[str]:
    url = _shared_postgres.create_database()
    migrate(url)
    yield url
    _shared_postgres.drop_database(url)


@pytest.fixture(scope="module")
def redis_of_module(make_client: type[Client]) -> Iterator[str]:
    with ValkeyServer() as server:
        yield server.url


@pytest.fixture(scope="module")
def api(redis_of_module: str, database_of_module: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    folder = tmp_path_factory.mktemp("api")
    with ApiServer(redis_url=redis_of_module, database_url=database_of_module, folder=folder) as server:
        yield server


@pytest.fixture
def client(make_client: type[Client], api: ApiServer) -> Iterator[Client]:
    with make_client(api.url) as client:
        yield client


@pytest.fixture
def worker(redis_of_module: str) -> Iterator[ToyWorker]:
    with ToyWorker(redis_of_module) as running:
        yield running


def test_a_file_as_text_is_refused(client: Client) -> None:
    """Text is a URL: nothing is sent, and the sentence says how a file is given."""
    for name in ("/photos/cat.jpg", "cat.jpg", "example.com/cat.jpg"):
        with pytest.raises(ValueError, match=r'for a file pathlib\.Path\("cat\.jpg"\)'):
            client.resize(name, width=10)


def test_a_task_is_named_by_itself_or_by_its_id(client: Client, worker: ToyWorker) -> None:
    """Wherever one is taken."""
    task = client.submit("https://example.com/named", width=100)
    ended = client.wait(task.task_id, timeout_seconds=10)
    assert ended.status is Status.COMPLETED
    assert client.status(task) == client.status(task.task_id) == ended
    assert list(client.stream(task.task_id)) == [ended]
    for named in (task, task.task_id):
        with pytest.raises(ApiProblem) as finished:
            client.cancel(named)
        with pytest.raises(ApiProblem) as alive:
            client.requeue(named)
        assert (finished.value.code, alive.value.code) == ("task_finished", "not_a_dead_letter")


def test_a_url_is_submitted_and_waited_for(client: Client, worker: ToyWorker) -> None:
    """The variant of plain parameters is named `image`."""
    task = client.wait(client.submit("https://example.com/url", width=100, fit=Fit.INSIDE), timeout_seconds=10)
    assert task.status is Status.COMPLETED
    assert task.result is not None
    assert list(task.result.variants) == ["image"]
    assert client.submit("https://example.com/url", width=100, fit="inside").cached
    assert client.status(task.task_id) == task


def test_resizing_is_one_call(client: Client, worker: ToyWorker) -> None:
    """The result comes back, or an error that has the task in it."""
    result = client.resize("https://example.com/one-call", width=100, timeout_seconds=10)
    assert result.made["image"].width == 100
    with pytest.raises(TaskFailed, match="source_not_found") as failure:
        client.resize(f"{MISSING}one-call", width=100, timeout_seconds=10)
    assert failure.value.task.status is Status.FAILED


def test_states_are_streamed(client: Client, worker: ToyWorker) -> None:
    """From the one that is known to the end, as they come, by one connection."""
    submitted = client.submit(f"{HELD}streamed", width=10)
    states = []
    for state in client.stream(submitted, timeout_seconds=30):
        states.append(state.stage)
        if state.stage not in {Stage.QUEUED, None}:
            worker.step()
    assert states[0] is Stage.QUEUED
    assert [stage for stage in states if stage is not Stage.QUEUED] == [
        Stage.FETCHING,
        Stage.TRANSFORMING,
        Stage.STORING,
        None,
    ]


def test_whoever_looks_away_leaves_nothing_open(client: Client, api: ApiServer, worker: ToyWorker) -> None:
    """A loop that is left closes its connection."""
    task = client.submit(f"{HELD}left", width=10)
    for state in client.stream(task, timeout_seconds=30):
        if state.stage is Stage.FETCHING:
            break
    for _ in range(3):
        worker.step()
    wait_until(lambda: "pixelmill_api_streams 0.0" in httpx.get(f"{api.url}/metrics").text)


def test_without_a_place_for_a_stream_it_polls(
    make_client: type[Client], redis_of_module: str, database_of_module: str, tmp_path: Path, worker: ToyWorker
) -> None:
    """The same states come."""
    settings = {"PIXELMILL_API_MAX_STREAMS": "1"}
    with (
        ApiServer(redis_url=redis_of_module, database_url=database_of_module, folder=tmp_path, **settings) as api,
        make_client(api.url) as client,
    ):
        task = client.submit(f"{HELD}no-place", width=10)
        with httpx.stream("GET", f"{api.url}/task-status/{task.task_id}/events") as taken:
            next(taken.iter_bytes())
            states = [task.stage]
            for state in client.stream(task, timeout_seconds=30):
                states.append(state.stage)
                if state.stage not in {Stage.QUEUED, None}:
                    worker.step()
        assert [stage for stage in states if stage is not Stage.QUEUED][-3:] == [
            Stage.TRANSFORMING,
            Stage.STORING,
            None,
        ]


def test_dead_letters_are_listed_and_started_again(client: Client, worker: ToyWorker) -> None:
    """One by one, or all."""
    urls = [f"{UNREACHABLE}{number}" for number in range(2)]
    tasks = [client.wait(client.submit(url, width=100), timeout_seconds=20) for url in urls]
    assert [task.task_id for task in client.dead_letters()] == [task.task_id for task in reversed(tasks)]
    assert client.requeue(tasks[0].task_id).status is Status.PENDING
    assert client.requeue_all() == 1
    ended_again = [client.wait(client.status(task.task_id), timeout_seconds=20) for task in tasks]
    assert {task.status for task in ended_again} == {Status.FAILED}
    done = client.wait(client.submit("https://example.com/no-letter", width=100), timeout_seconds=10)
    with pytest.raises(ApiProblem) as refusal:
        client.requeue(done.task_id)
    assert refusal.value.code == "not_a_dead_letter"


def test_a_task_is_canceled(client: Client, worker: ToyWorker) -> None:
    """What comes back is the canceled task; one that has ended is a problem with the task in it."""
    task = client.submit(f"{HELD}canceled", width=100)
    assert client.cancel(task.task_id).status is Status.CANCELED
    assert client.wait(task, timeout_seconds=5).status is Status.CANCELED
    done = client.wait(client.submit("https://example.com/done", width=100), timeout_seconds=10)
    with pytest.raises(ApiProblem) as refusal:
        client.cancel(done.task_id)
    assert (refusal.value.code, refusal.value.status, refusal.value.task) == ("task_finished", 409, done)


def test_a_file_is_uploaded(client: Client, worker: ToyWorker, tmp_path: Path) -> None:
    """In several variants, whose defaults are the service's."""
    image = tmp_path / "ä.png"
    image.write_bytes(b"\x89PNG" * 1000)
    variants = {"small": Transformation(width=10), "large": Transformation(width=20, quality=50)}
    task = client.wait(client.submit(image, variants=variants, priority="bulk"), timeout_seconds=10)
    assert task.priority is Priority.BULK
    assert task.result is not None
    assert set(task.result.variants) == {"small", "large"}


def test_a_preset_is_named_and_its_markup_comes_back(client: Client, worker: ToyWorker) -> None:
    """As text ready for a page; the same wherever the task is shown."""
    submitted = client.submit("https://example.com/preset", preset="responsive", quality=60)
    task = client.wait(submitted, timeout_seconds=10)
    assert task.result is not None
    assert len(task.result.variants) == 15
    assert task.result.markup is not None
    assert task.result.markup.picture.startswith("<picture>")
    assert (
        client.status(task.task_id).result
        == client.submit("https://example.com/preset", preset="responsive", quality=60).result
    )


def test_variants_have_markup_where_it_is_asked_for(client: Client, worker: ToyWorker) -> None:
    """As those of a preset have."""
    variants = {"small": Transformation(width=10), "large": Transformation(width=20)}
    with_markup = client.resize("https://example.com/own-set", variants=variants, markup=True)
    assert with_markup.markup is not None
    assert with_markup.markup.picture.count(" 10w, ") == 1
    assert client.resize("https://example.com/own-set", variants=variants).markup is None


def test_waiting_tells_every_stage(client: Client, worker: ToyWorker) -> None:
    """As it comes, in order, and the end last."""
    seen: list[Task] = []

    def on_change(task: Task) -> None:
        seen.append(task)
        if task.status is Status.PENDING:
            worker.step()

    task = client.wait(client.submit(f"{HELD}stages", width=10), 20, on_change)
    stages = [change.stage for change in seen if change.stage is not Stage.QUEUED]
    assert stages == [Stage.FETCHING, Stage.TRANSFORMING, Stage.STORING, None]
    assert (seen[-1], task.status) == (task, Status.COMPLETED)


def test_waiting_ends_in_time(client: Client) -> None:
    """A task that does not end is no reason to wait for ever."""
    task = client.submit("https://example.com/never", width=10)
    started = time.monotonic()
    with pytest.raises(TimeoutError, match=task.task_id):
        client.wait(task, timeout_seconds=1.5)
    assert 1 < time.monotonic() - started < 6


def test_a_failed_task_is_returned(client: Client, worker: ToyWorker) -> None:
    """It is the task that failed, not the call."""
    task = client.wait(client.submit(f"{MISSING}failed", width=10), timeout_seconds=10)
    assert task.error is not None
    assert task.error.code == "source_not_found"


def test_a_refusal_names_the_fields(client: Client) -> None:
    """The service judges the values."""
    with pytest.raises(ApiProblem) as caught:
        client.submit("https://example.com/refused", width=0)
    assert (caught.value.status, caught.value.code) == (422, "invalid_request")
    assert [error.field for error in caught.value.errors] == ["parameters.width"]


def test_an_expired_task_says_what_is_known(client: Client, database_of_module: str) -> None:
    """The problem carries the task."""
    record = ended(9100, image_url="https://example.com/expired")
    keep_in_trail(database_of_module, [record])
    with pytest.raises(ApiProblem) as caught:
        client.status(record.task.task_id)
    assert (caught.value.code, caught.value.task) == ("task_expired", record.task)


def test_history_turns_pages(client: Client, database_of_module: str) -> None:
    """All that match, the newest first, over as many pages as there are."""
    source = "https://example.com/history"
    records = [ended(number, image_url=source) for number in range(250)]
    keep_in_trail(database_of_module, records)
    assert list(client.history(source=source)) == [record.task for record in reversed(records)]
    newest = records[-1].task.queued_at
    assert len(list(client.history(source=source, since=newest - timedelta(seconds=9), until=newest))) == 9
    assert list(client.history(source=source, status="failed")) == []


def test_a_service_that_comes_back_is_waited_for(
    make_client: type[Client], valkey: Callable[[], ValkeyServer], database_url: str, tmp_path: Path
) -> None:
    """Neither a missing queue nor a missing api is noticed, if it is short."""
    redis = valkey()
    with (
        ApiServer(redis_url=redis.url, database_url=database_url, folder=tmp_path) as api,
        make_client(api.url, retry_seconds=20) as client,
        ThreadPoolExecutor() as pool,
    ):
        redis.kill()
        submitting = pool.submit(client.submit, "https://example.com/back", width=10)
        wait_until(lambda: api.events("request_answered")[-1]["status"] == HTTPStatus.SERVICE_UNAVAILABLE)
        redis.start()
        task = submitting.result(timeout=30)
        api.stop()
        asking = pool.submit(client.status, task.task_id)
        api.start()
        assert asking.result(timeout=30) == task


def test_nobody_there(make_client: type[Client]) -> None:
    """The error of the library, not of the one below it."""
    with make_client(f"http://127.0.0.1:{free_port()}", retry_seconds=0) as client, pytest.raises(ServiceUnreachable):
        client.status("0" * 32)


def test_a_submission_that_is_sent_again_has_its_key(make_client: type[Client], tmp_path: Path) -> None:
    """The service can tell that it is the same; the next one has a key of its own."""
    image = tmp_path / "image.png"
    image.write_bytes(b"bytes")
    accepted = Task(task_id="0" * 32, status=Status.PENDING, source=SourceInfo(), queued_at=MORNING)
    in_use = b'{"title": "", "detail": "", "code": "idempotency_key_in_use"}'
    answers = (resetting(), failing(503), body(in_use, status=409), body(accepted.model_dump_json().encode()))
    with Origin() as service, make_client(service.url(""), retry_seconds=10) as client:
        service.serve("/queue-task", in_turn(*answers))
        client.submit("https://example.com/again", width=10)
        client.submit(image, width=10)
        keys = [request.headers["idempotency-key"] for request in service.requests]
    assert len(keys) == 5
    assert len(set(keys[:-1])) == 1
    assert len(set(keys)) == 2
