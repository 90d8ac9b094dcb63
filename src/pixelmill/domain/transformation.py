"""What is asked of an image: sharp's names and defaults, in snake case. On the wire: `parameters`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from pixelmill.domain.color import Color
from pixelmill.domain.combinations import complaints_about
from pixelmill.domain.limits import MAX_BYTES_ASKED, MAX_FRAMES_ASKED, MAX_SIDE_PIXELS, MAX_SOURCE_SIDE_PIXELS


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


class FocalPoint(BaseModel):
    """What matters in a picture: a point, as shares of its width and height."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    x: Annotated[float, Field(strict=True, ge=0, le=1, description="0 is left, 1 is right.")]
    y: Annotated[float, Field(strict=True, ge=0, le=1, description="0 is the top, 1 the bottom.")]


def _kind_of_place(value: object) -> str:
    return "[point]" if isinstance(value, Mapping | FocalPoint) else "[name]"


Place = Annotated[
    Annotated[Position, Tag("[name]")] | Annotated[FocalPoint, Tag("[point]")], Discriminator(_kind_of_place)
]


class Crop(BaseModel):
    """A part of the source, in pixels of the upright picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    left: Annotated[int, Field(strict=True, ge=0, le=MAX_SOURCE_SIDE_PIXELS)]
    top: Annotated[int, Field(strict=True, ge=0, le=MAX_SOURCE_SIDE_PIXELS)]
    width: Annotated[int, Field(strict=True, ge=1, le=MAX_SOURCE_SIDE_PIXELS)]
    height: Annotated[int, Field(strict=True, ge=1, le=MAX_SOURCE_SIDE_PIXELS)]


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

DEFAULT_EFFORT: Final[dict[OutputFormat, int]] = {
    OutputFormat.WEBP: 2,
    OutputFormat.AVIF: 2,
    OutputFormat.GIF: 3,
}
"""The efforts buy most bytes per millisecond: measured on photos, the next step up costs twice the time or more for
1 to 5 % (WebP 4, AVIF 4, GIF 7)."""


class KeepMetadata(StrEnum):
    """What goes from the metadata of the source into a variant."""

    NONE = "none"
    COPYRIGHT = "copyright"
    ALL = "all"


class Placeholder(StrEnum):
    """A picture in some characters, which comes with the variant."""

    BLURHASH = "blurhash"
    THUMBHASH = "thumbhash"
    COLOR = "color"


RequestedFormat = Literal["jpeg", "png", "webp", "avif", "gif", "source"]


def _kind_of_count(value: object) -> str:
    return "[name]" if isinstance(value, str) else "[number]"


Frames = Annotated[
    Annotated[Literal["all"], Tag("[name]")]
    | Annotated[int, Field(strict=True, ge=1, le=MAX_FRAMES_ASKED), Tag("[number]")],
    Discriminator(_kind_of_count),
]
_FULL_TURN: Final = 360

Side = Annotated[int, Field(strict=True, ge=1, le=MAX_SIDE_PIXELS)]


class Transformation(BaseModel):
    """How one variant is made from the source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: Side | None = Field(default=None, description="Width in pixels. Width, height or both must be given.")
    height: Side | None = Field(default=None, description="Height in pixels.")
    dpr: Annotated[float, Field(strict=True, ge=1, le=4)] = Field(
        default=1.0, description="Pixels of the screen for each pixel of the page: multiplies width and height."
    )
    fit: Fit = Field(default=Fit.COVER, description="How the image fits the box of width and height, as in CSS.")
    position: Place = Field(
        default=Position.CENTER,
        description="What stays when `cover` crops, by name or by a focal point, which is brought as near to the "
        "middle as the picture allows; where the image sits when `contain` pads.",
    )
    background: Color = Field(
        default="#000000ff",
        description="Fills the bars of `contain`, and lies under transparency where the format has none. As in CSS: a "
        "name, hexadecimal, `rgb()`, `hsl()`, `hwb()` or `transparent`.",
    )
    without_enlargement: bool = Field(
        default=False, strict=True, description="Never make the image larger than the source."
    )
    without_reduction: bool = Field(
        default=False, strict=True, description="Never make the image smaller than the source."
    )
    crop: Crop | None = Field(
        default=None,
        description="Take this part of the source, in pixels of the upright picture, and forget the rest.",
    )
    trim: Annotated[float, Field(strict=True, ge=0, le=255)] | None = Field(
        default=None,
        description="Cut off edges that look like the left top pixel; the number is how far they may differ from it, "
        "10 is a good one. Comes after `crop`.",
    )
    flip: bool = Field(default=False, strict=True, description="Mirror upside down.")
    flop: bool = Field(default=False, strict=True, description="Mirror left to right.")
    rotate: Annotated[float, Field(strict=True, ge=-360, le=360)] = Field(
        default=0.0,
        description="Turn clockwise by so many degrees, after it was mirrored and before it is resized; `background` "
        "fills the corners.",
    )
    grayscale: bool = Field(default=False, strict=True, description="Make it gray, with the background it lies on.")
    blur: Annotated[float, Field(strict=True, ge=0.3, le=100)] | None = Field(
        default=None, description="Blur the finished picture; the number is the sigma of a Gaussian, in its pixels."
    )
    sharpen: Annotated[float, Field(strict=True, ge=0.1, le=10)] | None = Field(
        default=None,
        description="Sharpen the finished picture; the number is the sigma of a Gaussian, in its pixels: about 1 for "
        "a screen.",
    )
    format: RequestedFormat = Field(
        default="source",
        description="Format of the variant; `source` keeps the source's, or takes the nearest that is written.",
    )
    frames: Frames = Field(
        default="all", description="Frames of an animation: `all`, or the first ones up to this number; 1 is a still."
    )
    quality: Annotated[int, Field(strict=True, ge=1, le=100)] | None = Field(
        default=None, description="1 to 100, for lossy formats; the default depends on the format."
    )
    lossless: bool = Field(default=False, strict=True, description="Keep every pixel as it is; WebP and AVIF only.")
    effort: Annotated[int, Field(strict=True, ge=0, le=10)] | None = Field(
        default=None,
        description="How hard the encoder tries to save bytes, at the cost of time: 0 to 6 for WebP, 0 to 9 for AVIF, "
        "1 to 10 for GIF.",
    )

    max_bytes: Annotated[int, Field(strict=True, ge=1, le=MAX_BYTES_ASKED)] | None = Field(
        default=None,
        description="Most bytes the file may have, for lossy formats: the quality is lowered, from `quality`, until it "
        "fits. A file of another format, where `format` is `source`, has to fit as it is.",
    )
    keep_metadata: KeepMetadata = Field(
        default=KeepMetadata.NONE,
        description="`copyright`: who made the image and who may use it, from EXIF, XMP and IPTC; `all`: all of these, "
        "the place it was taken at, too. Only JPEG holds IPTC, and GIF holds nothing. The colors are sRGB, whatever is "
        "kept.",
    )
    placeholder: Placeholder | None = Field(
        default=None,
        description="A string beside the result, for a page to show until the image is there: a BlurHash (of an image "
        "with transparency, on its `background`), a ThumbHash in base64, or its mean color like `#c0ffee`; of an "
        "animation, its first frame's.",
    )

    @property
    def pixel_width(self) -> int | None:
        """The width asked for, on a screen of this `dpr`."""
        return None if self.width is None else _scaled(self.width, self.dpr)

    @property
    def pixel_height(self) -> int | None:
        """The height asked for, on a screen of this `dpr`."""
        return None if self.height is None else _scaled(self.height, self.dpr)

    @property
    def degrees(self) -> float:
        """The turn asked for, clockwise, from 0 to less than 360."""
        return self.rotate % _FULL_TURN % _FULL_TURN  # a tiny angle below 0 is rounded to 360 first

    @model_validator(mode="after")
    def _check_combination(self) -> Self:
        for complaint in complaints_about(self):
            raise ValueError(complaint)
        return self


def _scaled(side: int, factor: float) -> int:
    return int(side * factor + 0.5)
