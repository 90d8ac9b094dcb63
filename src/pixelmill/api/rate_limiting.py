"""Rate limits: submitting and reading are counted apart, so that whoever polls can still submit.

Told by the response fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Final

import http_sf
from flask import Flask, Response, g, request
from http_sf.types import ParamsType

from pixelmill.api.counted import counted_caller
from pixelmill.api.openapi import HEADERS, Json, add_problems, operations_at
from pixelmill.domain.errors import PixelmillError, RequestTooLarge, TooManyReads, TooManySubmissions
from pixelmill.queue.rate_limits import CallCounts, RateLimit, Standing
from pixelmill.queue.rate_window import WINDOW_SECONDS
from pixelmill.telemetry import metrics

SUBMISSIONS: Final = "submissions"
READS: Final = "reads"

KIND_OF_ROUTE: Final[Mapping[str, str]] = {
    "/queue-task": SUBMISSIONS,
    "/queue-tasks": SUBMISSIONS,
    "/resize": SUBMISSIONS,
    "/test-webhook": SUBMISSIONS,
    "/task-status/<task_id>": READS,
    "/task-status/<task_id>/events": READS,
    "/events": READS,
    "/task-history": READS,
    "/task-history/<task_id>": READS,
    "/task-history/export": READS,
}
"""What the requests of a route are. Those of other routes are not counted."""

COUNTS_BY_ITSELF: Final = "/queue-tasks"
"""One request of this route is as many submissions as it has lines."""

_ERRORS: Final[Mapping[str, type[PixelmillError]]] = {SUBMISSIONS: TooManySubmissions, READS: TooManyReads}
_REDIRECT: Final = str(HTTPStatus.FOUND.value)


class RateLimiting:
    """Counts requests, and refuses those over a limit.

    Args:
        counts: Knows what each caller has used.
        limits: Those that are set; their names are `SUBMISSIONS` and `READS`.
    """

    def __init__(self, counts: CallCounts, limits: Iterable[RateLimit]) -> None:
        self._counts = counts
        self._limits = {limit.name: limit for limit in limits}

    @staticmethod
    def describe(document: Json) -> None:
        """Say in the OpenAPI document what each counted operation refuses, and what its answers tell."""
        told = {name: HEADERS[name] for name in ("RateLimit-Policy", "RateLimit")}
        for rule, kind in KIND_OF_ROUTE.items():
            for operation in operations_at(document, rule):
                add_problems(operation, _ERRORS[kind])
                for status, answer in operation["responses"].items():
                    if status != _REDIRECT:
                        answer["headers"] = answer["headers"] | told

    def install(self, app: Flask) -> None:
        """Have every request counted before it is answered, and every answer say what is left."""
        if self._limits:
            app.before_request(self._count_request)
            app.after_request(_tell)

    def spend(self, kind: str, calls: int) -> None:
        """Count calls of whoever sends the current request.

        Raises:
            TooManySubmissions, TooManyReads: Not all of them are within the limit; none was counted.
            RequestTooLarge: They are more than the limit, and never will be within it.
        """
        limit, caller = self._limits.get(kind), counted_caller()
        if limit is None or caller is None:
            return
        g.rate_limit = limit
        if calls > limit.per_minute:
            raise RequestTooLarge(
                f"Expected {limit.per_minute:,} lines at most, which is what you may submit in a minute, "
                f"received {calls:,}. Nothing of it was accepted."
            )
        standing = g.standing = self._counts.spend(limit, caller, calls)
        if standing is not None and not standing.is_within:
            metrics.rate_limited.labels(limit=kind).inc()
            raise _ERRORS[kind](_refusal(limit, standing, calls), retry_after_seconds=standing.reset_seconds)

    def _count_request(self) -> None:
        route = request.url_rule.rule if request.url_rule else ""
        kind = KIND_OF_ROUTE.get(route)
        if kind is not None and route != COUNTS_BY_ITSELF and request.method != "OPTIONS":
            self.spend(kind, 1)


def _refusal(limit: RateLimit, standing: Standing, calls: int) -> str:
    allowed = f"You may make {limit.per_minute:,} {limit.name} a minute."
    if calls > 1:
        return f"{allowed} None of {calls:,} lines was accepted, as {standing.remaining:,} are left."
    if limit.name == READS:
        return f"{allowed} Submissions are counted apart: what you have submitted goes on, do not submit it again."
    return f"{allowed} Nothing of this one was accepted. Reads are counted apart."


def _tell(response: Response) -> Response:
    """Say what is left.

    Not in a redirect: it may be cached, and a client that reads there that nothing is left might not follow it.
    """
    limit: RateLimit | None = g.get("rate_limit")
    if limit is None or response.status_code == HTTPStatus.FOUND:
        return response
    response.headers["RateLimit-Policy"] = _field(limit, {"q": limit.per_minute, "w": WINDOW_SECONDS})
    standing: Standing | None = g.get("standing")
    if standing is not None:
        response.headers["RateLimit"] = _field(limit, {"r": standing.remaining, "t": standing.reset_seconds})
    return response


def _field(limit: RateLimit, parameters: ParamsType) -> str:
    """A list of one item, of Structured Fields (RFC 9651)."""
    return http_sf.ser([(limit.name, parameters)])
