"""Markup: what a page needs to show a set of variants, each browser the one that suits it.

The elements are those of the HTML standard, 4.8.1 (`picture`) to 4.8.4 (`srcset`, width descriptors).
"""

from collections.abc import Iterable
from html import escape
from typing import Final, Protocol

from pydantic import BaseModel, ConfigDict, Field

from pixelmill.domain.transformation import OutputFormat

PREFERENCE: Final = (OutputFormat.AVIF, OutputFormat.WEBP, OutputFormat.GIF, OutputFormat.PNG, OutputFormat.JPEG)
"""The first that a browser knows is the one it shows; the last is shown by every browser."""

SIZES: Final = "100vw"


class Shown(Protocol):
    """An image that a page can show: a variant, or a file somewhere."""

    @property
    def url(self) -> str:
        """Where it is."""

    @property
    def format(self) -> OutputFormat:
        """Its format."""

    @property
    def width(self) -> int:
        """Pixels."""

    @property
    def height(self) -> int:
        """Pixels."""

    @property
    def frames(self) -> int:
        """1 for a still image."""


class Markup(BaseModel):
    """HTML for the variants that were made. Its URLs are those of the variants: relative to the service."""

    model_config = ConfigDict(frozen=True)

    srcset: dict[OutputFormat, str] = Field(
        description="The variants of each format as the value of a `srcset`: every width once, smallest first.",
        examples=[{"webp": "/images/…/webp-320.webp 320w, /images/…/webp-640.webp 640w"}],
    )
    picture: str = Field(
        description="A complete `<picture>`, as wide as the window; say in `alt` what it shows, and in `sizes` how "
        "wide it is on your page.",
    )


def markup_of(images: Iterable[Shown]) -> Markup:
    """The markup of a set of images, at least one.

    An animated set is shown by the formats that move: a still of a better format does not stand in for it.
    """
    by_format: dict[OutputFormat, dict[int, Shown]] = {}
    for image in sorted(images, key=lambda image: image.width):
        by_format.setdefault(image.format, {}).setdefault(image.width, image)
    srcset = {name: _srcset(by_format[name].values()) for name in PREFERENCE if name in by_format}
    *better, fallback = srcset
    moving = {name for name, widths in by_format.items() if any(image.frames > 1 for image in widths.values())}
    sources = [
        f'  <source type="image/{name}" srcset="{escape(srcset[name])}" sizes="{SIZES}">'
        for name in better
        if name in moving or not moving
    ]
    shown = _image(list(by_format[fallback].values())[-1], srcset[fallback])
    return Markup(srcset=srcset, picture="\n".join(["<picture>", *sources, shown, "</picture>"]))


def _srcset(images: Iterable[Shown]) -> str:
    return ", ".join(f"{image.url} {image.width}w" for image in images)


def _image(largest: Shown, srcset: str) -> str:
    return (
        f'  <img src="{escape(largest.url)}" srcset="{escape(srcset)}" sizes="{SIZES}" '
        f'width="{largest.width}" height="{largest.height}" alt="" loading="lazy" decoding="async">'
    )
