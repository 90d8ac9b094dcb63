"""`GET /overview`: the service at a glance."""

from typing import Final

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict

from pixelmill.api import examples
from pixelmill.api.openapi import json_answer, problem_answers
from pixelmill.api.overview import Overviews
from pixelmill.api.queries import refuse_parameters
from pixelmill.api.task_responses import json_response
from pixelmill.domain.errors import InvalidRequest, QueueUnavailable
from pixelmill.domain.overview import Overview

_ANSWERS: Final[ResponseDict] = {
    "200": json_answer("At most a second old.", Overview, example=examples.OVERVIEW),
    **problem_answers(InvalidRequest, QueueUnavailable),
}


def overview_routes(overviews: Overviews) -> APIBlueprint:
    """The route that operators look at."""
    routes = APIBlueprint("overview", __name__, abp_tags=[Tag(name="operation")])

    @routes.get("/overview", operation_id="overview", responses=_ANSWERS)
    def overview() -> Response:
        """Tell how full the queue is, how fast it drains, and how tasks fared lately."""
        refuse_parameters()
        return json_response(overviews.latest())

    return routes
