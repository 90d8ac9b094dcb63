"""A store that is full or read-only, as callers meet it: uploads are refused, tasks wait, results stay."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.answers import body
from tests.support.api_and_worker import ApiAndWorker, api_and_worker
from tests.support.origin import Origin
from tests.support.pictures import photo
from tests.support.small_disk import SmallDisk, small_disk
from tests.support.wait import wait_until

IMAGE = photo(600, 400, seed=3)
"""Larger than what is left on a disk that is nearly full; so is a PNG of it."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "store") as disk:
        yield disk


def refuses_uploads(service: ApiAndWorker) -> bool:
    answer = service.upload(IMAGE, 300)
    if answer.is_success:
        return False
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json"), answer.text
    assert (answer.json()["code"], answer.json()["retryable"]) == ("store_unavailable", True)
    assert int(answer.headers["Retry-After"]) >= 1
    return True


def files(service: ApiAndWorker, kind: str) -> set[Path]:
    return {path for path in (service.worker.store / kind).rglob("*") if path.is_file()}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("outage", ["full", "read-only"])
def test_nothing_half_written_is_left_or_served(
    outage: str, disk: SmallDisk, redis_url: str, database_url: str, tmp_path: Path
) -> None:
    """What needs no room goes on: requests by URL are accepted. Both roles say that they are not ready."""
    with Origin() as origin, api_and_worker(tmp_path, origin, redis_url, database_url) as service:
        image_url = origin.serve("/photo.jpg", body(IMAGE))
        before = service.ended(service.uploaded(photo(60, 40, seed=1), 50))
        kept = {kind: files(service, kind) for kind in ("results", "uploads")}

        (disk.fill if outage == "full" else disk.make_read_only)()
        path = service.submit(image_url, 200)
        assert refuses_uploads(service)
        for ask in (service.http.get, service.worker.ask):
            wait_until(lambda: ask("/ready").status_code == 503, 20)  # noqa: B023 - is called at once
        assert service.http.get("/ready").json()["checks"]["store"] == "unavailable"
        assert service.http.get(path).json()["status"] == "pending"
        assert {kind: files(service, kind) for kind in kept} == kept
        wait_until(lambda: files(service, "unfinished") == set())
        assert service.width_of(before) == 50

        (disk.make_room if outage == "full" else disk.make_writable)()
        waited = service.ended(path)
        assert (waited["status"], waited["attempts"], service.width_of(waited)) == ("completed", 1, 200)
        after = service.ended(service.uploaded(IMAGE, 300))
        assert (after["status"], service.width_of(after)) == ("completed", 300)
        wait_until(lambda: service.http.get("/ready").is_success and service.worker.ask("/ready").is_success, 20)
