"""The requests of `POST /queue-task`. These models check them, and make their OpenAPI description."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from pixelmill.domain.limits import MAX_URL_CHARACTERS, MAX_VARIANTS
from pixelmill.domain.task import Priority, VariantName
from pixelmill.domain.transformation import Transformation
from pixelmill.domain.url import normalize_url

SINGLE_VARIANT = "image"
"""Name of the variant that `parameters` describes."""

ImageUrl = Annotated[str, Field(max_length=MAX_URL_CHARACTERS), AfterValidator(normalize_url)]


class UploadTaskRequest(BaseModel):
    """The `task` part of a request that brings its image along: everything but `image_url`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parameters: Transformation | None = Field(
        default=None,
        description="How to make one image, named `image`. Either this or `variants`.",
        examples=[{"width": 800, "format": "webp"}],
    )
    named_variants: (
        Annotated[dict[VariantName, Transformation], Field(min_length=1, max_length=MAX_VARIANTS)] | None
    ) = Field(
        default=None,
        alias="variants",
        description="How to make several images, by name. Either this or `parameters`.",
        examples=[{"small": {"width": 320}, "large": {"width": 1600}}],
    )
    priority: Priority = Field(default=Priority.INTERACTIVE, description="`bulk` tasks wait for `interactive` ones.")
    refresh: bool = Field(default=False, strict=True, description="Make it anew even if a fresh result is there.")

    @model_validator(mode="after")
    def _check_exactly_one(self) -> Self:
        if (self.parameters is None) == (self.named_variants is None):
            raise ValueError("expected exactly one of parameters and variants")
        return self

    @property
    def variants(self) -> dict[str, Transformation]:
        """What to make, by name."""
        if self.named_variants is not None:
            return self.named_variants
        assert self.parameters is not None  # noqa: S101 - _check_exactly_one
        return {SINGLE_VARIANT: self.parameters}


class QueueTaskRequest(UploadTaskRequest):
    """A request for images made from a source on the web."""

    image_url: ImageUrl = Field(
        description="Where the source is: http or https.", examples=["https://example.com/cat.jpg"]
    )
