"""Pictures of the page for its readers. With PIXELMILL_WRITE_SCREENSHOTS=1 they replace those under docs."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.page.pictures import payload, picture, write_small
from tests.e2e.page.workbench import Workbench
from tests.support.answers import body, failing, held
from tests.support.pictures import photo
from tests.support.service import Service

pytestmark = pytest.mark.browser

DOCS = Path(__file__).parents[3] / "docs" / "screenshots"
MOST_BYTES = 200_000
SAMPLE = "sample-mill.jpg"
MANY = 14
SCREENS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 1060}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 1060}},
    "phone": {"color_scheme": "light", "viewport": {"width": 360, "height": 780}, "device_scale_factor": 2},
}

KEPT = {
    *(f"light-{state}" for state in ("empty", "done", "choices", "many", "history", "operate", "key")),
    *("dark-done", "dark-many", "dark-operate"),
    *("phone-done", "phone-choices", "phone-operate"),
}
"""What is worth its bytes in a repository; the others are only tried."""
LINE_OF_THREE = re.compile("L.*L")

Take = Callable[[Workbench, str, str], None]


@pytest.fixture(params=SCREENS)
def screen(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def top(screen: str) -> str:
    """Where a picture begins: on a phone the results are below the form."""
    return "#results" if screen == "phone" else "body"


@pytest.fixture
def bench(open_bench: Callable[..., Workbench], screen: str) -> Workbench:
    return open_bench(**SCREENS[screen])


@pytest.fixture
def take(screen: str, tmp_path: Path) -> Take:
    """Takes a picture of what is in sight, small enough for a repository."""
    writes = os.environ.get("PIXELMILL_WRITE_SCREENSHOTS") == "1"

    def take_one(bench: Workbench, state: str, in_sight: str) -> None:
        bench.page.mouse.move(0, 0)
        bench.page.locator(in_sight).evaluate("(element) => element.scrollIntoView({block: 'start'})")
        folder = DOCS if writes and f"{screen}-{state}" in KEPT else tmp_path
        file = folder / f"{screen}-{state}.png"
        write_small(bench.page.screenshot(), file)
        assert file.stat().st_size < MOST_BYTES

    return take_one


def test_empty_and_done(bench: Workbench, take: Take, top: str) -> None:
    """The first thing a person sees, and what comes of one click: original and result over each other."""
    take(bench, "empty", "body")
    bench.page.get_by_role("button", name="Try with a sample photo").click()
    card = bench.card(SAMPLE).expect_picture(800, 533)
    card.button(f"Compare {SAMPLE}").click()
    expect(card.before).to_be_visible()
    expect(card.before).to_have_js_property("complete", value=True)
    take(bench, "done", top)


def test_choices(bench: Workbench, take: Take) -> None:
    """A set with its code; a point that matters, and what each format weighs."""
    bench.page.get_by_role("button", name="Try with a sample photo").click()
    bench.card(SAMPLE).expect_picture(800, 533)
    bench.card(SAMPLE).button("Remove").click()
    bench.fill(width="600", height="600").pick("Position", "A point")
    expect(bench.page.locator(".focal-frame")).to_be_visible()
    for _ in range(2):
        bench.page.get_by_role("slider", name="Point that matters").press("Shift+ArrowLeft")
    bench.resize()
    bench.card(SAMPLE).expect_picture(600, 600)
    bench.pick("Make", "Responsive set").resize()
    expect(bench.cards.first.locator(".set")).to_be_visible()
    bench.pick("Make", "One image")
    bench.page.get_by_role("button", name="Compare the formats").click()
    expect(bench.page.locator(".weight")).to_have_count(3)
    bench.page.evaluate("document.activeElement.blur()")
    take(bench, "choices", "#position-group")


def test_many_at_work(bench: Workbench, service: Service, take: Take, screen: str, top: str) -> None:
    """Some done, one failed, some under way."""
    release = Event()
    bench.fill(width="480")
    bench.choose(*(payload(f"photo-{n}.jpg", photo(900, 600, seed=n)) for n in range(MANY)))
    bench.resize()
    expect(bench.page.locator(".counts")).to_have_text(f"{MANY} pictures: {MANY} ready")
    bench.resize_url(service.origin.serve(f"/tower-{screen}.jpg", failing(404))).expect_phase("failed")
    urls = [service.origin.serve(f"/{screen}-{n}.jpg", held(body(picture(900, 600)), release)) for n in range(2)]
    for url in urls:
        expect(bench.resize_url(url).now).to_have_text("Fetching the picture")
    bench.fill(link="https://example.com/harbor.jpg")
    take(bench, "many", top)
    release.set()
    for url in urls:
        bench.card(url.rpartition("/")[2]).expect_phase("done")


def test_views(bench: Workbench, service: Service, take: Take, screen: str) -> None:
    """The history, and the service as an operator sees it."""
    bench.fill(width="480").resize_url(service.origin.serve(f"/pier-{screen}.jpg", failing(503))).expect_phase("failed")
    bench.page.get_by_role("link", name="History").click()
    expect(bench.page.locator("#history .row").first).to_be_visible()
    bench.page.wait_for_load_state("networkidle")
    take(bench, "history", "body")
    bench.page.get_by_role("link", name="Operation").click()
    expect(bench.page.locator("#dead-letters .row").first).to_be_visible()
    expect(bench.page.locator(".ended-chart .chart-line")).to_have_attribute("d", LINE_OF_THREE)
    take(bench, "operate", "body")
    bench.page.get_by_role("button", name="Try all again").click()


def test_a_key_is_asked_for(open_bench: Callable[..., Workbench], locked: Service, take: Take, screen: str) -> None:
    """The dialog over the page, with a key that was refused."""
    bench = open_bench(of=locked, **SCREENS[screen])
    bench.expect_complaint("status of 401")
    bench.page.get_by_role("button", name="Try with a sample photo").click()
    dialog = bench.page.get_by_role("dialog")
    dialog.get_by_label("API key").fill("pm_mistyped")
    dialog.get_by_role("button", name="Use this key").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    take(bench, "key", "body")
