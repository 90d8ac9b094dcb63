"""The page runs its own code only: nothing inline, nothing from elsewhere, and no text becomes markup."""

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.page.pictures import payload, picture
from tests.e2e.page.workbench import Workbench
from tests.support.service import Service

pytestmark = pytest.mark.browser

MARKUP = "<img src=x onerror='window.isBroken=true'>.jpg"


def test_the_policy_allows_nothing_inline(service: Service) -> None:
    """Scripts and styles come from the service alone."""
    header = httpx.get(service.base_url).headers["Content-Security-Policy"]
    policy = {name: values for name, *values in (directive.split() for directive in header.split(";"))}

    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'"]
    assert policy["style-src"] == ["'self'"]
    assert policy["connect-src"] == ["'self'"]
    assert set(policy["img-src"]) == {"'self'", "blob:", "data:"}


def test_an_inline_script_does_not_run(bench: Workbench) -> None:
    """The browser holds to the policy."""
    bench.expect_complaint("Content Security Policy")

    bench.page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.isBroken = true";
        document.body.append(script);
    }""")

    assert bench.page.evaluate("window.isBroken") is None


def test_a_name_is_text(bench: Workbench) -> None:
    """A file named like markup is shown as it is called, chosen and on its card, also after a reload."""
    bench.choose(payload(MARKUP, picture(20, 20)))
    expect(bench.page.locator(".chosen-name")).to_have_text(MARKUP)
    bench.fill(width="10").resize()
    bench.card(MARKUP).expect_phase("done")

    bench.open()

    expect(bench.card(MARKUP).name).to_have_text(MARKUP)
    assert bench.page.evaluate("window.isBroken") is None
