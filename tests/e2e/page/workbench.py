"""The page in the words of the person who uses it, for the tests."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, FilePayload, Locator, Page, Request, expect

from tests.support.service import Service

LOCAL_SCHEMES: Final = {"blob", "data"}
TIMES: Final = "\N{MULTIPLICATION SIGN}"


class Card:
    """What the page shows of one picture."""

    def __init__(self, root: Locator) -> None:
        self.root = root

    def __getattr__(self, part: str) -> Locator:
        """A part of the card by its class: `card.size`, `card.trouble_title`."""
        return self.root.locator("." + part.replace("_", "-"))

    def expect_phase(self, phase: str) -> "Card":
        """Wait until the card is `sending`, `working`, `done`, `failed` or `expired`."""
        expect(self.root).to_have_attribute("data-phase", phase)
        return self

    def expect_picture(self, width: int, height: int) -> "Card":
        """Wait until the card is done and shows a picture of this size, in pixels."""
        self.expect_phase("done")
        expect(self.root.locator(".picture")).to_be_visible()
        self.root.page.wait_for_function(
            "([image, width, height]) => image.naturalWidth === width && image.naturalHeight === height",
            arg=[self.root.locator(".picture").element_handle(), width, height],
        )
        return self

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name)

    @property
    def result_url(self) -> str:
        """Where the result lies, relative to the service."""
        url = self.root.locator(".download").get_attribute("href")
        assert url is not None
        return url


class Workbench:
    """The page in a browser.

    Args:
        page: A page of a fresh profile.
        base_url: The service.
    """

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.base_url = base_url
        self.expected_complaints: list[str] = []
        self._complaints: list[str] = []
        self._strangers: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._complaints.append(str(error)))
        page.on("request", self._see)

    def open(self) -> None:
        """Load the page, or load it again."""
        self.page.goto(self.base_url)
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()

    def fill(self, **fields: str) -> "Workbench":
        """Type into the fields with these labels: `fill(width="800")`."""
        for label, value in fields.items():
            self.field(label).fill(value)
        return self

    def field(self, label: str) -> Locator:
        """The control with a label that begins so."""
        return self.page.get_by_label(re.compile(rf"^\s*{label}", re.IGNORECASE))

    def pick(self, group: str, choice: str) -> "Workbench":
        """Choose in a group of alternatives: `pick("Fit", "contain")`."""
        self.group(group).get_by_role("radio", name=choice, exact=True).check()
        return self

    def group(self, name: str) -> Locator:
        return self.page.get_by_role("group", name=name, exact=True)

    def resize(self) -> None:
        """Press the button."""
        self.page.get_by_role("button", name=re.compile("^Resize")).click()

    def resize_url(self, url: str) -> Card:
        """Hand in a picture by its address."""
        self.fill(link=url).resize()
        return self.card(urlsplit(url).path.rpartition("/")[2])

    def choose(self, *files: FilePayload) -> None:
        """Choose files, as with the button."""
        self.field("Choose files").set_input_files(list(files))

    def card(self, name: str) -> Card:
        """The newest card of a picture of this name."""
        heading = self.page.get_by_role("heading", level=3, name=name, exact=True)
        return Card(self.page.get_by_role("article").filter(has=heading).first)

    @property
    def cards(self) -> Locator:
        return self.page.get_by_role("article")

    def expect_complaint(self, fragment: str) -> None:
        """The browser itself notes refused requests in the console; the test expects one that contains this."""
        self.expected_complaints.append(fragment)

    def check_conduct(self) -> None:
        """Nothing unexpected in the console (violations of the policy appear there), no request to anybody else."""
        unexpected = [
            complaint
            for complaint in self._complaints
            if not any(fragment in complaint for fragment in self.expected_complaints)
        ]
        assert not unexpected, unexpected
        assert not self._strangers, self._strangers

    def check_accessible(self) -> None:
        """No rule of axe is broken by the page as it is."""
        results = Axe().run(self.page, options={})
        assert results.violations_count == 0, results.generate_report()

    def scrolls_sideways(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complaints.append(message.text)

    def _see(self, request: Request) -> None:
        if not request.url.startswith(self.base_url + "/") and urlsplit(request.url).scheme not in LOCAL_SCHEMES:
            self._strangers.append(request.url)


@contextmanager
def opened_bench(browser: Browser, service: Service, **profile: Any) -> Iterator[Workbench]:  # noqa: ANN401 - Playwright's own options
    """The page in a fresh browser profile; checks its conduct when the test is over.

    Args:
        browser: The browser.
        service: Serves the page.
        profile: Playwright's options of a browser context.
    """
    with browser.new_context(reduced_motion="reduce", **profile) as context:
        bench = Workbench(context.new_page(), service.base_url)
        bench.open()
        yield bench
        bench.check_conduct()
