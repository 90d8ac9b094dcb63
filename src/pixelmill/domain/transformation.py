"""What is asked of an image: sharp's names and defaults, in snake case. On the wire: `parameters`."""

import re
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from pixelmill.domain.limits import MAX_OUTPUT_PIXELS, MAX_SIDE_PIXELS


class Fit(StrEnum):
    """How an image is fitted into a box (CSS `object-fit`; sharp's `fit`)."""

    COVER = "cover"
    CONTAIN = "contain"
    FILL = "fill"
    INSIDE = "inside"
    OUTSIDE = "outside"


class Position(StrEnum):
    """What stays when `cover` crops, where the image sits when `contain` pads."""

    CENTER = "center"
    TOP = "top"
    RIGHT_TOP = "right top"
    RIGHT = "right"
    RIGHT_BOTTOM = "right bottom"
    BOTTOM = "bottom"
    LEFT_BOTTOM = "left bottom"
    LEFT = "left"
    LEFT_TOP = "left top"
    ENTROPY = "entropy"
    ATTENTION = "attention"

    @property
    def is_by_content(self) -> bool:
        """Whether the pixels decide."""
        return self in {Position.ENTROPY, Position.ATTENTION}


class OutputFormat(StrEnum):
    """A format the service encodes."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    GIF = "gif"


DEFAULT_QUALITY: Final[dict[OutputFormat, int]] = {
    OutputFormat.JPEG: 80,
    OutputFormat.WEBP: 80,
    OutputFormat.AVIF: 50,
}
"""sharp's. What is not in here has no quality: it is lossless."""

RequestedFormat = Literal["jpeg", "png", "webp", "avif", "gif", "source"]

_HEX_COLOR = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_LONG_HEX_CHARACTERS: Final = 9
_SHORT_HEX_CHARACTERS: Final = 5


def canonical_color(value: str) -> str:
    """Put a CSS hexadecimal color into the one form `#rrggbbaa`.

    Raises:
        ValueError: It is not one.
    """
    color = value.strip().lower()
    if color == "transparent":
        return "#00000000"
    if not _HEX_COLOR.fullmatch(color):
        raise ValueError("expected a color like #fff, #ffffff or #ffffffff, or transparent")
    if len(color) <= _SHORT_HEX_CHARACTERS:
        color = "#" + "".join(digit * 2 for digit in color[1:])
    return color.ljust(_LONG_HEX_CHARACTERS, "f")


Color = Annotated[str, AfterValidator(canonical_color), Field(max_length=32, examples=["#ffffff", "transparent"])]
Side = Annotated[int, Field(strict=True, ge=1, le=MAX_SIDE_PIXELS)]


class Transformation(BaseModel):
    """How one variant is made from the source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: Side | None = Field(default=None, description="Width in pixels. Width, height or both must be given.")
    height: Side | None = Field(default=None, description="Height in pixels.")
    fit: Fit = Field(default=Fit.COVER, description="How the image fits the box of width and height, as in CSS.")
    position: Position = Field(
        default=Position.CENTER,
        description="What stays when `cover` crops; where the image sits when `contain` pads.",
    )
    background: Color = Field(
        default="#000000ff",
        description="Fills the bars of `contain`, and lies under transparency where the format has none.",
    )
    without_enlargement: bool = Field(
        default=False, strict=True, description="Never make the image larger than the source."
    )
    without_reduction: bool = Field(
        default=False, strict=True, description="Never make the image smaller than the source."
    )
    format: RequestedFormat = Field(
        default="source",
        description="Format of the variant; `source` keeps the source's, or takes the nearest that is written.",
    )
    quality: Annotated[int, Field(strict=True, ge=1, le=100)] | None = Field(
        default=None, description="1 to 100, for lossy formats; the default depends on the format."
    )

    @model_validator(mode="after")
    def _check_combination(self) -> Self:
        if self.width is None and self.height is None:
            raise ValueError("expected width, height or both")
        if self.width is not None and self.height is not None and self.width * self.height > MAX_OUTPUT_PIXELS:
            raise ValueError(f"expected width x height of at most {MAX_OUTPUT_PIXELS:,} pixels")
        if self.position is not Position.CENTER and self.fit not in {Fit.COVER, Fit.CONTAIN}:
            raise ValueError(f"position has no meaning with fit {self.fit.value}; expected cover or contain")
        if self.position.is_by_content and self.fit is not Fit.COVER:
            raise ValueError(f"position {self.position.value} has a meaning with fit cover only")
        if self.quality is not None and self.format in {"png", "gif"}:
            raise ValueError(f"quality has no meaning with format {self.format}")
        return self
