"""Every way a picture gets onto the page ends with its result on a card."""

import base64
import re
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import expect

from tests.e2e.page.pictures import noise, payload, picture
from tests.e2e.page.workbench import TIMES, Workbench
from tests.support.answers import body, held
from tests.support.service import Service

pytestmark = pytest.mark.browser


def test_a_link_is_followed_live_to_its_result(bench: Workbench, service: Service) -> None:
    """The stages appear as they happen, and the page is never loaded again."""
    release = Event()
    content = picture(1200, 900)
    url = service.origin.serve("/live.jpg", held(body(content), release))
    bench.page.evaluate("window.isSamePage = true")

    card = bench.fill(width="400").resize_url(url)

    expect(card.now).to_have_text("Fetching the picture")
    expect(card.stages.locator(".present")).to_have_text("Fetch")
    release.set()
    card.expect_picture(400, 300)
    expect(card.made).to_have_text(f"400 {TIMES} 300 WebP")
    expect(card.original).to_contain_text(f"1200 {TIMES} 900 JPEG")
    expect(card.saved).to_contain_text("% smaller")
    expect(card.time).to_contain_text("fetch")
    expect(card.kept).to_contain_text("Kept for")
    assert bench.page.evaluate("window.isSamePage")


def test_several_files_are_chosen_at_once(bench: Workbench) -> None:
    """Each gets a card of its own; the button says how many there are."""
    bench.choose(payload("one.jpg", picture(640, 480, shade=1)), payload("two.jpg", picture(480, 640, shade=2)))
    expect(bench.page.get_by_role("list", name="Chosen files").get_by_role("listitem")).to_have_count(2)

    bench.fill(width="320").page.get_by_role("button", name="Resize 2 pictures").click()

    bench.card("one.jpg").expect_picture(320, 240)
    bench.card("two.jpg").expect_picture(320, 427)


def test_more_files_than_fit_are_counted(bench: Workbench) -> None:
    """The list scrolls, so their number stands over it; of a single one nothing has to be said."""
    bench.choose(payload("0.jpg", picture(60, 40)))
    count = bench.page.locator(".chosen-count")
    expect(count).to_be_hidden()

    bench.choose(*(payload(f"{number}.jpg", picture(60, 40, shade=number)) for number in range(1, 14)))

    expect(count).to_have_text("14 files chosen")
    expect(bench.page.get_by_role("list", name="Chosen files").get_by_role("listitem")).to_have_count(14)
    bench.page.get_by_role("button", name="Leave out 13.jpg").click()
    expect(count).to_have_text("13 files chosen")
    bench.check_accessible()


def test_many_files_at_once_all_arrive(bench: Workbench) -> None:
    """More than a browser has connections to a server: they take turns."""
    names = [f"{number}.jpg" for number in range(12)]
    bench.choose(*(payload(name, picture(60, 40, shade=20 + number)) for number, name in enumerate(names)))

    bench.fill(width="30").resize()

    for name in names:
        bench.card(name).expect_picture(30, 20)


HOLD_UPLOADS = """() => {
    const send = XMLHttpRequest.prototype.send;
    window.sent = [];
    XMLHttpRequest.prototype.send = function (form) {
        window.sent.push({ name: form.get("image").name, go: () => send.call(this, form) });
    };
    window.release = () => {
        XMLHttpRequest.prototype.send = send;
        for (const { go } of window.sent) go();
    };
}"""


def test_files_are_sent_in_their_order(bench: Workbench) -> None:
    """From the top of the board down, two at a time; those that are not begun say that they wait."""
    bench.page.evaluate(HOLD_UPLOADS)
    names = [f"turn-{number}.jpg" for number in range(4)]
    bench.choose(*(payload(name, picture(60, 40, shade=50 + number)) for number, name in enumerate(names)))
    bench.fill(width="30").resize()
    expect(bench.page.locator(".card .name")).to_have_text(names)
    expect(bench.page.locator(".card .now")).to_have_text(["Waiting to be uploaded"] * 4)

    assert bench.page.evaluate("window.sent.map(({ name }) => name)") == names[:2]

    bench.page.evaluate("window.release()")
    for name in names:
        bench.card(name).expect_picture(30, 20)


