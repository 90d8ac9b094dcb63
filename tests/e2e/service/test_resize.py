"""`GET /resize` as a browser uses it: through nginx, to the image."""

import io
from collections.abc import Iterator
from typing import Final

import httpx
import numpy as np
import pytest
from PIL import Image

from pixelmill.client.resize_url import resize_url
from tests.support.answers import body
from tests.support.images import animation
from tests.support.pictures import photo
from tests.support.service import Service

CHROME: Final = {"Accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"}


@pytest.fixture
def browser(service: Service) -> Iterator[httpx.Client]:
    """What asks for images as a browser does."""
    with httpx.Client(headers=CHROME, timeout=60, follow_redirects=True) as http:
        yield http


def test_an_image_is_made_when_it_is_first_asked_for(service: Service, browser: httpx.Client) -> None:
    """In the best format that is accepted; caches may keep the redirect and the image."""
    source = service.origin.serve("/resize.jpg", body(photo(800, 600, seed=81)))
    answer = browser.get(resize_url(service.base_url, source, width=200))

    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("AVIF", (200, 150))
    (redirect,) = answer.history
    assert redirect.headers["Cache-Control"].startswith("public, max-age=")
    assert redirect.headers["Vary"] == "Accept"
    assert "immutable" in answer.headers["Cache-Control"]


def test_an_animation_stays_one(service: Service, browser: httpx.Client) -> None:
    """Although the browser would take AVIF, which is a still here."""
    frames = [np.full((60, 80, 3), shade, np.uint8) for shade in (0, 120, 250)]
    source = service.origin.serve("/resize.gif", body(animation(frames, "GIF", delays_ms=[100] * 3, loop=0)))
    answer = browser.get(resize_url(service.base_url, source, width=40))

    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size, getattr(picture, "n_frames", 1)) == ("WEBP", (40, 30), 3)


def test_a_source_that_is_not_there_is_no_image(service: Service, browser: httpx.Client) -> None:
    """The browser shows what `alt` says; nobody keeps the failure."""
    answer = browser.get(resize_url(service.base_url, service.origin.url("/nowhere.jpg"), width=40))

    assert answer.json()["code"] == "source_not_found"
    assert answer.headers["Cache-Control"] == "no-store"
