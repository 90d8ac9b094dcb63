"""What matters in a picture is pointed at, and stays when the rest is cropped."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.page.pictures import corner_of, payload, picture
from tests.e2e.page.workbench import Workbench
from tests.support.service import Service

pytestmark = pytest.mark.browser

WIDTH, HEIGHT, SIDE = 400, 200, 200
SLACK = 6
"""Of a color, after two encodings: the picture gets redder by 0.6 with each pixel to the right."""


def ready_to_point(bench: Workbench, name: str) -> None:
    bench.choose(payload(name, picture(WIDTH, HEIGHT)))
    bench.fill(width=str(SIDE), height=str(SIDE)).pick("Format", "PNG").pick("Position", "A point")


def left_edge(bench: Workbench, name: str) -> float:
    """The column of the picture that became the left edge of the result."""
    card = bench.card(name).expect_picture(SIDE, SIDE)
    return corner_of(httpx.get(bench.base_url + card.result_url).content)[0] * WIDTH / 255


def test_a_click_on_the_picture_decides_what_stays(bench: Workbench) -> None:
    """The frame shows what will stay, and it does."""
    ready_to_point(bench, "clicked.jpg")
    pad, frame = bench.page.locator(".focal-pad"), bench.page.locator(".focal-frame")
    expect(frame).to_be_visible()
    area = pad.bounding_box()
    assert area is not None

    pad.click(position={"x": area["width"] * 0.7, "y": area["height"] * 0.2})

    shown = frame.bounding_box()
    assert shown is not None
    assert abs((shown["x"] - area["x"]) / area["width"] - 0.45) < 0.02
    assert abs(shown["width"] / area["width"] - 0.5) < 0.02
    bench.resize()
    assert abs(left_edge(bench, "clicked.jpg") - 180) < 2 * SLACK
    bench.check_accessible()


def test_arrow_keys_move_the_point(bench: Workbench) -> None:
    """By a hundredth, with Shift by a tenth, never off the picture; said in words."""
    ready_to_point(bench, "keys.jpg")
    point = bench.page.get_by_role("slider", name="Point that matters")

    for keys in ("ArrowRight", "ArrowDown", *["Shift+ArrowRight"] * 6):
        point.press(keys)

    expect(point).to_have_attribute("aria-valuetext", "100 % from the left, 51 % from the top")
    bench.resize()
    assert abs(left_edge(bench, "keys.jpg") - 200) < 2 * SLACK


def test_the_point_is_kept_for_the_next_visit(open_bench: Callable[..., Workbench], service: Service) -> None:
    """As every other choice."""
    bench = open_bench(of=service)
    ready_to_point(bench, "kept.jpg")
    bench.page.get_by_role("slider", name="Point that matters").press("Shift+ArrowLeft")
    bench.resize()
    bench.card("kept.jpg").expect_picture(SIDE, SIDE)

    bench.open()

    point = bench.page.get_by_role("slider", name="Point that matters")
    expect(point).to_have_attribute("aria-valuetext", "40 % from the left, 50 % from the top")


@pytest.mark.parametrize(
    ("point", "box", "part"),
    [
        ({"x": 0.5, "y": 0.5}, {"width": 100, "height": 100}, {"left": 0.25, "top": 0, "width": 0.5, "height": 1}),
        ({"x": 0, "y": 0.9}, {"width": 100, "height": 100}, {"left": 0, "top": 0, "width": 0.5, "height": 1}),
        ({"x": 1, "y": 1}, {"width": 400, "height": 100}, {"left": 0, "top": 0.5, "width": 1, "height": 0.5}),
    ],
)
def test_the_part_that_stays(
    bench: Workbench, point: dict[str, float], box: dict[str, int], part: dict[str, float]
) -> None:
    """As large as the box allows, around the point as nearly as the picture allows."""
    script = "async (args) => (await import('/js/focal.js')).partAround(...args)"

    assert bench.page.evaluate(script, [point, {"width": WIDTH, "height": HEIGHT}, box]) == part