def test_an_upload_shows_how_far_it_is(bench: Workbench) -> None:
    """On a slow line the card counts the percents."""
    line = bench.page.context.new_cdp_session(bench.page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 150_000}
    line.send("Network.emulateNetworkConditions", slow)
    bench.choose(payload("upload.png", noise(400, 400), "image/png"))

    bench.fill(width="40").resize()

    card = bench.card("upload.png").expect_phase("sending")
    expect(card.now).to_have_text(re.compile(r"^Uploading, [1-9]\d %$"))
    card.expect_picture(40, 40)


def test_a_chosen_file_can_be_left_out(bench: Workbench) -> None:
    """The cross takes one out and leaves the others."""
    bench.choose(payload("keep.jpg", picture(64, 48)), payload("drop.jpg", picture(48, 64)))

    bench.page.get_by_role("button", name="Leave out drop.jpg").click()

    expect(bench.page.get_by_text("drop.jpg")).to_have_count(0)
    expect(bench.page.get_by_role("button", name="Leave out keep.jpg")).to_be_focused()


def test_files_are_dropped_anywhere_on_the_page(bench: Workbench, tmp_path: Path) -> None:
    """A drag of files shows where they will go; a drop adds them."""
    file = tmp_path / "dropped.jpg"
    file.write_bytes(picture(600, 400, shade=3))
    mouse = bench.page.context.new_cdp_session(bench.page)
    drag = {"x": 900, "y": 500, "data": {"items": [], "files": [str(file)], "dragOperationsMask": 1}}

    mouse.send("Input.dispatchDragEvent", {"type": "dragEnter", **drag})
    mouse.send("Input.dispatchDragEvent", {"type": "dragOver", **drag})
    expect(bench.page.get_by_text("Drop to add")).to_be_visible()
    mouse.send("Input.dispatchDragEvent", {"type": "drop", **drag})
    expect(bench.page.get_by_text("Drop to add")).to_be_hidden()

    bench.fill(width="300").resize()
    bench.card("dropped.jpg").expect_picture(300, 200)


def test_a_picture_is_pasted_from_the_clipboard(open_bench: Callable[..., Workbench]) -> None:
    """Ctrl+V takes the picture, wherever the cursor is."""
    bench = open_bench(permissions=["clipboard-read", "clipboard-write"])
    content = base64.b64encode(picture(500, 250, ".png")).decode()
    bench.page.evaluate(
        """async (content) => {
            const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
            await navigator.clipboard.write([new ClipboardItem({"image/png": new Blob([bytes], {type: "image/png"})})]);
        }""",
        content,
    )

    bench.page.keyboard.press("Control+V")

    bench.fill(width="250").resize()
    bench.card("image.png").expect_picture(250, 125)


def test_a_link_is_pasted_beside_the_fields(open_bench: Callable[..., Workbench]) -> None:
    """An address pasted anywhere lands in its field; text that is none is left alone."""
    bench = open_bench(permissions=["clipboard-read", "clipboard-write"])
    for text, taken in (("no address", ""), ("https://example.com/a.jpg", "https://example.com/a.jpg")):
        bench.page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
        bench.page.keyboard.press("Control+V")
        expect(bench.field("Link")).to_have_value(taken)


def test_the_sample_needs_nothing_at_hand(bench: Workbench) -> None:
    """One click on the empty page shows a result; the same again is there already."""
    bench.page.get_by_role("button", name="Try with a sample photo").click()
    card = bench.card("sample-mill.jpg").expect_picture(800, 533)

    bench.resize()

    expect(card.time).to_have_text("none: it was there already")
    expect(bench.cards).to_have_count(1)


def test_what_comes_after_a_click_is_a_new_choice(bench: Workbench) -> None:
    """What was handed in stays chosen for another size, until something else is chosen."""
    bench.choose(payload("first.jpg", picture(64, 64, shade=4)))
    bench.fill(width="32").resize()
    bench.card("first.jpg").expect_picture(32, 32)

    bench.fill(width="16").resize()
    bench.card("first.jpg").expect_picture(16, 16)
    bench.choose(payload("second.jpg", picture(64, 64, shade=5)))

    expect(bench.page.get_by_role("list", name="Chosen files").get_by_role("listitem")).to_have_count(1)
    expect(bench.page.get_by_role("button", name="Leave out second.jpg")).to_be_visible()
