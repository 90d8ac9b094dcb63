"""The operator's view: the queue, how it drains, what was given up and starts again."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.page.pictures import picture
from tests.e2e.page.workbench import Workbench
from tests.support.answers import body, failing
from tests.support.service import Service

pytestmark = pytest.mark.browser


def open_operation(bench: Workbench) -> None:
    bench.page.get_by_role("link", name="Operation").click()
    expect(bench.page.get_by_role("heading", level=1, name="Operation")).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_service_at_a_glance(open_bench: Callable[..., Workbench], service: Service, theme: str) -> None:
    """Numbers and charts, read aloud too; axe finds nothing."""
    bench = open_bench(color_scheme=theme)
    bench.fill(width="60").resize_url(service.origin.serve(f"/glance-{theme}.jpg", body(picture(120, 80))))
    bench.card(f"glance-{theme}.jpg").expect_phase("done")
    open_operation(bench)

    servers = bench.page.get_by_role("list", name="Servers").get_by_role("listitem")
    expect(servers).to_have_text(["queue: ok", "store: ok", "trail: ok"])
    expect(bench.page.locator(".workers")).to_have_text(re.compile("^1 worker, for up to [1-9]"))
    expect(bench.page.locator(".ended")).to_have_text(re.compile(r"^[1-9]\d*$"))
    expect(bench.page.get_by_role("img", name=re.compile("^Tasks ended per minute: now [1-9]"))).to_be_visible()
    expect(bench.page.locator(".stage-times")).to_contain_text("Resize")
    expect(bench.page.get_by_role("region", name="Recent failures")).to_contain_text("Of the last")
    bench.check_accessible()


def test_a_dead_letter_is_tried_again(bench: Workbench, service: Service) -> None:
    """Listed with its reason; once its origin is back one click is enough."""
    url = service.origin.serve("/letter.jpg", failing(503))
    bench.fill(width="60").resize_url(url).expect_phase("failed")
    service.origin.serve("/letter.jpg", body(picture(120, 80)))
    open_operation(bench)
    letters = bench.page.get_by_role("region", name=re.compile("^Dead letters"))
    expect(letters).to_contain_text("The site with this picture could not be reached.")
    expect(letters.locator(".thumb .blank-failed").first).to_be_visible()
    bench.check_accessible()

    letters.get_by_role("button", name="Try letter.jpg again").click()

    expect(letters).to_contain_text("letter.jpg is tried again.")
    expect(letters.get_by_role("button", name="Try letter.jpg again")).to_have_count(0)
    expect(bench.page.get_by_role("status")).to_contain_text("letter.jpg is tried again.")


def test_all_dead_letters_are_tried_again(bench: Workbench, service: Service) -> None:
    """With one button, which goes when none is left."""
    for name in ("all-one.jpg", "all-two.jpg"):
        url = service.origin.serve(f"/{name}", failing(503))
        bench.fill(width="60").resize_url(url).expect_phase("failed")
        service.origin.serve(f"/{name}", body(picture(120, 80)))
    open_operation(bench)

    bench.page.get_by_role("button", name="Try all again").click()

    expect(bench.page.get_by_text("Nothing was given up.")).to_be_visible()
    expect(bench.page.get_by_role("button", name="Try all again")).to_be_hidden()


def test_a_service_that_is_away_is_said(open_bench: Callable[..., Workbench], service: Service) -> None:
    """The last numbers stay, marked as old, until it is back."""
    bench = open_bench(of=service)
    bench.expect_complaint("ERR_INTERNET_DISCONNECTED")
    open_operation(bench)
    expect(bench.page.locator(".waiting")).to_have_text(re.compile(r"^\d+$"))

    bench.page.context.set_offline(True)

    alert = bench.page.get_by_role("alert")
    expect(alert).to_have_text("The service cannot be reached. What is shown is from before.")
    expect(bench.page.locator(".waiting")).to_have_text(re.compile(r"^\d+$"))
    bench.page.context.set_offline(False)
    expect(alert).to_be_hidden()


@pytest.mark.parametrize(("tasks", "words"), [(0, ""), (1, "Of the last task"), (2, "Of the last 2 tasks")])
def test_numbers_agree_with_their_words(bench: Workbench, tasks: int, words: str) -> None:
    """What the service counts is said as a person would; that nothing is made stands out."""
    overview = {
        "queue": {"waiting": 3, "active": 0, "retrying": 0},
        "oldest_waiting_seconds": 4.0,
        "ended_last_minute": 0,
        "workers": {"alive": 0, "concurrency": 0},
        "dead_letters": 0,
        "lately": {"tasks": tasks, "failures": {}, "stages_ms": {}},
    }
    bench.page.route("**/overview", lambda route: route.fulfill(json=overview))

    open_operation(bench)

    expect(bench.page.locator(".workers")).to_have_text("No worker is alive: nothing is made.")
    expect(bench.page.locator(".failures-of")).to_have_text(words)
    bench.check_accessible()
