"""A real browser on the page, watched for what a page must never do."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.e2e.page.workbench import Workbench, opened_bench
from tests.support.browser import MISSING, find_chromium, start_chromium
from tests.support.origin import Origin
from tests.support.service import Service, running_service

EXPECT_MS = 20_000

expect.set_options(timeout=EXPECT_MS)


@pytest.fixture(scope="session", autouse=True)
def _chromium() -> Path:
    """Asked for by itself, so that nothing is started in vain."""
    with sync_playwright() as playwright:
        executable = find_chromium(playwright)
    return executable or pytest.skip(MISSING)


@pytest.fixture(scope="module")
def _playwright() -> Iterator[Playwright]:
    """Of a module, not of the session: while it runs, no other event loop can run in this thread."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(_playwright: Playwright, _chromium: Path) -> Iterator[Browser]:
    with start_chromium(_playwright, _chromium) as browser:
        yield browser


@pytest.fixture(scope="session")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A whole service that asks for keys."""
    settings = {"PIXELMILL_API_ACCESS": "keys"}
    with Origin() as origin, running_service(tmp_path_factory.mktemp("locked"), origin, settings) as running:
        yield running


@pytest.fixture
def open_bench(browser: Browser, service: Service) -> Iterator[Callable[..., Workbench]]:
    """Opens the page as often as wanted; keyword arguments are Playwright's of a browser context."""
    with ExitStack() as benches:

        def open_one(of: Service = service, **profile: Any) -> Workbench:  # noqa: ANN401 - Playwright's own options
            return benches.enter_context(opened_bench(browser, of, **profile))

        yield open_one


@pytest.fixture
def bench(open_bench: Callable[..., Workbench]) -> Workbench:
    """The page, just opened, on a desk-size screen."""
    return open_bench()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say at the very end, in so many words, that the page was not tested."""
    yield
    unrun = [report for report in terminalreporter.getreports("skipped") if MISSING in str(report.longrepr)]
    if unrun:
        terminalreporter.write_line(f"NOT RUN: {len(unrun)} tests of the page: {MISSING}", red=True, bold=True)
