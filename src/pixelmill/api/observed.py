"""What is seen of every request: its id, one line in the log, its metrics; and the headers every answer has."""

import re
import time
import uuid
from typing import Final

import structlog
from flask import Flask, Response, g, request

from pixelmill.telemetry import metrics

REQUEST_ID_HEADER: Final = "X-Request-Id"
UNMATCHED_ROUTE: Final = "unmatched"
"""Label of every path that is no route: paths come from outside, labels are bounded."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_log = structlog.get_logger()


def observe_requests(app: Flask, *, role: str) -> None:
    """Give every request an id, a log line and its metrics.

    Args:
        app: The application.
        role: Bound to the log of each request; the threads of the server start with an empty log context.
    """

    def begin() -> None:
        g.started = time.perf_counter()
        g.request_id = _request_id(request.headers.get(REQUEST_ID_HEADER))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(role=role, request_id=g.request_id)

    app.before_request(begin)
    app.after_request(_end)


def _request_id(given: str | None) -> str:
    """The caller's id, where it can be written to a log as it is, else a new one."""
    return given if given and _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _end(response: Response) -> Response:
    response.headers[REQUEST_ID_HEADER] = g.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    route = request.url_rule.rule if request.url_rule else UNMATCHED_ROUTE
    method = request.method if request.method in _METHODS else "other"
    seconds = time.perf_counter() - g.started
    metrics.api_requests.labels(method=method, route=route, status=str(response.status_code)).inc()
    metrics.api_seconds.labels(method=method, route=route).observe(seconds)
    _log.info(
        "request_answered",
        method=method,
        route=route,
        status=response.status_code,
        duration_ms=round(seconds * 1000, 3),
    )
    return response
