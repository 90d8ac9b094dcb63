"""A service with too much to do: the page waits as long as it is asked to, and gets there."""

from collections.abc import Callable, Iterator
from threading import Event

import pytest
from playwright.sync_api import expect

from pixelmill.queue.depth import MAX_RETRY_SECONDS
from tests.e2e.page.pictures import picture
from tests.e2e.page.workbench import Workbench
from tests.support.answers import body, held
from tests.support.origin import Origin
from tests.support.service import Service, running_service

pytestmark = pytest.mark.browser

ASKED_FOR_MS = MAX_RETRY_SECONDS * 1000
"""The service asks for no longer pause than this."""


@pytest.fixture(scope="module")
def small_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that works on one task and lets one wait."""
    settings = {"PIXELMILL_WORKER_CONCURRENCY": "1", "PIXELMILL_QUEUE_MAX_WAITING": "1"}
    with Origin() as origin, running_service(tmp_path_factory.mktemp("small"), origin, settings) as service:
        yield service


def test_a_full_queue_is_waited_for(open_bench: Callable[..., Workbench], small_service: Service) -> None:
    """Refused with 503, told with the seconds left, tried again by itself, done in the end."""
    bench = open_bench(of=small_service)
    bench.page.clock.install()
    bench.open()
    bench.expect_complaint("status of 503")
    release = Event()
    for name in ("first.jpg", "second.jpg"):
        answer = held(body(picture(40, 30, shade=len(name))), release)
        bench.fill(width="20").resize_url(small_service.origin.serve(f"/{name}", answer))
        expect(bench.card(name).now).to_have_text(
            "Fetching the picture" if name == "first.jpg" else "Waiting for its turn"
        )

    third = bench.resize_url(small_service.origin.serve("/third.jpg", body(picture(40, 20))))

    expect(third.notice).to_contain_text("The service has much to do right now. Trying again in")
    release.set()
    bench.card("second.jpg").expect_phase("done")
    bench.page.clock.fast_forward(ASKED_FOR_MS)
    third.expect_picture(20, 10)
