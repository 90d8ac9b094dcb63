"""Many pictures at once: one connection tells of all, each can be stopped, and what breaks comes back."""

import json
from collections.abc import Callable
from threading import Event

import pytest
from playwright.sync_api import Request, Route, expect

from tests.e2e.page.pictures import payload, picture
from tests.e2e.page.workbench import Workbench
from tests.support.answers import body, failing, held, stalling
from tests.support.service import Service

pytestmark = pytest.mark.browser

MANY = 50
MANY_MS = 90_000


def asked(bench: Workbench, path: str) -> list[str]:
    """From now on, the addresses with this path that the page asks for."""
    urls: list[str] = []

    def note(request: Request) -> None:
        if request.url.startswith(bench.base_url + path):
            urls.append(request.url)

    bench.page.on("request", note)
    return urls


def test_fifty_at_once_all_arrive(bench: Workbench) -> None:
    """Each with a thumbnail, told of by event streams alone, counted over the list, and found by axe to be usable."""
    streams, polls = asked(bench, "/events"), asked(bench, "/task-status")
    names = [f"many-{number}.jpg" for number in range(MANY)]
    bench.choose(*(payload(name, picture(120, 80, shade=number)) for number, name in enumerate(names)))
    bench.fill(width="30").page.get_by_role("button", name=f"Resize {MANY} pictures").click()
    expect(bench.cards).to_have_count(MANY)

    expect(bench.page.locator(".counts")).to_have_text(f"{MANY} pictures: {MANY} ready", timeout=MANY_MS)

    expect(bench.page.locator(".card[data-phase=done] .picture:not([hidden])")).to_have_count(MANY)
    assert 0 < len(streams) < MANY
    assert not polls
    expect(bench.page.get_by_role("status")).to_contain_text(f"{MANY} ready")
    bench.check_accessible()


def test_progress_is_real(bench: Workbench, service: Service) -> None:
    """While the origin stalls in the middle, the card says how much has come."""
    content = picture(900, 600)
    url = service.origin.serve("/stalled.jpg", stalling(content[: len(content) // 2], announced_bytes=len(content)))

    card = bench.resize_url(url)

    expect(card.now).to_contain_text("Fetching the picture, 50 % of")
    expect(card.stages).to_have_attribute("aria-valuenow", "38")
    card.button("Cancel stalled.jpg").click()
    card.expect_phase("failed")


def test_a_task_is_canceled_and_made_again(bench: Workbench, service: Service) -> None:
    """The service drops it; the card says so, has the cursor, and offers to begin again."""
    release = Event()
    url = service.origin.serve("/canceled.jpg", held(body(picture(120, 60)), release))
    card = bench.fill(width="60").resize_url(url)
    expect(card.now).to_have_text("Fetching the picture")

    card.button("Cancel canceled.jpg").click()

    card.expect_phase("failed")
    expect(card.trouble_title).to_have_text("This was canceled.")
    expect(card.root).to_be_focused()
    release.set()
    card.button("Try again").click()
    card.expect_picture(60, 30)


def test_of_many_each_failure_says_what_helps(bench: Workbench, service: Service) -> None:
    """A small card has the picture of a failure, the advice, the details and the way to try again as the large one."""
    bench.choose(*(payload(f"fine-{number}.jpg", picture(120, 80, shade=number)) for number in range(12)))
    bench.choose(payload("notes.txt", b"only notes", "text/plain"))
    bench.fill(width="30").resize()
    bench.resize_url(service.origin.serve("/away.jpg", failing(503))).expect_phase("failed")
    bench.resize_url(service.origin.serve("/above-all.jpg", body(picture(60, 80)))).expect_phase("done")
    expect(bench.page.locator(".cards.many")).to_be_visible()

    for name, advice in [("notes.txt", "Choose a picture file"), ("away.jpg", "Try again later")]:
        card = bench.card(name).expect_phase("failed")
        expect(card.trouble_advice).to_contain_text(advice)
        expect(card.trouble_advice).to_be_visible()
        expect(card.blank_failed).to_be_visible()
        card.root.get_by_text("Details").click()
        expect(card.trouble_code).to_be_visible()
    expect(bench.card("away.jpg").button("Try again")).to_be_visible()
    bench.check_accessible()


def test_a_tall_card_leaves_its_neighbor_as_it_is(bench: Workbench) -> None:
    """With the files and the code of a set open, the card beside it keeps its own height."""
    bench.choose(payload("tall.jpg", picture(900, 600)))
    bench.pick("Make", "Responsive set").resize()
    bench.card("tall.jpg").expect_phase("done")
    bench.page.get_by_role("button", name="Leave out tall.jpg").click()
    bench.pick("Make", "One image").fill(width="30")
    for name in ("beside.jpg", "above.jpg"):
        bench.choose(payload(name, picture(120, 80, shade=len(name))))
        bench.resize()
        bench.card(name).expect_phase("done")

    neighbor, tall = (bench.card(name).root.bounding_box() for name in ("beside.jpg", "tall.jpg"))

    assert neighbor is not None
    assert tall is not None
    assert neighbor["y"] == tall["y"]
    assert neighbor["height"] < tall["height"] - 100


def test_without_a_free_stream_the_page_polls(bench: Workbench, service: Service) -> None:
    """Refused with 503, it asks for the status instead, and gets there."""
    bench.expect_complaint("status of 503")
    problem = {"code": "too_many_streams", "title": "Too many", "retryable": True}

    def refuse(route: Route) -> None:
        route.fulfill(
            status=503, headers={"Retry-After": "10"}, body=json.dumps(problem), content_type="application/problem+json"
        )

    bench.page.route("**/events?*", refuse)
    polls = asked(bench, "/task-status")

    bench.fill(width="40").resize_url(service.origin.serve("/polled.jpg", body(picture(80, 60)))).expect_picture(40, 30)

    assert polls


def test_a_stream_that_breaks_is_opened_again(open_bench: Callable[..., Workbench], service: Service) -> None:
    """The page says that the connection is lost, then that it is back, and misses nothing."""
    bench = open_bench()
    bench.expect_complaint("ERR_")
    release = Event()
    url = service.origin.serve("/broken.jpg", held(body(picture(80, 60)), release))
    bench.page.route("**/events?*", lambda route: route.abort())
    card = bench.fill(width="40").resize_url(url)
    expect(card.notice).to_contain_text("The connection to the service is lost. Trying again in")
    connection = bench.page.locator(".connection")
    expect(connection).to_contain_text("The connection to the service is lost")

    bench.page.unroute("**/events?*")

    expect(connection).to_have_text("The connection is back.")
    expect(card.notice).to_be_hidden()
    release.set()
    card.expect_picture(40, 30)


def test_all_under_way_are_canceled_at_once(bench: Workbench, service: Service) -> None:
    """With one button over the list; the cursor stays near, and what is ready stays."""
    release = Event()
    bench.fill(width="40").resize_url(service.origin.serve("/stays.jpg", body(picture(80, 60)))).expect_picture(40, 30)
    for number in range(3):
        url = service.origin.serve(f"/stopped-{number}.jpg", held(body(picture(80, 60, shade=number)), release))
        bench.resize_url(url).expect_phase("working")

    bench.page.get_by_role("button", name="Cancel all under way").click()

    expect(bench.page.locator(".counts")).to_have_text("4 pictures: 1 ready, 3 failed")
    expect(bench.page.get_by_role("region", name="Results")).to_be_focused()
    expect(bench.page.get_by_role("button", name="Cancel all under way")).to_be_hidden()
    release.set()
