"""Pictures of the page for its readers. With PIXELMILL_WRITE_SCREENSHOTS=1 they replace those under docs."""

import os
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.page.pictures import picture, write_small
from tests.e2e.page.workbench import Workbench
from tests.support.answers import body, failing, held
from tests.support.service import Service

pytestmark = pytest.mark.browser

DOCS = Path(__file__).parents[3] / "docs" / "screenshots"
MOST_BYTES = 200_000
SCREENS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 1060}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 1060}},
    "phone": {"color_scheme": "light", "viewport": {"width": 360, "height": 780}, "device_scale_factor": 2},
}


@pytest.mark.parametrize("screen", SCREENS)
def test_the_page_has_its_picture_taken(
    open_bench: Callable[..., Workbench], service: Service, tmp_path: Path, screen: str
) -> None:
    """Empty, working, done and failed, each small enough for a repository."""
    folder = DOCS if os.environ.get("PIXELMILL_WRITE_SCREENSHOTS") == "1" else tmp_path
    folder.mkdir(exist_ok=True)
    bench = open_bench(**SCREENS[screen])

    def take(state: str, in_sight: str) -> None:
        bench.page.mouse.move(0, 0)
        bench.page.locator(in_sight).evaluate("(element) => element.scrollIntoView({block: 'start'})")
        file = folder / f"{screen}-{state}.png"
        write_small(bench.page.screenshot(), file)
        assert file.stat().st_size < MOST_BYTES

    on_phone = screen == "phone"
    take("empty", "body")
    bench.page.get_by_role("button", name="Try with a sample photo").click()
    bench.card("sample-mill.jpg").expect_picture(800, 533)
    take("done", "#results" if on_phone else "body")

    release = Event()
    card = bench.resize_url(service.origin.serve("/harbor.jpg", held(body(picture(900, 600)), release)) + f"?{screen}")
    expect(card.now).to_have_text("Fetching the picture")
    bench.fill(link="https://example.com/harbor.jpg")
    take("working", "#results" if on_phone else "body")
    release.set()
    card.expect_phase("done")
    card.button("Remove").click()

    bench.resize_url(service.origin.serve("/tower.jpg", failing(404))).expect_phase("failed")
    bench.fill(link="https://example.com/tower.jpg")
    take("failed", "#results" if on_phone else "body")
