"""A set that the person at the page puts together: widths and formats of their own, with the code to copy."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from pixelmill.domain.limits import MAX_SIDE_PIXELS, MAX_VARIANTS
from pixelmill.domain.preset import BUILT_IN, RESPONSIVE_FORMATS, RESPONSIVE_WIDTHS
from pixelmill.submit.request import UploadTaskRequest
from tests.e2e.page.pictures import payload, picture
from tests.e2e.page.workbench import Workbench
from tests.support.answers import body
from tests.support.service import Service

pytestmark = pytest.mark.browser

LIMITS = "import('/js/own-set.js').then(({MOST_PIXELS, MOST_FILES}) => [MOST_PIXELS, MOST_FILES])"
WISH = "async (options) => (await import('/js/options.js')).wishOf(options)"


@pytest.fixture
def bench(open_bench: Callable[..., Workbench]) -> Workbench:
    """The page, with a set of one's own chosen."""
    return open_bench(permissions=["clipboard-read", "clipboard-write"]).pick("Make", "Own set")


def widths(bench: Workbench) -> Locator:
    return bench.group("Widths").get_by_role("textbox")


def format_of(bench: Workbench, name: str) -> Locator:
    return bench.group("Formats").get_by_role("checkbox", name=name, exact=True)


def count(bench: Workbench) -> Locator:
    """The hint that says how many files come of it."""
    return bench.page.locator("#count-hint")


def test_a_set_of_ones_own_comes_with_its_code(bench: Workbench) -> None:
    """Each width in each format, to download and as code; card and form say the same after a reload."""
    expect(bench.group("Size")).to_be_hidden()
    bench.choose(payload("own.jpg", picture(500, 300)))
    widths(bench).fill("400, 100,100 200")
    format_of(bench, "AVIF").check()
    format_of(bench, "JPEG").uncheck()
    format_of(bench, "PNG").check()
    expect(count(bench)).to_have_text("3 widths in 3 formats: 9 files.")
    bench.check_accessible()
    bench.resize()

    card = bench.card("own.jpg").expect_phase("done")

    expect(card.asked).to_have_text("own set: 100, 200, 400 px wide, AVIF, WebP, PNG")
    expect(card.size).to_have_text("9 files")
    table = card.root.get_by_role("table", name="Files by width and format")
    expect(table.get_by_role("columnheader")).to_have_text(["Width", "AVIF", "WebP", "PNG"])
    expect(table.get_by_role("rowheader")).to_have_text(["100 px", "200 px", "400 px"])
    card.button("Copy the code").click()
    code = bench.page.evaluate("navigator.clipboard.readText()")
    assert code.startswith("<picture>")
    assert [code.count(f"/{name}-") for name in ("avif", "webp", "png")] == [3, 3, 4]
    expect(card.download).to_be_hidden()
    bench.check_accessible()

    bench.open()

    expect(bench.card("own.jpg").asked).to_have_text("own set: 100, 200, 400 px wide, AVIF, WebP, PNG")
    expect(bench.card("own.jpg").root.get_by_role("table")).to_be_visible()
    expect(widths(bench)).to_have_value("100, 200, 400")
    for name, is_chosen in {"AVIF": True, "WebP": True, "JPEG": False, "PNG": True}.items():
        expect(format_of(bench, name)).to_be_checked(checked=is_chosen)


def test_nothing_is_enlarged(bench: Workbench) -> None:
    """Of widths beyond the original one file comes, as wide as it."""
    bench.choose(payload("narrow.jpg", picture(150, 100)))
    widths(bench).fill("100, 300, 900")
    format_of(bench, "JPEG").uncheck()
    bench.resize()

    card = bench.card("narrow.jpg").expect_phase("done")

    expect(card.size).to_have_text("2 files")
    expect(card.made).to_have_text("100 to 150 px wide, WebP")


