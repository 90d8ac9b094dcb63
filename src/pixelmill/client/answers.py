"""What is expected of an answer, however it is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

import httpx

from pixelmill.client.problems import ApiProblem, ServiceUnreachable

EVENT_STREAM: Final = "text/event-stream"


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
