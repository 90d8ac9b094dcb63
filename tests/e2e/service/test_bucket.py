"""The whole service on a bucket: everything works as it does on a folder, and nothing lies on the disk."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pixelmill.client.client import Client
from pixelmill.domain.task import Task
from pixelmill.domain.transformation import Transformation
from pixelmill.domain.variant import Variant
from tests.support.answers import body
from tests.support.origin import Origin
from tests.support.pictures import photo
from tests.support.s3_server import Space
from tests.support.service import Service, running_service
from tests.support.wait import wait_until

SHORT_LIFE = {"PIXELMILL_RESULT_LIFE_SECONDS": "2", "PIXELMILL_CLEANUP_INTERVAL_SECONDS": "1"}
GONE_SECONDS = 150.0
"""The slot of a minute has to be over, an upload a minute more, and a sweep to come by."""


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


def variants_of(task: Task) -> dict[str, Variant]:
    assert task.result is not None
    return {name: variant for name, variant in task.result.variants.items() if isinstance(variant, Variant)}


def files_on_disk(service: Service) -> list[Path]:
    return [path for path in (service.data_dir / "store").rglob("*") if path.is_file()]


@pytest.mark.timeout(300)
def test_a_task_lives_in_a_bucket_from_upload_to_expiry(tmp_path: Path, origin: Origin, s3_space: Space) -> None:
    """An upload and a URL become variants that nginx serves; past their life all of it leaves the bucket."""
    source = tmp_path / "photo.jpg"
    source.write_bytes(photo(400, 300, seed=1))
    image_url = origin.serve("/cat.jpg", body(photo(300, 200, seed=2)))
    with (
        running_service(tmp_path, origin, s3_space.environment | SHORT_LIFE) as service,
        Client(service.base_url) as client,
        httpx.Client(base_url=service.base_url) as http,
    ):
        assert http.get("/ready").json()["checks"]["store"] == "ok"
        uploaded = client.submit(source, width=100, format="webp")
        assert "uploads" in {key.partition("/")[0] for key in s3_space.kept()}
        wanted = {"small": Transformation(width=40), "page": Transformation(width=80, format="png")}
        fetched = client.submit(image_url, variants=wanted)
        variants = [
            *variants_of(client.wait(uploaded, 30)).values(),
            *variants_of(client.wait(fetched, 30)).values(),
        ]

        for variant in variants:
            answer = http.get(variant.url)
            assert answer.status_code == 200
            assert len(answer.content) == variant.bytes
            assert answer.headers["content-type"] == f"image/{variant.format}"
            assert answer.headers["cache-control"] == "public, max-age=2, immutable"
            assert http.head(variant.url).headers["content-length"] == str(variant.bytes)
            client.download(variant, tmp_path / "downloaded")
            assert (tmp_path / "downloaded").read_bytes() == answer.content
        assert {variant.width for variant in variants} == {100, 40, 80}
        assert files_on_disk(service) == []

        wait_until(lambda: s3_space.kept() == set(), GONE_SECONDS)
        gone = http.get(variants[0].url)
        assert (gone.status_code, gone.json()["code"]) == (404, "route_not_found")
        assert http.get(f"/task-status/{uploaded.task_id}").status_code == httpx.codes.GONE