def test_a_keyboard_is_enough(bench: Workbench, service: Service) -> None:
    """Arrows lead to the set, Tab to its fields, Space chooses a format, Enter sends it."""
    bench.fill(link=service.origin.serve("/own-by-keys.jpg", body(picture(300, 200))))
    keys = bench.page.keyboard
    bench.group("Make").get_by_role("radio", name="Responsive set").focus()
    keys.press("ArrowRight")
    expect(bench.group("Make").get_by_role("radio", name="Own set")).to_be_checked()
    keys.press("Tab")
    expect(widths(bench)).to_be_focused()
    keys.press("Control+A")
    keys.type("90")
    keys.press("Tab")
    expect(format_of(bench, "AVIF")).to_be_focused()
    keys.press("Tab")
    keys.press("Space")
    expect(count(bench)).to_have_text("1 width in 1 format: 1 file.")
    keys.press("Shift+Tab")
    keys.press("Shift+Tab")
    keys.press("Enter")

    card = bench.card("own-by-keys.jpg").expect_phase("done")

    expect(card.asked).to_have_text("own set: 90 px wide, JPEG")
    expect(card.root.get_by_role("button", name="Copy the code")).to_be_visible()


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("", "Give at least one width."),
        (" , ", "Give at least one width."),
        ("320, wide", f"Whole numbers from 1 to {MAX_SIDE_PIXELS}, with commas between them."),
        ("0", f"Whole numbers from 1 to {MAX_SIDE_PIXELS}, with commas between them."),
        (f"{MAX_SIDE_PIXELS + 1}", f"Whole numbers from 1 to {MAX_SIDE_PIXELS}, with commas between them."),
        ("1.5", f"Whole numbers from 1 to {MAX_SIDE_PIXELS}, with commas between them."),
        ("-5", f"Whole numbers from 1 to {MAX_SIDE_PIXELS}, with commas between them."),
        (", ".join(map(str, range(1, 12))), "22 files are too many: give fewer widths or formats."),
    ],
)
def test_widths_that_cannot_be_made_are_marked(bench: Workbench, typed: str, complaint: str) -> None:
    """Beside the field, which has the cursor; nothing is sent, and what was typed stays."""
    bench.choose(payload("unsent.jpg", picture(30, 20)))
    widths(bench).fill(typed)
    bench.resize()

    expect(widths(bench)).to_be_focused()
    expect(widths(bench)).to_have_attribute("aria-invalid", "true")
    expect(widths(bench)).to_have_accessible_description(re.compile(re.escape(complaint)))
    expect(bench.cards).to_have_count(0)
    if typed != " , ":
        expect(widths(bench)).to_have_value(typed)


def test_a_set_has_a_format(bench: Workbench) -> None:
    """Without one the formats are marked."""
    bench.choose(payload("formless.jpg", picture(30, 20)))
    for name in ("WebP", "JPEG"):
        format_of(bench, name).uncheck()
    expect(count(bench)).to_have_text("No files yet.")
    bench.resize()

    expect(format_of(bench, "AVIF")).to_be_focused()
    expect(bench.page.locator("#formats-error")).to_have_text("Choose at least one format.")
    bench.check_accessible()


def test_a_refusal_about_a_hidden_field_is_shown(bench: Workbench) -> None:
    """The images of a set have fields that only one image has on the page: it is said at the button."""
    refusal = """async () => {
        const { showErrors } = await import("/js/field-errors.js");
        showErrors(document.getElementById("form"), [{ field: "variants.webp-320.width", detail: "too much" }]);
    }"""
    bench.page.evaluate(refusal)

    expect(bench.page.locator("#form-error")).to_have_text("Too much.")
    expect(bench.page.locator("#form-error")).to_be_visible()


def test_the_limits_are_those_of_the_service(bench: Workbench) -> None:
    """Of a side, and of the images of a task."""
    assert bench.page.evaluate(LIMITS) == [MAX_SIDE_PIXELS, MAX_VARIANTS]


def test_the_widths_of_a_preset_make_the_preset(bench: Workbench) -> None:
    """Named and made alike, so it is the same task."""
    chosen: dict[str, Any] = {"widths": ", ".join(map(str, RESPONSIVE_WIDTHS)), "formats": list(RESPONSIVE_FORMATS)}
    wish = bench.page.evaluate(WISH, {"make": "own set"} | chosen)
    request = UploadTaskRequest.model_validate(wish)

    assert request.variants == BUILT_IN["responsive"]
    assert request.with_markup
