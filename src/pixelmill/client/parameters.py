"""What is asked of one image, as keyword arguments: the fields of `pixelmill.domain.transformation.Transformation`."""

from typing import Literal, TypedDict

from pixelmill.domain.transformation import Crop, Fit, FocalPoint, KeepMetadata, Placeholder, Position, RequestedFormat


class Point(TypedDict):
    """A point, as shares of width and height."""

    x: float
    y: float


class CropBox(TypedDict):
    """A part of the source, in pixels."""

    left: int
    top: int
    width: int
    height: int


class Parameters(TypedDict, total=False):
    """The parameters of one image; the service knows their defaults and judges their values."""

    width: int
    height: int
    dpr: float
    fit: Fit | str
    position: Position | str | FocalPoint | Point
    background: str
    without_enlargement: bool
    without_reduction: bool
    crop: Crop | CropBox
    trim: float
    flip: bool
    flop: bool
    rotate: float
    grayscale: bool
    blur: float
    sharpen: float
    format: RequestedFormat
    frames: Literal["all"] | int
    quality: int
    lossless: bool
    effort: int
    max_bytes: int
    keep_metadata: KeepMetadata | str
    placeholder: Placeholder | str
