"""A set of variants, by its name or spelled out, with markup that leads to every one of them."""

import io
import re
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image

from pixelmill.client.client import Client
from pixelmill.domain.task import Task
from pixelmill.domain.transformation import Transformation
from pixelmill.domain.variant import Result, Variant
from tests.support.answers import body
from tests.support.pictures import photo
from tests.support.service import Service
from tests.support.wait import wait_until

WAIT_SECONDS = 60.0
FORMATS = ("avif", "webp", "jpeg")


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with Client(service.base_url) as client:
        yield client


def responsive(client: Client, service: Service, path: str, content: bytes) -> Task:
    url = service.origin.serve(path, body(content))
    return client.wait(client.submit(url, preset="responsive"), WAIT_SECONDS)


def result_of(task: Task) -> Result:
    assert task.result is not None, task.error
    return task.result


def test_every_address_in_the_markup_leads_to_what_it_says(client: Client, service: Service) -> None:
    """A source of 700 pixels: three widths in each format, none larger than it, none twice."""
    result = result_of(responsive(client, service, "/small-set.jpg", photo(700, 500, seed=81)))

    assert len(result.variants) == 15
    assert result.markup is not None
    assert list(result.markup.srcset) == list(FORMATS)
    for name, srcset in result.markup.srcset.items():
        candidates = [candidate.split(" ") for candidate in srcset.split(", ")]
        assert [width for _, width in candidates] == ["320w", "640w", "700w"]
        for url, width in candidates:
            response = httpx.get(service.base_url + url)
            assert response.headers["content-type"] == f"image/{name}"
            with Image.open(io.BytesIO(response.content)) as picture:
                assert (picture.format, f"{picture.width}w") == (name.upper(), width)
    named = set(re.findall(r"/images/[^\s\",]+", result.markup.picture))
    assert named == {variant.url for variant in result.variants.values() if isinstance(variant, Variant)}


def test_a_set_of_ones_own_has_the_markup_of_a_preset(client: Client, service: Service) -> None:
    """Each format once, the best first, and every address in it is served."""
    url = service.origin.serve("/own-set.jpg", body(photo(700, 500, seed=83)))
    variants = {
        f"{name}-{width}": Transformation(width=width, format=name, without_enlargement=True)
        for name in ("jpeg", "webp")
        for width in (200, 400)
    }
    result = client.resize(url, variants=variants, markup=True, timeout_seconds=WAIT_SECONDS)

    assert result.markup is not None
    assert list(result.markup.srcset) == ["webp", "jpeg"]
    named = re.findall(r"(/images/[^\s\",]+) (\d+)w", result.markup.picture)
    assert sorted(named) == sorted((made.url, str(made.width)) for made in result.made.values())
    for address, width in named:
        with Image.open(io.BytesIO(httpx.get(service.base_url + address).content)) as picture:
            assert picture.width == int(width)


def test_the_markup_is_the_same_wherever_the_task_is_shown(client: Client, service: Service) -> None:
    """Submitted again, asked for, and in the history."""
    task = responsive(client, service, "/everywhere.jpg", photo(400, 300, seed=82))

    again = responsive(client, service, "/everywhere.jpg", photo(400, 300, seed=82))
    assert (again.task_id, again.cached, again.result) == (task.task_id, True, task.result)
    assert client.status(task.task_id).result == task.result
    url = task.source.image_url
    wait_until(lambda: [past.result for past in client.history(source=url)] == [task.result])
