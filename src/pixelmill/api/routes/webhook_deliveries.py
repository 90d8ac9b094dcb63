"""`/webhook-deliveries` and `/test-webhook`: what was sent to webhooks, and how to have it sent again."""

import re
from http import HTTPStatus
from typing import Final, Literal

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel, ConfigDict, Field

from pixelmill.api.json_body import checked, received_json
from pixelmill.api.openapi import Json, json_answer, problem_answers, reference
from pixelmill.api.queries import AskedTaskId, refuse_parameters, refuse_repeated_parameters
from pixelmill.api.task_responses import json_response
from pixelmill.api.webhooks import Webhooks
from pixelmill.domain.errors import (
    DeliveryNotFound,
    InvalidRequest,
    MalformedRequest,
    QueueUnavailable,
    RequestTooLarge,
)
from pixelmill.domain.webhook import DELIVERY_ID_PATTERN, DeliveryStatus, ShownDelivery
from pixelmill.submit.request import TestWebhookRequest
from pixelmill.submit.subscriber import nobody_is_told

MAX_DELIVERIES: Final = 200

_DELIVERY_ID = re.compile(DELIVERY_ID_PATTERN)


class DeliveriesQuery(BaseModel):
    """Which messages to list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Literal["pending", "delivered", "failed"] | None = Field(
        default=None, description="Only messages that stand so."
    )
    task_id: AskedTaskId | None = Field(
        default=None,
        description="Only messages that tell of this task; of more than 10,000 that wait, not all are seen.",
    )
    limit: int = Field(default=50, ge=1, le=MAX_DELIVERIES, description="Most messages listed.")


class Deliveries(BaseModel):
    """Messages, the newest first."""

    deliveries: list[ShownDelivery]


class Accepted(BaseModel):
    """A message is on its way."""

    delivery_id: str = Field(description="Sent as `webhook-id`.", json_schema_extra={"pattern": DELIVERY_ID_PATTERN})


class DeliveryPath(BaseModel):
    """The part of the path that names a message."""

    delivery_id: str = Field(description="As in the list.", json_schema_extra={"pattern": DELIVERY_ID_PATTERN})


_LIST_ANSWERS: Final[ResponseDict] = {
    "200": json_answer("Messages that wait, were sent, or were given up.", Deliveries),
    **problem_answers(InvalidRequest, QueueUnavailable),
}
_REPLAY_ANSWERS: Final[ResponseDict] = {
    "202": json_answer("The message is sent once more.", Accepted),
    **problem_answers(InvalidRequest, DeliveryNotFound, QueueUnavailable),
}
_TEST_ANSWERS: Final[ResponseDict] = {
    "202": json_answer("The message is sent; `/webhook-deliveries` tells how that went.", Accepted),
    **problem_answers(
        InvalidRequest,
        MalformedRequest,
        RequestTooLarge,
        QueueUnavailable,
    ),
}
_TEST_BODY: Final[Json] = {
    "required": True,
    "content": {"application/json": {"schema": reference(TestWebhookRequest.__name__)}},
}


def webhook_routes(webhooks: Webhooks) -> APIBlueprint:
    """The routes of the operator's view on webhooks."""
    routes = APIBlueprint(
        "webhooks", __name__, abp_tags=[Tag(name="webhooks", description="Messages that tell of the ends of tasks.")]
    )

    @routes.get("/webhook-deliveries", operation_id="webhook_deliveries", responses=_LIST_ANSWERS)
    def webhook_deliveries(query: DeliveriesQuery) -> Response:
        """List messages to webhooks, the newest first."""
        refuse_repeated_parameters()
        status = DeliveryStatus(query.status) if query.status else None
        return json_response(Deliveries(deliveries=webhooks.newest(query.limit, status, query.task_id)))

    @routes.post(
        "/webhook-deliveries/<delivery_id>/replay", operation_id="replay_webhook_delivery", responses=_REPLAY_ANSWERS
    )
    def replay_webhook_delivery(path: DeliveryPath) -> Response:
        """Send a message once more that was sent or given up."""
        refuse_parameters()
        if not _DELIVERY_ID.fullmatch(path.delivery_id) or not webhooks.send_again(path.delivery_id):
            raise DeliveryNotFound("No message with this id was sent or given up; one that waits is sent anyway.")
        return _accepted(path.delivery_id)

    @routes.post(
        "/test-webhook",
        operation_id="test_webhook",
        responses=_TEST_ANSWERS,
        openapi_extensions={"requestBody": _TEST_BODY},
    )
    def test_webhook() -> Response:
        """Send a message to a URL, to see whether it arrives."""
        refuse_parameters()
        wanted = checked(TestWebhookRequest, received_json(request))
        if not webhooks.can_sign:
            raise nobody_is_told()
        return _accepted(webhooks.test(wanted.webhook_url).delivery_id)

    return routes


def _accepted(delivery_id: str) -> Response:
    response = json_response(Accepted(delivery_id=delivery_id))
    response.status_code = HTTPStatus.ACCEPTED
    return response
