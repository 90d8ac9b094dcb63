"""`GET /metrics`: for Prometheus."""

from typing import Final

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from pixelmill.api.openapi import headers, problem_answers
from pixelmill.api.tasks import Tasks
from pixelmill.domain.errors import QueueUnavailable
from pixelmill.telemetry import metrics

DEPTH_SECONDS: Final = 2.0
"""How long a scrape waits for the queue's depth; Prometheus itself gives up after 10 s."""

_UNKNOWN: Final = float("nan")
"""What a gauge says that could not be read: an old number would look like a fact."""


def scrape_routes(tasks: Tasks) -> APIBlueprint:
    """The route that Prometheus reads."""
    routes = APIBlueprint("metrics", __name__, abp_tags=[Tag(name="operation")])
    answer = {"description": "Metrics of this process.", "headers": headers(), "content": {"text/plain": {}}}

    @routes.get("/metrics", operation_id="metrics", responses={"200": answer, **problem_answers()})
    def scrape() -> Response:
        """Give the metrics of this process, and how deep the queue is."""
        _refresh_depth(tasks)
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(REGISTRY), content_type=content_type)

    return routes


def _refresh_depth(tasks: Tasks) -> None:
    try:
        depth, dead_letters = tasks.depth(DEPTH_SECONDS), tasks.count_dead_letters(DEPTH_SECONDS)
        workers = tasks.workers(DEPTH_SECONDS)
    except QueueUnavailable:
        metrics.queue_tasks.clear()
        metrics.queue_oldest_seconds.set(_UNKNOWN)
        metrics.dead_letters.set(_UNKNOWN)
        metrics.workers.set(_UNKNOWN)
        return
    for state, count in depth.counts.items():
        metrics.queue_tasks.labels(state=state).set(count)
    metrics.dead_letters.set(dead_letters)
    metrics.workers.set(workers.alive)
    metrics.queue_oldest_seconds.set(depth.oldest_waiting_seconds)
