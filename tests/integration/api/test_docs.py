"""`/docs` shows the api in a real browser, under its own policy and without asking anybody else for anything."""

import httpx
import pytest
from playwright.sync_api import ConsoleMessage, Request, expect, sync_playwright

from tests.support.api_server import ApiServer
from tests.support.browser import MISSING, find_chromium, start_chromium


def test_docs_work_offline_and_obey_their_policy(api: ApiServer) -> None:
    """Every operation is shown, one can be opened, the console stays empty, all requests go to the api."""
    with sync_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            pytest.skip(MISSING)
        with start_chromium(playwright, executable) as browser:
            page = browser.new_page()
            requests: list[Request] = []
            messages: list[ConsoleMessage] = []
            page.on("request", lambda request: requests.append(request))  # noqa: PLW0108 - Playwright marks what it is given
            page.on("console", lambda message: messages.append(message))  # noqa: PLW0108 - as above
            page.goto(f"{api.url}/docs")
            operations = page.locator(".opblock-summary-path")
            paths = httpx.get(f"{api.url}/openapi.json").json()["paths"]
            expect(operations).to_have_count(sum(len(methods) for methods in paths.values()))
            page.locator("#operations-tasks-queue_task .opblock-summary-control").click()
            expect(page.locator(".opblock-body").first).to_contain_text("multipart/form-data")
            page.get_by_role("button", name="Try it out").click()
            page.get_by_label("Request content type").select_option("multipart/form-data")
            expect(page.locator("input[type=file]")).to_be_visible()
            assert [message.text for message in messages] == []
            assert {request.url.removeprefix(api.url) for request in requests} == {
                "/docs",
                "/docs/swagger-ui.css",
                "/docs/swagger-ui-bundle.js",
                "/docs/docs.js",
                "/openapi.json",
            } | {request.url for request in requests if request.url.startswith("data:")}


def test_the_page_allows_itself_only(http: httpx.Client) -> None:
    """No script of others, no frame around it."""
    policy = http.get("/docs").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
