"""What is shown with a question and expected of its answer, however it is asked."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

import httpx

from pixelmill.client.problems import ApiProblem, ServiceUnreachable

EVENT_STREAM: Final = "text/event-stream"

_KEY: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""A bearer token (RFC 6750, 2.1)."""


def address(base_url: str) -> httpx.URL:
    """Where a service is.

    Raises:
        ValueError: No service is at such an address.
    """
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("expected http:// or https:// and a host, such as http://127.0.0.1:8080")
    return url


def credentials(api_key: str | None) -> dict[str, str]:
    """The headers that show a key.

    Raises:
        ValueError: No key looks like this.
    """
    if api_key is None:
        return {}
    if not _KEY.fullmatch(api_key):
        raise ValueError("expected an API key such as pm_9c1f0a7be234_...")
    return {"Authorization": f"Bearer {api_key}"}


@contextmanager
def reachable(name: object) -> Iterator[None]:
    """Turn whatever goes wrong with a connection into `ServiceUnreachable`.

    Args:
        name: What is asked.
    """
    try:
        yield
    except httpx.TransportError as error:
        raise ServiceUnreachable(f"{name} does not answer.") from error


def checked(response: httpx.Response) -> httpx.Response:
    """An answer that was read, if it is a success; raises `ApiProblem` otherwise."""
    if response.is_success or response.status_code == HTTPStatus.NOT_MODIFIED:
        return response
    raise ApiProblem.of(response)


def is_stream(response: httpx.Response) -> bool:
    """Whether events follow. No content is a stream, too: of no events."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
    return response.is_success and (kind == EVENT_STREAM or response.status_code == HTTPStatus.NO_CONTENT)
