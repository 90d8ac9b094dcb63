"""The form asks for what the service can do, and shows only what means something together."""

import httpx
import pytest
from playwright.sync_api import expect

from pixelmill.domain.limits import MAX_SIDE_PIXELS
from pixelmill.domain.transformation import Fit, OutputFormat, Position
from tests.e2e.page.pictures import corner_of, payload, picture, see_through, size_of
from tests.e2e.page.workbench import Workbench

pytestmark = pytest.mark.browser

# What a box of 200 x 200 makes of 400 x 200.
SIZES = {
    Fit.COVER: (200, 200),
    Fit.CONTAIN: (200, 200),
    Fit.FILL: (200, 200),
    Fit.INSIDE: (200, 100),
    Fit.OUTSIDE: (400, 200),
}


@pytest.mark.parametrize("fit", list(Fit))
def test_every_fit_makes_its_size(bench: Workbench, fit: Fit) -> None:
    """Each fit can be chosen, says what it does, and does it."""
    bench.choose(payload(f"{fit}.jpg", picture(400, 200)))

    bench.fill(width="200", height="200").pick("Fit", fit).resize()

    bench.card(f"{fit}.jpg").expect_picture(*SIZES[fit])


def test_the_form_offers_what_the_service_knows(bench: Workbench) -> None:
    """No fit, position or format of the service is missing, none is made up, and the limits are its own."""

    def offered(name: str) -> set[str]:
        values = f"[...document.querySelectorAll('[name={name}]')].map((radio) => radio.value)"
        return set(bench.page.evaluate(values))

    assert offered("fit") == set(Fit)
    assert offered("position") == {*Position, "point"}
    assert offered("format") == {*OutputFormat, "source"}
    for side in ("Width", "Height"):
        expect(bench.field(side)).to_have_attribute("max", str(MAX_SIDE_PIXELS))


def test_position_appears_where_it_means_something(bench: Workbench) -> None:
    """With one side nothing is cropped; `contain` has no position by content; a hidden choice is not sent."""
    expect(bench.group("Position")).to_be_hidden()

    bench.fill(width="100", height="100").pick("Position", "What catches the eye")
    bench.pick("Fit", "contain")

    expect(bench.group("Position").get_by_role("radio", name="Center")).to_be_checked()
    expect(bench.page.get_by_role("radio", name="Most detail")).to_be_hidden()
    bench.pick("Fit", "fill")
    expect(bench.group("Position")).to_be_hidden()
    bench.choose(payload("position.jpg", picture(200, 100)))
    bench.resize()
    bench.card("position.jpg").expect_picture(100, 100)


def test_background_appears_where_it_shows(bench: Workbench) -> None:
    """Under JPEG, which has no transparency, and in the bars of `contain`."""
    expect(bench.group("Background")).to_be_hidden()
    bench.fill(width="100", height="100").pick("Fit", "contain").pick("Background", "None")

    bench.pick("Format", "JPEG")

    group = bench.group("Background")
    expect(group.get_by_role("radio", name="None")).to_be_disabled()
    expect(group.get_by_role("radio", name="White")).to_be_checked()
    bench.pick("Fit", "cover").pick("Format", "WebP")
    expect(group).to_be_hidden()


def test_the_background_is_the_chosen_color(bench: Workbench) -> None:
    """A transparent picture as JPEG shows it."""
    bench.choose(payload("clear.png", see_through(40, 40), "image/png"))
    bench.fill(width="20").pick("Format", "JPEG")
    bench.field("Own background color").fill("#ff0000")

    bench.resize()

    card = bench.card("clear.png").expect_picture(20, 20)
    red, green, blue = corner_of(httpx.get(bench.base_url + card.result_url).content)
    assert red > 250
    assert green < 5
    assert blue < 5


@pytest.mark.parametrize("name", ["PNG", "GIF"])
def test_quality_is_off_where_it_has_no_meaning(bench: Workbench, name: str) -> None:
    """And says why; what was set before is not sent, and comes back with another format."""
    quality = bench.field("Quality")
    quality.fill("40")

    bench.pick("Format", name)

    expect(quality).to_be_disabled()
    expect(bench.page.get_by_text(f"{name} keeps every pixel as it is")).to_be_visible()
    bench.choose(payload("lossless.jpg", picture(64, 32)))
    bench.fill(width="32").resize()
    bench.card("lossless.jpg").expect_picture(32, 16)
    bench.pick("Format", "WebP")
    expect(quality).to_be_enabled()
    expect(bench.page.locator("#quality-value")).to_have_text("40")


def test_quality_can_be_left_to_the_service_again(bench: Workbench) -> None:
    """It is automatic until it is touched, and automatic again on request."""
    quality = bench.field("Quality")
    expect(quality).to_have_attribute("aria-valuetext", "automatic")
    quality.fill("40")
    expect(quality).to_have_attribute("aria-valuetext", "40")

    bench.page.get_by_role("button", name="Back to automatic").click()

    expect(quality).to_have_attribute("aria-valuetext", "automatic")
    expect(quality).to_be_focused()


def test_lower_quality_is_smaller(bench: Workbench) -> None:
    """The slider reaches the encoder."""
    content = picture(600, 400, shade=9)
    sizes = []
    for quality in ("5", "95"):
        bench.choose(payload(f"q{quality}.jpg", content))
        bench.fill(width="500").page.get_by_label("Quality", exact=True).fill(quality)
        bench.resize()
        card = bench.card(f"q{quality}.jpg").expect_picture(500, 333)
        sizes.append(len(httpx.get(bench.base_url + card.result_url).content))
    assert sizes[0] < sizes[1]


def test_never_larger_than_the_original(bench: Workbench) -> None:
    """A small picture is enlarged only if the box is not ticked."""
    small = payload("small.jpg", picture(50, 40))
    bench.choose(small)
    bench.fill(width="100").resize()
    bench.card("small.jpg").expect_picture(100, 80)

    bench.field("Never larger than the original").check()
    bench.resize()

    card = bench.card("small.jpg").expect_picture(50, 40)
    assert size_of(httpx.get(bench.base_url + card.result_url).content) == (50, 40)


def test_the_choice_is_there_on_the_next_visit(bench: Workbench) -> None:
    """Everything but the picture is as it was."""
    bench.fill(width="120", height="90").pick("Fit", "contain").pick("Position", "Top").pick("Format", "AVIF")
    bench.field("Own background color").fill("#123456")
    bench.field("Quality").fill("33")
    bench.choose(payload("remember.jpg", picture(64, 64)))
    bench.resize()
    bench.card("remember.jpg").expect_phase("done")

    bench.open()

    for label, value in {"Width": "120", "Height": "90", "Own background color": "#123456"}.items():
        expect(bench.field(label)).to_have_value(value)
    expect(bench.field("Quality")).to_have_value("33")
    for group, choice in {"Fit": "contain", "Position": "Top", "Format": "AVIF", "Background": "Own"}.items():
        expect(bench.group(group).get_by_role("radio", name=choice, exact=True)).to_be_checked()
