"""The page works without a mouse, without sight, on a phone, and in the dark."""

import re
from collections.abc import Callable
from threading import Event
from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.e2e.page.pictures import payload, picture
from tests.e2e.page.workbench import TIMES, Workbench
from tests.support.answers import body, failing, held
from tests.support.service import Service

pytestmark = pytest.mark.browser

Theme = Literal["light", "dark"]
PHONE = {"width": 360, "height": 740}
NARROW = {"width": 320, "height": 640}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(open_bench: Callable[..., Workbench], service: Service, theme: Theme) -> None:
    """Empty, with marked fields, with every control shown, working, done, failed."""
    bench = open_bench(color_scheme=theme)
    bench.check_accessible()

    bench.fill(width="0").resize()
    bench.check_accessible()

    bench.choose(payload("axe.jpg", picture(300, 200)))
    bench.fill(width="100", height="100").pick("Fit", "contain").pick("Format", "JPEG").check_accessible()
    bench.pick("Format", "PNG").check_accessible()
    bench.pick("Make", "Own set").check_accessible()
    bench.pick("Make", "One image")

    bench.resize()
    bench.card("axe.jpg").expect_picture(100, 100)
    bench.check_accessible()

    bench.resize_url(service.origin.serve("/axe-gone.jpg", failing(404))).expect_phase("failed")
    release = Event()
    card = bench.resize_url(service.origin.serve(f"/axe-{theme}.jpg", held(body(picture(20, 20)), release)))
    expect(card.now).to_have_text("Fetching the picture")
    bench.check_accessible()
    release.set()
    card.expect_phase("done")


def test_a_keyboard_is_enough(bench: Workbench, service: Service) -> None:
    """From the address to the saved file, by Tab, arrows, Space and Enter alone."""
    url = service.origin.serve("/keyboard.jpg", body(picture(300, 150)))
    keys = bench.page.keyboard

    def tab_to(name: str) -> None:
        for _ in range(40):
            keys.press("Tab")
            if bench.page.locator(":focus").and_(bench.page.get_by_label(name)).count():
                return
            if bench.page.locator(":focus", has_text=re.compile(f"^\\s*{name}\\s*$")).count():
                return
        pytest.fail(f"Tab never reached {name}")

    tab_to("Link")
    keys.type(url)
    tab_to("Width")
    keys.press("Control+A")
    keys.type("100")
    tab_to("Height")
    keys.type("100")
    tab_to("cover")
    keys.press("ArrowRight")
    tab_to("Center")
    keys.press("ArrowUp")
    tab_to("Resize")
    keys.press("Enter")

    card = bench.card("keyboard.jpg").expect_picture(100, 100)
    expect(card.asked).to_contain_text("contain")
    tab_to("Download keyboard.jpg, resized")
    with bench.page.expect_download():
        keys.press("Enter")


def test_the_skip_link_leads_to_the_results(bench: Workbench) -> None:
    """The first Tab offers the way past the form."""
    bench.page.keyboard.press("Tab")
    expect(bench.page.get_by_role("link", name="Skip to the results")).to_be_in_viewport()

    bench.page.keyboard.press("Enter")

    expect(bench.page.get_by_role("region", name="Results")).to_be_focused()


def test_what_is_focused_is_seen(bench: Workbench) -> None:
    """Every stop of Tab has a visible outline, or its label has."""
    outlined = """() => {
        const around = [document.activeElement, ...(document.activeElement.labels ?? [])];
        return around.some((element) => getComputedStyle(element).outlineStyle === "solid");
    }"""
    stops = 0
    bench.page.keyboard.press("Tab")
    while not bench.page.evaluate("document.activeElement === document.body"):
        assert bench.page.evaluate(outlined), bench.page.evaluate("document.activeElement.outerHTML")
        bench.page.keyboard.press("Tab")
        stops += 1
    assert stops > 10


def test_progress_and_ends_are_said_aloud(bench: Workbench, service: Service) -> None:
    """The polite live region tells each stage that lasts, and the end, with what came out."""
    release = Event()
    url = service.origin.serve("/aloud.jpg", held(body(picture(200, 100)), release))
    status = bench.page.get_by_role("status")
    expect(status).to_be_empty()

    card = bench.fill(width="100").resize_url(url)
    expect(status).to_have_text("aloud.jpg: Fetching the picture.")
    expect(card.root.get_by_role("progressbar", name="Progress of aloud.jpg")).to_have_attribute(
        "aria-valuetext", "Fetching the picture"
    )
    release.set()
    expect(status).to_contain_text(f"aloud.jpg: Ready: 100 {TIMES} 50")

    bench.resize_url(service.origin.serve("/aloud-gone.jpg", failing(404)))
    expect(status).to_have_text("aloud-gone.jpg: There is no picture at this address.")


@pytest.mark.parametrize("viewport", [PHONE, NARROW], ids=["360", "320"])
def test_a_phone_never_scrolls_sideways(
    open_bench: Callable[..., Workbench], service: Service, viewport: dict[str, int]
) -> None:
    """With everything shown, and long names and errors on the cards."""
    bench = open_bench(viewport=viewport, is_mobile=True, has_touch=True)
    assert not bench.scrolls_sideways()

    bench.choose(payload(f"{'long-name-' * 12}.jpg", picture(300, 200)))
    bench.fill(width="100", height="100").pick("Fit", "contain").pick("Format", "JPEG").resize()
    bench.pick("Make", "Own set")
    assert not bench.scrolls_sideways()
    bench.resize_url(service.origin.serve(f"/{'x' * 90}.jpg", failing(404))).expect_phase("failed")

    assert not bench.scrolls_sideways()
    bench.check_accessible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colors_follow_the_system(open_bench: Callable[..., Workbench], theme: Theme) -> None:
    """Dark where the system is dark."""
    bench = open_bench(color_scheme=theme)

    red = bench.page.evaluate("Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")

    assert (red < 64) == (theme == "dark")


def test_nothing_moves_where_motion_is_unwelcome(bench: Workbench, service: Service) -> None:
    """With reduced motion the mill stands still; the words still tell."""
    release = Event()
    card = bench.resize_url(service.origin.serve("/still.jpg", held(body(picture(20, 20)), release)))
    expect(card.now).to_have_text("Fetching the picture")

    assert bench.page.evaluate("document.getAnimations().length") == 0
    release.set()
    card.expect_phase("done")
