"""A bucket that fails at every tenth request, in seven ways: no task is lost, nothing half written is served."""

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from pixelmill.client.client import Client
from pixelmill.client.problems import ApiProblem
from pixelmill.domain.task import Status, Task
from pixelmill.domain.transformation import Transformation
from pixelmill.domain.variant import Variant
from tests.support.origin import Origin
from tests.support.pictures import photo
from tests.support.s3_server import S3Server, Space
from tests.support.service import running_service
from tests.support.stumbling import Fault, stumbling

TASKS = 100
WAIT_SECONDS = 120.0
TRIES = 10
"""Of whoever is told to try again."""

WANTED = {"small": Transformation(width=40), "page": Transformation(width=90, format="webp")}
# What hangs costs two seconds, not thirty; and some tasks need more tries than three.
PATIENCE = {"PIXELMILL_STORE_TIMEOUT_SECONDS": "2", "PIXELMILL_QUEUE_ATTEMPTS": "6"}


@pytest.mark.timeout(400)
def test_no_task_is_lost_and_every_image_is_whole(tmp_path: Path, s3_server: S3Server) -> None:
    """Uploads are accepted or refused, never half; tasks run again; what is answered with 200 has the right bytes."""
    with stumbling(s3_server.endpoint) as proxy, Origin() as origin:
        space = Space(s3_server, proxy.url)
        with (
            running_service(tmp_path, origin, space.environment | PATIENCE) as service,
            ThreadPoolExecutor(16) as pool,
        ):
            seen: Counter[str] = Counter()
            sources = [_source(tmp_path, number) for number in range(TASKS)]
            accepted = list(pool.map(lambda source: _submit(service.base_url, source, seen), sources))
            ended = list(pool.map(lambda task: _wait(service.base_url, task), accepted))
            variants = [variant for task in ended for variant in _variants(task)]
            served = list(pool.map(lambda variant: _fetch(service.base_url, variant, seen), variants))

        assert Counter(task.status for task in ended) == {Status.COMPLETED: TASKS}
        assert served == [variant.sha256 for variant in variants]
        assert len(served) == len(WANTED) * TASKS
        assert set(proxy.met) == set(Fault)
        again = sum(task.attempts > 1 for task in ended)
        print(f"{proxy.seen} requests, faults {dict(proxy.met)}; {again} tasks ran again; visitors saw {dict(seen)}")  # noqa: T201 - the counts


def _source(folder: Path, number: int) -> Path:
    path = folder / f"{number}.jpg"
    path.write_bytes(photo(240, 180, seed=number))
    return path


def _submit(base_url: str, source: Path, seen: Counter[str]) -> Task:
    """Submit until it is accepted: a refusal says that it may be tried again."""
    with Client(base_url) as client:
        for _ in range(TRIES):
            try:
                return client.submit(source, variants=WANTED)
            except ApiProblem as problem:
                if not problem.retryable:
                    raise
                seen[problem.code] += 1
    raise AssertionError("it was never accepted")


def _wait(base_url: str, task: Task) -> Task:
    with Client(base_url) as client:
        return client.wait(task, WAIT_SECONDS)


def _variants(task: Task) -> list[Variant]:
    assert task.result is not None
    return [variant for variant in task.result.variants.values() if isinstance(variant, Variant)]


def _fetch(base_url: str, variant: Variant, seen: Counter[str]) -> str:
    """The digest of what is served. An answer that breaks off is an error to every client, not a shorter image."""
    for _ in range(TRIES):
        try:
            answer = httpx.get(base_url + variant.url, timeout=30)
        except httpx.RemoteProtocolError:
            seen["broken off"] += 1
            continue
        seen[str(answer.status_code)] += 1
        if answer.status_code == httpx.codes.OK:
            return hashlib.sha256(answer.content).hexdigest()
        assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    raise AssertionError("it was never served")
