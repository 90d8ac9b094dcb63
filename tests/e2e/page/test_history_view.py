"""The history on the page: what was asked of the service, found again."""

import json
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.page.pictures import picture
from tests.e2e.page.workbench import Workbench
from tests.support.answers import body, failing
from tests.support.service import Service
from tests.support.wait import wait_until

pytestmark = pytest.mark.browser

PAGE_TASKS = 25


def open_history(bench: Workbench) -> Locator:
    """The rows of the history."""
    bench.page.get_by_role("link", name="History").click()
    expect(bench.page.get_by_role("heading", level=1, name="History")).to_be_focused()
    return bench.page.get_by_role("list", name="Tasks, the newest first").get_by_role("listitem")


def wait_for_trail(bench: Workbench, url: str, tasks: int) -> None:
    """The trail is a moment behind."""
    query: dict[str, str | int] = {"source": url, "limit": 200}

    def have_ended() -> bool:
        found = httpx.get(f"{bench.base_url}/task-history", params=query).json()["tasks"]
        return [task["status"] for task in found].count("pending") == 0 and len(found) == tasks

    wait_until(have_ended, 10)


def search(bench: Workbench, source: str, status: str = "All") -> None:
    bench.page.get_by_label("Status").select_option(status)
    bench.field("Source").fill(source)
    bench.page.get_by_role("button", name="Search").click()


def test_images_that_are_one_count_once(bench: Workbench, service: Service) -> None:
    """Of a small source the larger widths of a set are the same files."""
    url = service.origin.serve("/in-six-files.jpg", body(picture(400, 200)))
    bench.pick("Make", "Responsive set").resize_url(url).expect_phase("done")
    expect(bench.card("in-six-files.jpg").size).to_have_text("6 files")
    wait_for_trail(bench, url, 1)
    rows = open_history(bench)

    search(bench, url)

    expect(rows.locator(".row-what")).to_have_text(re.compile("^6 images, "))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tasks_are_found_by_source_and_status(
    open_bench: Callable[..., Workbench], service: Service, theme: str
) -> None:
    """What was made and what failed, with its end in words."""
    bench = open_bench(color_scheme=theme)
    good = service.origin.serve(f"/found-{theme}.jpg", body(picture(120, 80)))
    bad = service.origin.serve(f"/lost-{theme}.jpg", failing(404))
    bench.fill(width="60").resize_url(good).expect_picture(60, 40)
    bench.resize_url(bad).expect_phase("failed")
    wait_for_trail(bench, good, 1)
    wait_for_trail(bench, bad, 1)
    rows = open_history(bench)

    search(bench, good)
    expect(rows).to_have_count(1)
    expect(rows.locator(".row-what")).to_have_text(re.compile("^60 . 40 WebP, "))
    expect(rows.locator(".row-site")).to_have_text(urlsplit(good).netloc)
    expect(rows.get_by_role("link", name=f"Result of found-{theme}.jpg")).to_be_visible()
    bench.check_accessible()

    search(bench, "127.0.0.1", "Failed")
    expect(rows.get_by_text(f"lost-{theme}.jpg")).to_be_visible()
    search(bench, "elsewhere.example")
    expect(rows).to_have_count(0)
    search(bench, bad, "Failed")
    expect(rows.locator(".row-what")).to_have_text("There is no picture at this address.")
    expect(rows.locator(".thumb .blank-failed")).to_be_visible()
    bench.check_accessible()
    search(bench, bad, "Completed")
    expect(bench.page.get_by_text("Nothing here matches.").first).to_be_visible()
    expect(rows).to_have_count(0)


def test_what_the_history_cannot_be_searched_by_is_said(bench: Workbench) -> None:
    """Whoever looks for the name of a file learns what to look for; of a whole link nothing has to be explained."""
    rows = open_history(bench)
    message = bench.page.locator("#history .view-message")

    search(bench, "many-03")
    expect(message).to_have_text(
        "Nothing here matches. Search for a whole link, a site, or sha256: and the digest of an upload; "
        "the name of a file alone finds nothing."
    )
    expect(rows).to_have_count(0)

    search(bench, "https://elsewhere.example/many-03.jpg")
    expect(message).to_have_text("Nothing here matches.")


