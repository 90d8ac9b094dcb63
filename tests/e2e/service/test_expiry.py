"""The end of a task's life, seen from outside."""

from pathlib import Path

import httpx
import pytest

from pixelmill.client.client import Client
from pixelmill.client.problems import ApiProblem
from pixelmill.domain.variant import Variant
from tests.support.origin import Origin
from tests.support.pictures import photo
from tests.support.service import running_service
from tests.support.wait import wait_until

SHORT_LIFE = {"PIXELMILL_RESULT_LIFE_SECONDS": "2", "PIXELMILL_CLEANUP_INTERVAL_SECONDS": "1"}
GONE_SECONDS = 120.0
"""The slot of a minute has to be over, and a sweep to come by."""


@pytest.mark.timeout(240)
def test_a_result_disappears_after_its_life_and_the_trail_remembers(tmp_path: Path) -> None:
    """Past its life a task answers 410 with what is still known, its files leave the disk, and it can be made anew."""
    source = tmp_path / "photo.jpg"
    source.write_bytes(photo(400, 300, seed=1))
    with (
        Origin() as origin,
        running_service(tmp_path, origin, SHORT_LIFE) as service,
        Client(service.base_url) as client,
        httpx.Client(base_url=service.base_url) as http,
    ):
        task = client.wait(client.submit(source, width=100), 30)
        assert task.result is not None
        variant = task.result.variants["image"]
        assert isinstance(variant, Variant)
        assert _files(service.data_dir / "store") != []

        wait_until(lambda: http.get(f"/task-status/{task.task_id}").status_code == httpx.codes.GONE, 30)
        with pytest.raises(ApiProblem) as problem:
            client.status(task.task_id)
        wait_until(lambda: _files(service.data_dir / "store") == [], GONE_SECONDS)
        assert http.get(variant.url).status_code == httpx.codes.NOT_FOUND
        anew = client.wait(client.submit(source, width=100), 30)

    assert problem.value.code == "task_expired"
    assert (anew.task_id, anew.cached) == (task.task_id, False)


def _files(store: Path) -> list[Path]:
    return [path for kind in ("results", "uploads") for path in (store / kind).rglob("*") if path.is_file()]
