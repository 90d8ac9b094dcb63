"""Several images of one picture: a set for a page, the weight of each format, and original beside result."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.page.pictures import payload
from tests.e2e.page.workbench import TIMES, Card, Workbench
from tests.support.answers import body
from tests.support.pictures import photo
from tests.support.service import Service

pytestmark = pytest.mark.browser

PHOTO = photo(1000, 600, seed=7)


def compared(bench: Workbench, name: str) -> Card:
    """A finished card with original and result over each other."""
    card = bench.card(name).expect_phase("done")
    card.button(f"Compare {name} with its original").click()
    expect(card.before).to_be_visible()
    return card


def test_a_responsive_set_comes_with_its_code(open_bench: Callable[..., Workbench], service: Service) -> None:
    """Each width in each format with its bytes, to download; the code has addresses that hold on any host."""
    bench = open_bench(of=service, permissions=["clipboard-read", "clipboard-write"])
    bench.choose(payload("set.jpg", PHOTO))
    bench.pick("Make", "Responsive set")
    expect(bench.group("Size")).to_be_hidden()
    bench.resize()

    card = bench.card("set.jpg").expect_phase("done")

    expect(card.size).to_have_text("12 files")
    table = card.root.get_by_role("table", name="Files by width and format")
    expect(table.get_by_role("columnheader")).to_have_text(["Width", "AVIF", "WebP", "JPEG"])
    expect(table.get_by_role("rowheader")).to_have_text(["320 px", "640 px", "960 px", "1000 px"])
    with bench.page.expect_download() as saving:
        table.get_by_role("link", name="Download AVIF, 640 px wide").click()
    assert saving.value.suggested_filename == "set-640x384.avif"
    card.button("Copy the code").click()
    code = bench.page.evaluate("navigator.clipboard.readText()")
    assert code.startswith("<picture>")
    assert f'src="{bench.base_url}/images/' in code
    assert code.count(f"{bench.base_url}/images/") == code.count("/images/") == 13
    bench.check_accessible()


def test_formats_are_weighed_by_making_them(bench: Workbench) -> None:
    """The bytes are those of real files; a click takes the format."""
    bench.choose(payload("weighed.jpg", PHOTO))
    bench.fill(width="500").page.get_by_role("button", name="Compare the formats").click()
    weights = bench.page.get_by_role("list", name="Size in each format").get_by_role("button")
    expect(weights).to_have_count(3)
    expect(bench.page.get_by_role("status")).to_contain_text("JPEG")
    bench.check_accessible()
    weighed = weights.nth(0).locator(".weight-size").text_content()

    weights.nth(0).click()

    expect(bench.group("Format").get_by_role("radio", name="JPEG")).to_be_checked()
    bench.resize()
    card = bench.card("weighed.jpg").expect_picture(500, 300)
    assert card.size.text_content() == weighed


def test_weights_follow_the_options(bench: Workbench) -> None:
    """Once asked for, they are made anew for what is chosen now; another picture waits until it is asked for."""
    bench.choose(payload("followed.jpg", PHOTO))
    bench.fill(width="500").page.get_by_role("button", name="Compare the formats").click()
    weights = bench.page.locator("#estimate .weight-size")
    expect(weights).to_have_count(3)
    at_500 = weights.all_text_contents()

    bench.fill(width="400")
    expect(bench.page.locator("#estimate .estimate-line")).to_have_text(f"400 {TIMES} 240, each as it would be:")
    at_400 = weights.all_text_contents()
    bench.field("Quality").fill("20")
    expect(weights.nth(0)).not_to_have_text(at_400[0])
    bench.fill(width="500").page.get_by_role("button", name="Back to automatic").click()

    expect(weights).to_have_text(at_500)
    bench.choose(payload("another.jpg", photo(300, 200, seed=8)))
    expect(weights).to_have_count(0)


def test_weights_wait_for_a_size_that_can_be_made(bench: Workbench) -> None:
    """Who is still typing is not interrupted by a message."""
    bench.choose(payload("typed.jpg", photo(600, 400, seed=9)))
    bench.fill(width="300").page.get_by_role("button", name="Compare the formats").click()
    weights = bench.page.locator("#estimate .weight-size")
    expect(weights).to_have_count(3)

    bench.fill(width="")
    expect(weights).to_have_count(0)
    expect(bench.page.locator("#form .error:visible")).to_have_count(0)
    bench.fill(width="200")

    expect(weights).to_have_count(3)


def test_weighing_nothing_says_what_is_missing(bench: Workbench) -> None:
    """As with the other button."""
    bench.page.get_by_role("button", name="Compare the formats").click()

    expect(bench.field("Link")).to_have_accessible_description("Paste a link or choose a file.")


def test_original_and_result_are_compared_by_keyboard(bench: Workbench) -> None:
    """The line has the cursor, moves with the arrow keys, and both sides say what they are."""
    bench.choose(payload("compared.jpg", PHOTO))
    bench.fill(width="500", height="500").pick("Position", "Left").resize()

    card = compared(bench, "compared.jpg")

    line = card.root.get_by_role("slider", name="How much of the original of compared.jpg is shown")
    expect(line).to_be_focused()
    for _ in range(5):
        line.press("ArrowLeft")
    expect(line).to_have_attribute("aria-valuetext", "45 %")
    cut = card.before.evaluate("image => getComputedStyle(image).clipPath")
    assert cut == "inset(0px 55% 0px 0px)"
    assert card.before.evaluate("image => getComputedStyle(image).objectPosition") == "0% 50%"
    expect(card.tag_before).to_contain_text("Original · 1000")
    expect(card.tag_after).to_contain_text(re.compile(r"^500\s.\s500 · WebP · automatic\squality · [\d.]+\skB$"))
    bench.check_accessible()
    card.button("Compare compared.jpg").click()
    expect(card.before).to_be_hidden()


def test_original_and_result_lie_on_each_other(bench: Workbench) -> None:
    """Cropped around a point, the same pixel of both is at the same place: measured where they were drawn."""
    bench.choose(payload("aligned.jpg", PHOTO))
    bench.fill(width="300", height="300").pick("Position", "A point").pick("Format", "PNG")
    bench.page.get_by_role("slider", name="Point that matters").press("Shift+ArrowRight")
    bench.resize()
    card = compared(bench, "aligned.jpg")

    x, y = card.before.evaluate("image => getComputedStyle(image).objectPosition").split()

    # 600 of 1000 pixels stay, around 600: from 300 of at most 400.
    assert (x, y) == ("75%", "50%")


def test_after_a_reload_an_original_is_asked_for(bench: Workbench, service: Service) -> None:
    """A page cannot keep a person's file; the card says what brings the comparison back, and it does."""
    url = service.origin.serve("/not-kept.jpg", body(PHOTO))
    bench.fill(width="400").resize_url(url).expect_phase("done")
    bench.fill(link="").choose(payload("kept.jpg", PHOTO))
    bench.resize()
    expect(bench.card("kept.jpg").expect_phase("done").uncompared).to_be_hidden()

    bench.open()

    card = bench.card("kept.jpg").expect_phase("done")
    expect(card.uncompared).to_have_text("To compare, choose the file again.")
    expect(card.compare).to_be_hidden()
    expect(bench.card("not-kept.jpg").expect_phase("done").uncompared).to_be_hidden()
    bench.fill(width="400").choose(payload("kept.jpg", PHOTO))
    bench.resize()
    compared(bench, "kept.jpg")
    expect(bench.cards).to_have_count(2)
    expect(bench.card("kept.jpg").uncompared).to_be_hidden()


def test_what_the_browser_may_not_load_is_not_compared(bench: Workbench, service: Service) -> None:
    """A picture from elsewhere has its result only; one of the service itself has both."""
    url = service.origin.serve("/elsewhere.jpg", body(PHOTO))
    card = bench.fill(width="100").resize_url(url).expect_phase("done")
    expect(card.compare).to_be_hidden()
    assert httpx.get(bench.base_url + card.result_url).status_code == httpx.codes.OK
