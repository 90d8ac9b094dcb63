"""Colors of a request, in one canonical form."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field
from tinycss2.color4 import Color as CssColor
from tinycss2.color4 import parse_color

_CANONICAL: Final = re.compile(r"#[0-9a-f]{8}")
_EXPECTED: Final = "expected a CSS color like white, #fff, rgb(255 255 255 / 50%), hsl(0, 0%, 100%) or transparent"


def canonical_color(value: str) -> str:
    """Put a CSS color (CSS Color 4: names, hexadecimal, `rgb()`, `hsl()`, `hwb()`) into the one form `#rrggbbaa`.

    Raises:
        ValueError: It is no color, or one that sRGB has no numbers for: `currentcolor`, `lab()`, `color(display-p3 …)`.
    """
    if _CANONICAL.fullmatch(value):
        return value
    color = _in_srgb(value)
    if color is None:
        raise ValueError(_EXPECTED)
    return "#" + bytes(map(_byte, color)).hex()


def _in_srgb(value: str) -> CssColor | None:
    try:
        color = parse_color(value)
        return color.to("srgb") if isinstance(color, CssColor) else None
    except (ValueError, NotImplementedError):  # `color()`, which names no space; a space that is not converted
        return None


def _byte(share: float | None) -> int:
    """A share of full intensity as 0 to 255: `none` is 0, and what lies outside of sRGB is clipped, as in CSS."""
    return int(max(0.0, min(share or 0.0, 1.0)) * 255 + 0.5)


Color = Annotated[
    str, Field(max_length=64, examples=["white", "#ffffff", "rgb(255 255 255 / 50%)"]), AfterValidator(canonical_color)
]
