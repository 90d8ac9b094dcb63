"""The query of `GET /resize`: a source, the parameters of one image, and the signature."""

from collections.abc import Container, Mapping
from contextlib import suppress
from typing import Annotated, Final

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from pixelmill.domain.query_form import read_parameter
from pixelmill.domain.transformation import RequestedFormat, Transformation
from pixelmill.submit.request import ImageUrl, QueueTaskRequest

_READ: Final = {*Transformation.model_fields, "expires"}
_SMALLEST_FIRST: Final[tuple[tuple[str, RequestedFormat], ...]] = (("image/avif", "avif"), ("image/webp", "webp"))


class ResizeRequest(Transformation):
    """What a `/resize` URL asks for."""

    image_url: ImageUrl = Field(
        description="Where the source is: http or https; or s3, gs or az, if the service may read from that bucket.",
        examples=["https://example.com/cat.jpg"],
    )
    expires: Annotated[int, Field(strict=True, ge=0, le=2**40)] | None = Field(
        default=None, description="When the URL ceases to be valid, in seconds since 1970."
    )
    signature: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="HMAC-SHA256 of the other parameters, in hexadecimal."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _read(cls, value: object, info: ValidationInfo) -> object:
        name = info.field_name
        return read_parameter(name, value) if isinstance(value, str) and name is not None and name in _READ else value

    @property
    def negotiates(self) -> bool:
        """Whether the caller's `Accept` decides on the format, as the URL does not."""
        return "format" not in self.model_fields_set

    def as_task(self, accepted: Container[str]) -> QueueTaskRequest:
        """The request for the task that makes the image.

        Args:
            accepted: The media types that the caller names; a format among them is taken if nothing else is said.
        """
        parameters = self.model_dump(include=self.model_fields_set & set(Transformation.model_fields))
        if self.negotiates:
            for media_type, wanted in _SMALLEST_FIRST:
                if media_type in accepted:
                    with suppress(ValidationError):  # frames, say, make no sense with every format
                        return self._task(parameters | {"format": wanted})
        return self._task(parameters)

    def _task(self, parameters: Mapping[str, object]) -> QueueTaskRequest:
        return QueueTaskRequest(image_url=self.image_url, parameters=Transformation.model_validate(parameters))