def test_older_tasks_come_page_by_page(bench: Workbench, service: Service) -> None:
    """Each page goes on where the one before ended, and the cursor goes along."""
    url = service.origin.serve("/paged.jpg", body(picture(120, 80)))
    request = {"image_url": url, "priority": "bulk"}
    for width in range(1, PAGE_TASKS + 4):
        answer = bench.page.request.post(
            f"{bench.base_url}/queue-task",
            data={**request, "parameters": {"width": width}},
            headers={"Prefer": "wait=20"},
        )
        assert answer.json()["status"] == "completed"
    wait_for_trail(bench, url, PAGE_TASKS + 3)
    rows = open_history(bench)
    search(bench, url)
    expect(rows).to_have_count(PAGE_TASKS)

    bench.page.get_by_role("button", name="Show more").click()

    expect(rows).to_have_count(PAGE_TASKS + 3)
    expect(rows.nth(PAGE_TASKS)).to_be_focused()
    expect(bench.page.get_by_role("button", name="Show more")).to_be_hidden()


def test_a_source_that_is_none_is_said(bench: Workbench) -> None:
    """In words, not as an empty list."""
    bench.expect_complaint("status of 422")
    open_history(bench)

    search(bench, "no address")

    expect(bench.page.locator("#history .view-message")).to_contain_text("This source cannot be searched for")


def test_what_matches_is_saved(bench: Workbench, service: Service) -> None:
    """As a task in JSON on each line, with the same filters, and said; nothing is saved where nothing matches."""
    urls = [service.origin.serve(f"/saved-{n}.jpg", body(picture(120, 80))) for n in range(2)]
    for url in urls:
        bench.fill(width="60").resize_url(url).expect_phase("done")
        wait_for_trail(bench, url, 1)
    open_history(bench)
    search(bench, urls[0])
    save = bench.page.get_by_role("button", name="Download")

    with bench.page.expect_download() as download:
        save.click()

    assert download.value.suggested_filename == "task-history.ndjson"
    tasks = [json.loads(line) for line in download.value.path().read_text().splitlines()]
    assert [task["source"]["image_url"] for task in tasks] == [urls[0]]
    message = bench.page.locator("#history .view-message")
    expect(message).to_have_text(re.compile(r"^Saved, [\d.]+ k?B\.$"))
    search(bench, urls[0], "Failed")
    save.click()
    expect(message).to_have_text("Nothing here matches.")


def test_a_history_that_breaks_off_is_not_saved(bench: Workbench) -> None:
    """What the service says in the last line is said, instead of a file with too little in it."""
    bench.page.on("download", lambda download: pytest.fail(f"{download.suggested_filename} was saved"))
    problem = {
        "type": "urn:pixelmill:problem:trail_unavailable",
        "title": "The history is not available",
        "status": 503,
        "code": "trail_unavailable",
    }
    lines = f"{json.dumps({'task_id': '0' * 32})}\n{json.dumps(problem, separators=(',', ':'))}\n"
    bench.page.route("**/task-history/export?*", lambda route: route.fulfill(body=lines))
    open_history(bench)

    bench.page.get_by_role("button", name="Download").click()

    message = bench.page.locator("#history .view-message")
    expect(message).to_have_text(re.compile("^The history is not available right now."))


ENDLESS = """() => {
    const really = window.fetch;
    const part = new Uint8Array(50_000_000);
    const endless = () => new Response(new ReadableStream({ pull: (stream) => stream.enqueue(part) }));
    window.fetch = async (path, init) => (path.includes("/export") ? endless() : really(path, init));
}"""


def test_more_than_a_browser_should_hold_is_not_saved(bench: Workbench) -> None:
    """The page says so, and what to do instead."""
    bench.page.on("download", lambda download: pytest.fail(f"{download.suggested_filename} was saved"))
    open_history(bench)
    bench.page.evaluate(ENDLESS)

    bench.page.get_by_role("button", name="Download").click()

    expect(bench.page.locator("#history .view-message")).to_have_text(re.compile("^This is too much for a browser."))


def test_an_address_leads_to_a_view(bench: Workbench) -> None:
    """After a reload and by the back button, with its title; the way past the form changes nothing."""
    open_history(bench)
    expect(bench.page).to_have_title("History · Pixelmill")

    bench.page.reload()

    expect(bench.page.get_by_role("heading", level=1, name="History")).to_be_visible()
    expect(bench.page.get_by_role("link", name="History")).to_have_attribute("aria-current", "page")
    bench.page.go_back()
    expect(bench.page.get_by_role("heading", level=1, name="Any picture")).to_be_visible()


@pytest.mark.parametrize("view", ["history", "operate"])
def test_a_phone_never_scrolls_sideways(open_bench: Callable[..., Workbench], view: str) -> None:
    """Neither view does, at the smallest width."""
    bench = open_bench(viewport={"width": 320, "height": 640}, is_mobile=True, has_touch=True)
    bench.page.goto(f"{bench.base_url}/#/{view}")
    expect(bench.page.locator(f"#{view}")).to_be_visible()
    bench.page.wait_for_load_state("networkidle")

    assert not bench.scrolls_sideways()
    bench.check_accessible()
