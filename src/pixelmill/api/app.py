"""The Flask application: all routes, and what holds for each of them."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Response, current_app, request
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel, ValidationError

from pixelmill.access.keys import ApiKeys
from pixelmill.api import ROLE
from pixelmill.api.access import Access
from pixelmill.api.following import Followings
from pixelmill.api.history_export import Exports
from pixelmill.api.observed import observe_requests
from pixelmill.api.openapi import INFO, document_of
from pixelmill.api.overview import Overviews
from pixelmill.api.problems import Problem, answer_errors_with_problems
from pixelmill.api.rate_limiting import RateLimiting
from pixelmill.api.routes.api_keys import ApiKeyList, CreatedApiKey, api_key_routes
from pixelmill.api.routes.cancel_task import cancel_task_routes
from pixelmill.api.routes.dead_letters import dead_letter_routes
from pixelmill.api.routes.docs import docs_routes
from pixelmill.api.routes.health import Health, Readiness, health_routes
from pixelmill.api.routes.images import image_routes
from pixelmill.api.routes.overview import overview_routes
from pixelmill.api.routes.presets import PresetList, preset_routes
from pixelmill.api.routes.queue_task import UPLOAD_FORM, UPLOAD_FORM_SCHEMA, queue_task_routes
from pixelmill.api.routes.queue_tasks import Outcome, queue_tasks_routes
from pixelmill.api.routes.resize import resize_routes
from pixelmill.api.routes.scrape import scrape_routes
from pixelmill.api.routes.task_events import EVENT, EVENT_SCHEMA, task_events_routes
from pixelmill.api.routes.task_history import task_history_routes
from pixelmill.api.routes.task_status import task_status_routes
from pixelmill.api.routes.webhook_deliveries import Accepted, Deliveries, webhook_routes
from pixelmill.api.seats import Seats
from pixelmill.api.tasks import Tasks
from pixelmill.api.unread import discard_unread_bodies
from pixelmill.api.uploads import Receiving
from pixelmill.api.webhooks import Webhooks
from pixelmill.audit.trail import HistoryPage, Trail
from pixelmill.domain.access import ApiKey, CreateApiKeyRequest
from pixelmill.domain.errors import TooManyUploads
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.domain.overview import Overview
from pixelmill.domain.task import Task
from pixelmill.queue.dead_letters import DeadLetterPage, Requeued
from pixelmill.store.store import Store
from pixelmill.submit.complaints import invalid_request
from pixelmill.submit.presets import Presets
from pixelmill.submit.request import QueueTaskRequest, TestWebhookRequest, UploadTaskRequest

_REQUESTS: Final[tuple[type[BaseModel], ...]] = (
    QueueTaskRequest,
    UploadTaskRequest,
    TestWebhookRequest,
    CreateApiKeyRequest,
)
_ANSWERS: Final[tuple[type[BaseModel], ...]] = (
    Task,
    HistoryPage,
    DeadLetterPage,
    Requeued,
    Overview,
    PresetList,
    Deliveries,
    Accepted,
    ApiKey,
    ApiKeyList,
    CreatedApiKey,
    Outcome,
    Problem,
    Health,
    Readiness,
)


@dataclass(frozen=True, kw_only=True)
class Services:
    """What the routes need.

    Attributes:
        access: Decides who may do what.
        api_keys: The keys.
        tasks: Submits, looks up and waits for tasks.
        presets: The sets of variants that requests may name.
        followings: The connections that follow tasks.
        webhooks: Messages that tell of the ends of tasks.
        rate_limiting: Refuses who asks too often.
        trail: The history.
        exports: Makes files of the history.
        store: Asked whether it works; signs addresses of results.
        signing_keys: What `/resize` URLs are signed with; empty where they need not be.
        max_image_bytes: Largest upload.
        max_uploads: How many are received at once.
        max_wait_seconds: Longest `Prefer: wait` that is honored.
    """

    access: Access
    api_keys: ApiKeys
    tasks: Tasks
    presets: Presets
    followings: Followings
    webhooks: Webhooks
    rate_limiting: RateLimiting
    trail: Trail
    exports: Exports
    store: Store
    signing_keys: tuple[str, ...]
    max_image_bytes: int
    max_uploads: int
    max_wait_seconds: float


class _Application(OpenAPI):
    """Flask, with an answer to OPTIONS that does not pretend to be HTML."""

    def make_default_options_response(self) -> Response:
        response = super().make_default_options_response()
        response.status_code = HTTPStatus.NO_CONTENT
        del response.headers["Content-Type"]
        return response


def create_app(services: Services) -> OpenAPI:
    """Make the application of these services."""
    app = _Application(
        __name__,
        info=INFO,
        static_folder=None,
        doc_ui=False,
        validation_error_callback=_refuse,
        validation_error_model=Problem,
        # The library adds an answer of its own to each route without this status: every route describes a 500 already.
        validation_error_status=HTTPStatus.INTERNAL_SERVER_ERROR.value,
    )
    # A redirect to a tidier path would be answered in HTML; an untidy path is not found.
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = True
    # nginx lets through as much: the largest image, and a mebibyte for what is around it.
    discard_unread_bodies(app, max_bytes=services.max_image_bytes + MEBIBYTE)
    observe_requests(app, role=ROLE)
    answer_errors_with_problems(app)
    services.access.install(app)
    services.rate_limiting.install(app)
    _register_routes(app, services)
    return app


def _register_routes(app: OpenAPI, services: Services) -> None:
    tasks, trail, max_wait_seconds = services.tasks, services.trail, services.max_wait_seconds
    seats = Seats(services.max_uploads, TooManyUploads)
    receiving = Receiving(services.store.receiving_folder, services.max_image_bytes, seats)
    for routes in (
        queue_task_routes(tasks, receiving=receiving, max_wait_seconds=max_wait_seconds),
        queue_tasks_routes(tasks, services.rate_limiting),
        task_status_routes(tasks, trail, max_wait_seconds=max_wait_seconds),
        cancel_task_routes(tasks, trail),
        preset_routes(services.presets),
        resize_routes(tasks, signing_keys=services.signing_keys, max_wait_seconds=max_wait_seconds),
        task_events_routes(services.followings, trail),
        task_history_routes(trail, services.exports),
        dead_letter_routes(tasks, trail),
        image_routes(services.store),
        webhook_routes(services.webhooks),
        api_key_routes(services.api_keys),
        health_routes(tasks, services.store, trail),
        overview_routes(Overviews(tasks, trail)),
        scrape_routes(tasks),
    ):
        app.register_api(routes)
    more_schemas = {UPLOAD_FORM: UPLOAD_FORM_SCHEMA, EVENT: EVENT_SCHEMA}
    document = document_of(app, requests=_REQUESTS, answers=_ANSWERS, more_schemas=more_schemas)
    services.access.describe(document)
    services.rate_limiting.describe(document)
    app.register_blueprint(docs_routes(document))


def _refuse(error: ValidationError) -> Response:
    """Refuse a query, the only part of a request that the library checks: bodies are read by the routes themselves."""
    view = current_app.view_functions[str(request.endpoint)]
    raise invalid_request(error, view.__annotations__["query"])
