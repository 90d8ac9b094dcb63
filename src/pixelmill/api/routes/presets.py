"""`GET /presets`: the sets of variants that a request may name."""

from typing import Final

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel, Field

from pixelmill.api import examples
from pixelmill.api.openapi import json_answer, problem_answers
from pixelmill.api.queries import refuse_parameters
from pixelmill.domain.errors import InvalidRequest
from pixelmill.domain.preset import Preset, PresetName
from pixelmill.submit.presets import Presets


class PresetList(BaseModel):
    """The presets of this service."""

    presets: dict[PresetName, Preset] = Field(
        description="By name, the variants of each: what a variant leaves out is as the service has it by default."
    )


_ANSWERS: Final[ResponseDict] = {
    "200": json_answer("All there are.", PresetList, example=examples.PRESETS),
    **problem_answers(InvalidRequest),
}


def preset_routes(presets: Presets) -> APIBlueprint:
    """The route that says what there is to name."""
    routes = APIBlueprint("presets", __name__, abp_tags=[Tag(name="tasks")])
    body = PresetList(presets=presets.sets).model_dump_json(exclude_unset=True)

    @routes.get("/presets", operation_id="presets", responses=_ANSWERS)
    def list_presets() -> Response:
        """List the presets: the built-in one, and those of the operator."""
        refuse_parameters()
        return Response(body, content_type="application/json")

    return routes
