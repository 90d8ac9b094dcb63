"""The markup of a preset, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from pixelmill.client.client import Client
from tests.support.answers import body
from tests.support.pictures import photo
from tests.support.service import Service


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    # The service's own policy is that of its page, not of the pages that markup is made for.
    with browser.new_context(bypass_csp=True) as context:
        yield context.new_page()


@pytest.fixture
def picture(service: Service) -> str:
    url = service.origin.serve("/responsive.jpg", body(photo(1000, 600, seed=91)))
    with Client(service.base_url) as client:
        task = client.wait(client.submit(url, preset="responsive"), timeout_seconds=60)
    assert task.result is not None, task.error
    assert task.result.markup is not None
    return task.result.markup.picture


@pytest.mark.parametrize(("window", "chosen"), [(300, 320), (500, 640), (900, 960), (1600, 1280)])
def test_a_browser_takes_the_size_it_needs_in_the_format_it_likes_best(
    page: Page, service: Service, picture: str, window: int, chosen: int
) -> None:
    """AVIF, in the smallest width that fills the window, or the source's if that is smaller."""
    page.set_viewport_size({"width": window, "height": 600})
    page.goto(f"{service.base_url}/health")

    page.set_content(picture)

    image = page.locator("img")
    expect(image).to_have_js_property("complete", value=True)
    assert image.evaluate("image => image.naturalWidth") > 0
    assert image.evaluate("image => image.currentSrc").endswith(f"/avif-{chosen}.avif")
