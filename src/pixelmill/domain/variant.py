"""One image made by a task."""

from pydantic import BaseModel, ConfigDict, Field

from pixelmill.domain.errors import TaskError
from pixelmill.domain.markup import Markup
from pixelmill.domain.source import Sha256
from pixelmill.domain.transformation import OutputFormat


class Variant(BaseModel):
    """A variant that was made and stored."""

    model_config = ConfigDict(frozen=True)

    url: str = Field(
        description="Where the image is served, relative to the service.",
        examples=["/images/20261124T0430/5f1c0d9e8b7a6f5e4d3c2b1a09f8e7d6/7b7b39089988e00d60cd1140e93b0468/image.webp"],
    )
    format: OutputFormat
    width: int = Field(description="Pixels.")
    height: int = Field(description="Pixels, of one frame.")
    frames: int = 1
    bytes: int
    sha256: Sha256
    placeholder: str | None = Field(
        default=None,
        description="What the image looks like, in the form that `placeholder` of the request asks for.",
        examples=["LGF5]+Yk^6#M@-5c,1J5@[or[Q6."],
    )


class FailedVariant(BaseModel):
    """A variant that could not be made; the others of its task are served."""

    model_config = ConfigDict(frozen=True)

    error: TaskError


class Result(BaseModel):
    """What a completed task hands out."""

    model_config = ConfigDict(frozen=True)

    variants: dict[str, Variant | FailedVariant]
    markup: Markup | None = Field(
        default=None, description="HTML that shows the variants of a preset, or where `markup` asks for it; else null."
    )

    @property
    def made(self) -> dict[str, Variant]:
        """The variants that were made, by name."""
        return {name: variant for name, variant in self.variants.items() if isinstance(variant, Variant)}
