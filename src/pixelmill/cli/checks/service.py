"""The api of a running service: can it be reached, and is it ready."""

from collections.abc import Iterator
from typing import Final

import httpx

from pixelmill.cli.checks.finding import Finding, ok, problem

ANSWER_SECONDS: Final = 10.0


def check(server: str) -> Iterator[Finding]:
    """Ask `/ready`."""
    try:
        answer = httpx.get(f"{server.rstrip('/')}/ready", timeout=ANSWER_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        yield problem("api", f"{server} does not answer: {error}", "Start the service, or correct --server.")
        return
    if answer.status_code == httpx.codes.OK:
        yield ok("api", f"{server} is ready")
    else:
        yield problem(
            "api", f"{server} is not ready: {answer.text.strip()}", "Look after the server it names; see its log."
        )
