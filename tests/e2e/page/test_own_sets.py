"""Sets of images that the operator has named: the page offers them, and shows each image by its name."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.page.pictures import payload, picture, size_of
from tests.e2e.page.workbench import TIMES, Workbench
from tests.support.origin import Origin
from tests.support.service import Service, running_service

pytestmark = pytest.mark.browser

AVATAR = {
    "small": {"width": 48, "height": 48},
    "large": {"width": 192, "height": 192},
    "banner": {"width": 192, "height": 64},
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with a preset of its own."""
    settings = {"PIXELMILL_PRESETS": json.dumps({"avatar": AVATAR})}
    with Origin() as origin, running_service(tmp_path_factory.mktemp("own"), origin, settings) as running:
        yield running


@pytest.fixture
def bench(open_bench: Callable[..., Workbench], own: Service) -> Workbench:
    return open_bench(of=own, permissions=["clipboard-read", "clipboard-write"])


def test_a_set_of_the_operator_is_made(bench: Workbench) -> None:
    """With its images in words before, by name after, and the code; it is chosen again on the next visit."""
    bench.choose(payload("face.jpg", picture(400, 300)))
    bench.pick("Make", "avatar")
    hint = f"small 48 {TIMES} 48, large 192 {TIMES} 192, banner 192 {TIMES} 64."
    expect(bench.page.locator("#make-hint")).to_have_text(hint)
    expect(bench.group("Size")).to_be_hidden()
    bench.check_accessible()
    bench.resize()

    card = bench.card("face.jpg").expect_phase("done")

    table = card.root.get_by_role("table", name="Files by name")
    expect(table.get_by_role("rowheader")).to_have_text(["small", "large", "banner"])
    with bench.page.expect_download() as saving:
        table.get_by_role("row", name=re.compile("^banner")).get_by_role("link").click()
    assert size_of(saving.value.path().read_bytes()) == (192, 64)
    card.button("Copy the code").click()
    assert bench.page.evaluate("navigator.clipboard.readText()").startswith("<picture>")
    expect(card.button("Compare")).to_be_hidden()
    bench.check_accessible()
    bench.open()
    expect(bench.group("Make").get_by_role("radio", name="avatar")).to_be_checked()


def test_the_built_in_set_stays(bench: Workbench) -> None:
    """Where it was, once."""
    expect(bench.group("Make").get_by_role("radio")).to_have_count(4)
    expect(bench.group("Make").get_by_role("radio", name="Responsive set")).to_be_visible()
