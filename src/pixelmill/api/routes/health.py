"""`GET /health` and `GET /ready`: is the process alive, can it serve."""

from collections.abc import Callable
from typing import Final, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel

from pixelmill.api.openapi import json_answer, problem_answers
from pixelmill.api.problems import problem_response
from pixelmill.api.task_responses import json_response
from pixelmill.api.tasks import Tasks
from pixelmill.audit.trail import Trail
from pixelmill.domain.errors import PixelmillError, QueueUnavailable, StoreUnavailable
from pixelmill.store.store import Store

Availability = Literal["ok", "unavailable"]

_TAG: Final = Tag(name="operation", description="For those who run the service.")


class Health(BaseModel):
    """The process is alive."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """The service can take tasks."""

    status: Literal["ready"] = "ready"
    checks: dict[Literal["queue", "store", "trail"], Availability]


def health_routes(tasks: Tasks, store: Store, trail: Trail) -> APIBlueprint:
    """The routes that probes ask.

    Args:
        tasks: Required: no task is taken without the queue.
        store: Required: no upload is taken without the store.
        trail: Reported only: it is on the path of no task.
    """
    routes = APIBlueprint("health", __name__, abp_tags=[_TAG])

    @routes.get("/health", operation_id="health", responses={"200": json_answer("Alive.", Health), **problem_answers()})
    def health() -> Response:
        """Tell that the process is alive; asks no other server."""
        return json_response(Health())

    @routes.get(
        "/ready",
        operation_id="ready",
        responses={
            "200": json_answer("Ready; without the trail only the history is missing.", Readiness),
            **problem_answers(QueueUnavailable, StoreUnavailable),
        },
    )
    def ready() -> Response:
        """Tell whether tasks can be taken: asks Redis, the store and Postgres."""
        failures = {"queue": _failure(tasks.ping), "store": _failure(store.probe_sync), "trail": _failure(trail.ping)}
        checks: dict[str, Availability] = {
            name: "unavailable" if failure else "ok" for name, failure in failures.items()
        }
        required = failures["queue"] or failures["store"]
        if required:
            return problem_response(required, checks=dict(checks))
        return json_response(Readiness.model_validate({"checks": checks}))

    return routes


def _failure(check: Callable[[], None]) -> PixelmillError | None:
    try:
        check()
    except PixelmillError as error:
        return error
    return None
