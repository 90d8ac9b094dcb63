"""`GET /images/…` where results lie in a bucket: a redirect to a signed address, which nginx follows itself."""

from http import HTTPStatus
from typing import Final

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel, Field

from pixelmill.api.openapi import headers, problem_answers
from pixelmill.domain.errors import RouteNotFound, StoreUnavailable
from pixelmill.store.keys import IMAGES_PATH, result_key
from pixelmill.store.store import Store

_DESCRIPTION: Final = (
    "nginx serves results itself, whole or in ranges, with `ETag` and as immutable. The redirect is what the api says "
    "where results lie in a bucket: nginx follows it, and nobody else meets it unless the api is asked directly."
)
_ANSWERS: Final[ResponseDict] = {
    "200": {"description": "The image.", "content": {"image/*": {}}},
    "307": {"description": "The image is at `Location`, for a few minutes.", "headers": headers("Location")},
    **problem_answers(RouteNotFound, StoreUnavailable),
}


class ImagePath(BaseModel):
    """The parts of the path of a result; what they may be is checked where keys are made."""

    slot: str = Field(description="The minute it was stored in.")
    task_id: str
    execution_id: str
    filename: str


def image_routes(store: Store) -> APIBlueprint:
    """The route that leads to results in a bucket.

    Args:
        store: Signs addresses, if it is a bucket.
    """
    routes = APIBlueprint("images", __name__, abp_tags=[Tag(name="tasks")])

    @routes.get(
        f"{IMAGES_PATH}<slot>/<task_id>/<execution_id>/<filename>",
        operation_id="image",
        description=_DESCRIPTION,
        responses=_ANSWERS,
    )
    def image(path: ImagePath) -> Response:
        """Serve a result, at the `url` of its variant."""
        try:
            key = result_key(path.slot, path.task_id, path.execution_id, path.filename)
        except ValueError as error:
            raise RouteNotFound("No result has such a path.") from error
        address = store.sign("HEAD" if request.method == "HEAD" else "GET", key)
        if address is None:
            raise RouteNotFound("Results are served by nginx.")
        response = Response(status=HTTPStatus.TEMPORARY_REDIRECT)
        del response.headers["Content-Type"]
        response.headers["Location"] = address
        # It names whoever asks next for no longer than the signature lives.
        response.headers["Cache-Control"] = "no-store"
        return response

    return routes
