"""What goes wrong is said in words, where it belongs, with a way on where there is one."""

import re
from collections.abc import Callable
from threading import Event

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.page.pictures import payload, picture
from tests.e2e.page.workbench import Workbench
from tests.support.answers import Answer, body, failing, held
from tests.support.service import Service

pytestmark = pytest.mark.browser

MANGLED = picture(300, 200)[:400]


def expect_refused(control: Locator, words: str) -> None:
    """The control is marked, has the cursor, and its description says why."""
    expect(control).to_have_attribute("aria-invalid", "true")
    expect(control).to_be_focused()
    expect(control).to_have_accessible_description(re.compile(words))


def test_no_picture(bench: Workbench) -> None:
    """Nothing to resize is said beside the link, and not sent."""
    bench.resize()

    expect_refused(bench.field("Link"), "Paste a link or choose a file")
    expect(bench.cards).to_have_count(0)


@pytest.mark.parametrize("width", ["0", "8193", "1.5"])
def test_an_impossible_side(bench: Workbench, width: str) -> None:
    """A side that no picture has is said beside it; put right, the mark goes."""
    bench.choose(payload("side.jpg", picture(64, 64)))
    bench.fill(width=width).resize()
    expect_refused(bench.field("Width"), "A whole number from 1 to 8192")

    bench.fill(width="32").resize()

    bench.card("side.jpg").expect_picture(32, 32)
    expect(bench.field("Width")).not_to_have_attribute("aria-invalid", "true")


def test_no_side_at_all(bench: Workbench) -> None:
    """Width and height may not both be left to chance."""
    bench.choose(payload("sideless.jpg", picture(64, 64)))

    bench.fill(width="", height="").resize()

    expect(bench.field("Width")).to_be_focused()
    expect(bench.group("Size")).to_have_accessible_description("Give a width, a height or both.")


def test_what_only_the_service_refuses_lands_at_its_field(bench: Workbench) -> None:
    """A link that is none, and more pixels than it makes: no card is left behind."""
    bench.expect_complaint("status of 422")

    bench.fill(link="ftp://example.com/a.jpg").resize()
    expect_refused(bench.field("Link"), "http")
    expect(bench.cards).to_have_count(0)

    bench.fill(link="https://example.com/a.jpg", width="8000", height="8000").resize()
    expect(bench.group("Size")).to_have_accessible_description(re.compile("40,000,000 pixels"))
    expect(bench.cards).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "answer", "words", "code"),
    [
        ("gone.jpg", failing(404), "There is no picture at this address.", "source_not_found"),
        ("secret.jpg", failing(403), "The site does not hand this picture out.", "source_refused"),
        ("text.jpg", body(b"just text, whatever the name says"), "This is not a picture.", "source_not_an_image"),
        ("mangled.jpg", body(MANGLED), "This picture is damaged.", "corrupt_image"),
    ],
)
def test_a_failing_source(  # noqa: PLR0917 - parameters of the test and its fixtures
    bench: Workbench, service: Service, name: str, answer: Answer, words: str, code: str
) -> None:
    """Said in words, with the code behind them, and without a way to repeat what cannot succeed."""
    card = bench.resize_url(service.origin.serve(f"/{name}", answer)).expect_phase("failed")

    expect(card.trouble_title).to_have_text(words)
    card.root.get_by_text("Details").click()
    expect(card.trouble_code).to_have_text(code)
    expect(card.again).to_be_hidden()


def test_a_forbidden_address(bench: Workbench) -> None:
    """What the service never connects to is said so."""
    card = bench.resize_url("http://169.254.169.254/metadata.png").expect_phase("failed")

    expect(card.trouble_title).to_have_text("This address is off limits.")


def test_a_file_that_is_no_picture(bench: Workbench) -> None:
    """An upload is judged as a link is."""
    bench.choose(payload("notes.txt", b"only notes", "text/plain"))
    bench.resize()

    card = bench.card("notes.txt").expect_phase("failed")
    expect(card.trouble_title).to_have_text("This is not a picture.")


def test_a_source_that_is_down_can_be_tried_again(bench: Workbench, service: Service) -> None:
    """Once the origin is back, the button on the card is all it takes."""
    url = service.origin.serve("/down.jpg", failing(503))
    card = bench.fill(width="60").resize_url(url).expect_phase("failed")
    expect(card.trouble_title).to_have_text("The site with this picture could not be reached.")
    service.origin.serve("/down.jpg", body(picture(120, 60)))

    card.button("Try again").click()

    expect(card.root).to_be_focused()
    card.expect_picture(60, 30)


def test_a_lost_connection_is_told_and_comes_back(open_bench: Callable[..., Workbench], service: Service) -> None:
    """While the computer is offline the page says so; then it goes on where it was."""
    bench = open_bench()
    bench.expect_complaint("ERR_INTERNET_DISCONNECTED")
    release = Event()
    url = service.origin.serve("/offline.jpg", held(body(picture(80, 60)), release))
    card = bench.fill(width="40").resize_url(url)
    expect(card.now).to_have_text("Fetching the picture")

    bench.page.context.set_offline(True)
    other = bench.resize_url(service.origin.serve("/offline-too.jpg", body(picture(60, 80))))
    expect(other.notice).to_contain_text("The connection to the service is lost. Trying again in")
    release.set()
    bench.page.context.set_offline(False)

    other.expect_picture(40, 53)
    expect(other.notice).to_be_hidden()
    card.expect_picture(40, 30)
