"""What is done with results: saved, passed on, kept over a reload, made again, cleared away."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from threading import Event

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.page.pictures import payload, picture
from tests.e2e.page.workbench import Card, Workbench
from tests.support.answers import body, held
from tests.support.service import Service

pytestmark = pytest.mark.browser

SOON = "02:00:00"
"""Longer than a result lives by default."""


def made(bench: Workbench, service: Service, name: str) -> Card:
    """A finished card of a picture of 120 x 80, made 60 x 40."""
    url = service.origin.serve(f"/{name}", body(picture(120, 80, shade=len(name))))
    return bench.fill(width="60").resize_url(url).expect_picture(60, 40)


def test_download_saves_the_result(bench: Workbench, service: Service) -> None:
    """The file has the bytes that are served, and a name that says what it is."""
    card = made(bench, service, "download.jpg")

    with bench.page.expect_download() as saving:
        card.root.get_by_role("link", name="Download").click()

    assert saving.value.suggested_filename == "download-60x40.webp"
    served = httpx.get(bench.base_url + card.result_url).content
    assert hashlib.sha256(Path(saving.value.path()).read_bytes()).digest() == hashlib.sha256(served).digest()


def test_copy_link_copies_an_address_that_works(open_bench: Callable[..., Workbench], service: Service) -> None:
    """Whoever gets the link sees the picture; the button says that it is copied."""
    bench = open_bench(permissions=["clipboard-read", "clipboard-write"])
    card = made(bench, service, "copy.jpg")

    card.button("Copy the link").click()

    expect(card.copy_label).to_have_text("Copied")
    link = bench.page.evaluate("navigator.clipboard.readText()")
    assert httpx.get(link).headers["Content-Type"] == "image/webp"


def test_copy_link_works_where_the_clipboard_is_kept_from_pages(bench: Workbench, service: Service) -> None:
    """As on a page without HTTPS: then the old way is taken."""
    bench.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    card = made(bench, service, "copy-old.jpg")

    card.button("Copy the link").click()

    expect(card.copy_label).to_have_text("Copied")


def test_results_stay_over_a_reload(bench: Workbench, service: Service) -> None:
    """In their order, with their pictures, without asking the origin again."""
    for name in ("older.jpg", "newer.jpg"):
        made(bench, service, name)

    bench.open()

    expect(bench.cards.locator(".name")).to_have_text(["newer.jpg", "older.jpg"])
    for name in ("older.jpg", "newer.jpg"):
        bench.card(name).expect_picture(60, 40)
        assert service.origin.times_asked(f"/{name}") == 1


def test_a_task_under_way_is_followed_on_after_a_reload(bench: Workbench, service: Service) -> None:
    """Closing the page loses nothing."""
    release = Event()
    url = service.origin.serve("/resumed.jpg", held(body(picture(90, 60)), release))
    card = bench.fill(width="30").resize_url(url)
    expect(card.now).to_have_text("Fetching the picture")

    bench.open()
    release.set()

    bench.card("resumed.jpg").expect_picture(30, 20)


def test_an_expired_result_says_so_and_is_made_again(bench: Workbench, service: Service) -> None:
    """When its time is over the card changes by itself, and offers to make it anew."""
    bench.page.clock.install()
    bench.open()
    card = made(bench, service, "expired.jpg")

    bench.page.clock.fast_forward(SOON)

    card.expect_phase("expired")
    expect(card.trouble_title).to_have_text("This result has expired.")
    expect(card.button("Make it again")).to_be_visible()
    bench.open()
    bench.card("expired.jpg").expect_phase("expired").button("Make it again").click()
    bench.card("expired.jpg").expect_phase("done")


def test_an_expired_file_asks_for_the_file(bench: Workbench) -> None:
    """A page cannot keep a person's file over a reload; it says which one to choose."""
    bench.page.clock.install()
    bench.open()
    bench.choose(payload("mine.jpg", picture(60, 40)))
    bench.fill(width="30").resize()
    bench.card("mine.jpg").expect_picture(30, 20)
    bench.open()

    bench.page.clock.fast_forward(SOON)

    card = bench.card("mine.jpg").expect_phase("expired")
    expect(card.trouble_advice).to_have_text("Choose mine.jpg again to make it anew.")
    expect(card.again).to_be_hidden()


def test_a_result_that_does_not_load_leaves_no_broken_picture(
    open_bench: Callable[..., Workbench], service: Service
) -> None:
    """Gone from the store and from the browser's cache: what is known of it stays."""
    bench = open_bench()
    card = made(bench, service, "lost.jpg")
    (service.data_dir / "store" / "results" / card.result_url.removeprefix("/images/")).unlink()

    elsewhere = open_bench(storage_state=bench.page.context.storage_state())
    elsewhere.expect_complaint("status of 404")

    lost = elsewhere.card("lost.jpg").expect_phase("done")
    expect(lost.picture).to_be_hidden()
    expect(lost.size).to_be_visible()


def test_the_same_again_stays_one_card(bench: Workbench, service: Service) -> None:
    """Equal wishes are one task, so they are one card, moved to the top."""
    url = service.origin.serve("/again.jpg", body(picture(120, 80)))
    bench.fill(width="60").resize_url(url).expect_picture(60, 40)
    made(bench, service, "between.jpg")

    bench.resize_url(url)

    expect(bench.cards.locator(".name")).to_have_text(["again.jpg", "between.jpg"])
    expect(bench.card("again.jpg").time).to_have_text("none: it was there already")


def test_cards_are_removed(bench: Workbench, service: Service) -> None:
    """One by one or all at once, for good, and the cursor stays near."""
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        made(bench, service, name)

    bench.card("b.jpg").button("Remove b.jpg").click()
    expect(bench.card("a.jpg").root).to_be_focused()
    expect(bench.cards).to_have_count(2)
    bench.page.get_by_role("button", name="Clear all").click()

    expect(bench.page.get_by_role("heading", name="Your pictures appear here")).to_be_visible()
    expect(bench.page.get_by_role("region", name="Results")).to_be_focused()
    bench.open()
    expect(bench.cards).to_have_count(0)
