"""The requests of `POST /queue-task`. These models check them, and make their OpenAPI description."""

from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)

from pixelmill.domain.limits import MAX_URL_CHARACTERS, MAX_VARIANTS
from pixelmill.domain.preset import PresetName, SharedParameters
from pixelmill.domain.source_url import normalize_source_url
from pixelmill.domain.task import Priority, VariantName
from pixelmill.domain.transformation import Transformation
from pixelmill.domain.webhook import WebhookUrl

SINGLE_VARIANT = "image"
"""Name of the variant that `parameters` describes."""


def _alone_or_shared(
    value: object, validate_alone: ValidatorFunctionWrapHandler, info: ValidationInfo
) -> Transformation | None:
    has_preset = info.data.get("preset", "") is not None  # also where it is there and wrong
    shared = has_preset and value is not None
    return SharedParameters.model_validate(value) if shared else validate_alone(value)


ImageUrl = Annotated[str, Field(max_length=MAX_URL_CHARACTERS), AfterValidator(normalize_source_url)]


class UploadTaskRequest(BaseModel):
    """The `task` part of a request that brings its image along: everything but `image_url`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: PresetName | None = Field(
        default=None,
        description="A set of variants by its name: `responsive` has five widths in AVIF, WebP and JPEG; a service may "
        "have others. The result then has `markup` for pages.",
        examples=["responsive"],
    )
    parameters: Annotated[Transformation | None, WrapValidator(_alone_or_shared)] = Field(
        default=None,
        description="How to make one image, named `image`; with a preset, what its variants do not say themselves.",
        examples=[{"width": 800, "format": "webp"}],
    )
    named_variants: (
        Annotated[dict[VariantName, Transformation], Field(min_length=1, max_length=MAX_VARIANTS)] | None
    ) = Field(
        default=None,
        alias="variants",
        description="How to make several images, by name. Either these, or `parameters`, a `preset` or both.",
        examples=[{"small": {"width": 320}, "large": {"width": 1600}}],
    )
    markup: bool = Field(
        default=False,
        strict=True,
        description="Whether the result has markup for pages that shows all `variants`. With a `preset` it always has; "
        "one image of `parameters` alone has none.",
    )
    priority: Priority = Field(default=Priority.INTERACTIVE, description="`bulk` tasks wait for `interactive` ones.")
    refresh: bool = Field(default=False, strict=True, description="Make it anew even if a fresh result is there.")
    webhook_url: WebhookUrl | None = Field(
        default=None,
        description="Who is told when the task has ended: a signed message by the Standard Webhooks specification.",
        examples=["https://example.com/hooks/images"],
    )

    @field_validator("markup")
    @classmethod
    def _check_markup(cls, markup: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic calls it
        preset, variants = (info.data.get(name, "") for name in ("preset", "named_variants"))  # "": there and wrong
        if markup and preset is None and variants is None:
            raise ValueError("expected variants or a preset beside it: one image is not a set")
        if not markup and preset:
            raise ValueError("expected true or nothing beside a preset, which always has markup")
        return markup

    @model_validator(mode="after")
    def _check_exactly_one(self) -> Self:
        if (self.parameters is None and self.preset is None) == (self.named_variants is None):
            raise ValueError("expected either variants, or parameters, a preset or both")
        return self

    @property
    def with_markup(self) -> bool:
        """Whether the result has markup."""
        return self.markup or self.preset is not None

    @property
    def variants(self) -> dict[str, Transformation]:
        """What to make, by name, where no preset says it."""
        if self.named_variants is not None:
            return self.named_variants
        assert self.parameters is not None  # noqa: S101 - _check_exactly_one
        return {SINGLE_VARIANT: self.parameters}


class TestWebhookRequest(BaseModel):
    """A request for a message that only shows whether it arrives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    webhook_url: WebhookUrl = Field(description="Where to send it.", examples=["https://example.com/hooks/images"])


class QueueTaskRequest(UploadTaskRequest):
    """A request for images made from a source on the web."""

    image_url: ImageUrl = Field(
        description="Where the source is: http or https; or s3, gs or az, if the service may read from that bucket.",
        examples=["https://example.com/cat.jpg"],
    )
